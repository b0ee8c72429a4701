import logging

from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

logger = logging.getLogger("audit")
AUDITED = {"customers.Customer", "orders.Order", "orders.DeliveryNote"}


@receiver(post_delete)
def log_deletion(sender, instance, **kwargs):  # <- senderless_receiver
    if sender._meta.label not in AUDITED:
        return
    logger.info("deleted %s %s", sender._meta.label, instance.pk)


@receiver(post_save)
def log_save(sender, instance, **kwargs):
    if sender._meta.label in AUDITED:
        logger.info("saved %s %s", sender._meta.label, instance.pk)
