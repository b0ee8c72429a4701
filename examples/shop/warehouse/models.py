from django.db import models

from catalog.models import Variant


class Shelf(models.Model):
    """The outermost shelf of a hall stands in itself."""

    inside = models.ForeignKey(  # <- delete_fails_on_immediate_constraints
        "self", on_delete=models.CASCADE, related_name="contains"
    )
    name = models.CharField(max_length=20)


class StockLevel(models.Model):
    variant = models.ForeignKey(Variant, on_delete=models.CASCADE, related_name="stock")
    units = models.IntegerField(default=0)
