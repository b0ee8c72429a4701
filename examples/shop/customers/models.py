from django.db import models


class Customer(models.Model):
    name = models.CharField(max_length=200)
    email = models.EmailField()
    preferences = models.JSONField(default=dict)


class Address(models.Model):
    customer = models.ForeignKey(  # <- database_cascade_available
        Customer, on_delete=models.CASCADE, related_name="addresses"
    )
    street = models.CharField(max_length=200)


class LoginAttempt(models.Model):
    email = models.EmailField()
    made_at = models.DateTimeField(auto_now_add=True)


class ActiveManager(models.Manager):
    def get_queryset(self):
        return super().get_queryset().filter(ended_at__isnull=True)


class Subscription(models.Model):
    customer = models.ForeignKey(  # <- database_cascade_available
        Customer, on_delete=models.CASCADE, related_name="subscriptions"
    )
    ended_at = models.DateTimeField(null=True)

    objects = ActiveManager()

    class Meta:
        base_manager_name = "objects"  # <- base_manager_hides_rows


class Membership(models.Model):
    """Filters in its default manager only: cascades see every row."""

    customer = models.ForeignKey(  # <- database_cascade_available
        Customer, on_delete=models.CASCADE, related_name="memberships"
    )
    ended_at = models.DateTimeField(null=True)

    objects = ActiveManager()
    everything = models.Manager()


class Cart(models.Model):
    customer = models.ForeignKey(  # <- database_cascade_available
        Customer, on_delete=models.CASCADE, related_name="carts"
    )
    touched_at = models.DateTimeField(auto_now=True)


class Coupon(models.Model):
    code = models.CharField(max_length=20, unique=True)
    ends_at = models.DateTimeField()


class Redemption(models.Model):
    coupon = models.ForeignKey(  # <- database_cascade_available
        Coupon, on_delete=models.CASCADE, to_field="code", related_name="redemptions"
    )
    redeemed_at = models.DateTimeField(auto_now_add=True)
