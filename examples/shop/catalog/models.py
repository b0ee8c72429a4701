from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils import timezone


class Tag(models.Model):
    word = models.SlugField()
    content_type = models.ForeignKey(ContentType, on_delete=models.CASCADE)
    object_id = models.PositiveBigIntegerField()
    content_object = GenericForeignKey()


class Brand(models.Model):
    name = models.CharField(max_length=100)


class Category(models.Model):
    name = models.CharField(max_length=100)


class Product(models.Model):
    name = models.CharField(max_length=200)
    brand = models.ForeignKey(Brand, on_delete=models.SET_NULL, null=True)
    category = models.ForeignKey(Category, on_delete=models.PROTECT)


class Variant(models.Model):
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="variants")
    sku = models.CharField(max_length=40, unique=True)
    attributes = models.JSONField(default=dict)


class Price(models.Model):
    variant = models.ForeignKey(Variant, on_delete=models.CASCADE, related_name="prices")
    amount = models.DecimalField(max_digits=10, decimal_places=2)
    valid_from = models.DateField()


class PriceChange(models.Model):
    price = models.ForeignKey(Price, on_delete=models.CASCADE, related_name="changes")
    made_at = models.DateTimeField()


class Review(models.Model):  # <- generic_relation_defeats_fast_delete
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="reviews")
    text = models.TextField()
    tags = GenericRelation(Tag)


class SalesByProduct(models.Model):
    """A view of the reporting database."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="+")  # <- cascade_into_unmanaged
    sold = models.PositiveIntegerField()

    class Meta:
        managed = False
        db_table = "sales_by_product"


class StockBySupplier(models.Model):
    """Another view; DO_NOTHING keeps deletes away from it."""

    product = models.ForeignKey(Product, on_delete=models.DO_NOTHING, related_name="+")
    stock = models.PositiveIntegerField()

    class Meta:
        managed = False
        db_table = "stock_by_supplier"


class HiddenQuerySet(models.QuerySet):
    def delete(self):  # <- manager_exposes_delete
        return self.update(hidden_at=timezone.now())


class Banner(models.Model):
    title = models.CharField(max_length=100)
    hidden_at = models.DateTimeField(null=True)

    objects = HiddenQuerySet.as_manager()


class RetiredQuerySet(models.QuerySet):
    def delete(self):
        return self.update(retired_at=timezone.now())

    delete.queryset_only = True


class Campaign(models.Model):
    title = models.CharField(max_length=100)
    retired_at = models.DateTimeField(null=True)

    objects = RetiredQuerySet.as_manager()
