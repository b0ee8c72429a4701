from functools import partial

from django.db import transaction
from django.db.models import F
from django.db.models.signals import post_delete, pre_delete
from django.dispatch import receiver

from orders.models import DeletedOrder, Line, Order, OrderEvent, Shipment
from warehouse.models import StockLevel


@receiver(post_delete, sender=Line)
def put_back(sender, instance, **kwargs):  # <- querying_receiver
    StockLevel.objects.filter(variant_id=instance.variant_id).update(units=F("units") + instance.quantity)


@receiver(post_delete, sender=Order)
def cancel_picking(sender, instance, **kwargs):
    from orders.tasks import tell_warehouse

    tell_warehouse.delay(instance.number)  # <- dispatch_before_commit


@receiver(post_delete, sender=Order)
def cancel_picking_after_commit(sender, instance, **kwargs):
    from orders.tasks import tell_warehouse

    transaction.on_commit(partial(tell_warehouse.delay, instance.number))


@receiver(pre_delete, sender=Order)
def write_event(sender, instance, **kwargs):  # <- querying_receiver
    OrderEvent.objects.create(order=instance, what="deleted")  # <- receiver_writes_into_cascade


@receiver(post_delete, sender=Order)
def remember_number(sender, instance, **kwargs):  # <- querying_receiver
    DeletedOrder.objects.create(number=instance.number)


@receiver(post_delete, sender=Shipment)
def stop_parcel(sender, instance, **kwargs):  # <- querying_receiver
    order = instance.order  # <- receiver_reads_deleted_parent
    if order.paid:
        order.events.create(what="parcel stopped")
