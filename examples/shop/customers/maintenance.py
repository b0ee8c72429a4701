from datetime import timedelta

from django.utils import timezone

from customers.models import Cart, Coupon, Customer, LoginAttempt


def close_account(pk: int) -> None:
    Customer.objects.get(pk=pk).delete()  # <- unbatched_cascade


def drop_old_carts() -> None:
    for cart in Cart.objects.filter(touched_at__lt=timezone.now() - timedelta(days=30)):
        cart.delete()  # <- delete_in_loop


def drop_empty_carts() -> None:
    Cart.objects.filter(touched_at__isnull=True).delete()


def drop_ended_coupons() -> None:
    Coupon.objects.filter(ends_at__lt=timezone.now()).only("pk").delete()  # <- deferred_delete_refetches


def drop_ended_coupons_in_one_read() -> None:
    Coupon.objects.filter(ends_at__lt=timezone.now()).only("pk", "code").delete()


def trim_login_attempts() -> None:
    LoginAttempt.objects.order_by("made_at")[:1000]._raw_delete("default")  # <- raw_delete_ignores_slice


def trim_old_login_attempts() -> None:
    LoginAttempt.objects.filter(made_at__lt=timezone.now() - timedelta(days=7))._raw_delete("default")
