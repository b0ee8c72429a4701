import logging

from django.db import models

from catalog.models import Variant
from customers.models import Customer

logger = logging.getLogger(__name__)


def cascade_and_log(collector, field, sub_objs, using):
    logger.info("%s goes with its order", field.model.__name__)
    models.CASCADE(collector, field, sub_objs, using)


class Order(models.Model):
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="orders")
    number = models.CharField(max_length=20)
    paid = models.BooleanField(default=False)


class Line(models.Model):  # <- receiver_defeats_fast_delete
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    variant = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField()


class Shipment(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="shipments")
    sent_at = models.DateTimeField(null=True)


class Gift(models.Model):
    order = models.ForeignKey(  # <- custom_on_delete_defeats_fast_delete
        Order, on_delete=cascade_and_log, related_name="gifts"
    )
    greeting = models.CharField(max_length=200)


class OrderEvent(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="events")
    what = models.CharField(max_length=200)


class DeletedOrder(models.Model):
    """What is left of an order; points at nothing that is deleted."""

    number = models.CharField(max_length=20)


class Document(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="documents")
    issued_at = models.DateTimeField()


class Invoice(Document):
    total = models.DecimalField(max_digits=10, decimal_places=2)


class DeliveryNote(Document):  # <- inheritance_defeats_fast_delete
    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, related_name="notes")
