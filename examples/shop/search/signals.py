from functools import partial

from django.db import transaction
from django.db.models.signals import post_delete
from django.dispatch import receiver

from catalog.models import Product, Variant
from search import index


@receiver(post_delete, sender=Variant)
def reindex(sender, instance, **kwargs):  # <- blocking_receiver
    index.remove("variant", instance.pk)


@receiver(post_delete, sender=Product)
def remove_after_commit(sender, instance, **kwargs):
    transaction.on_commit(partial(index.remove, "product", instance.pk))
