from django.db.models.signals import post_delete
from django.dispatch import receiver

from archive.models import ArchivedScan


@receiver(post_delete, sender=ArchivedScan)
def remove_scan(sender, instance, **kwargs):  # <- blocking_receiver
    instance.file.delete(save=False)
