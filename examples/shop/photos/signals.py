from django.db.models.signals import post_delete
from django.dispatch import receiver

from photos.models import Photo


@receiver(post_delete, sender=Photo)
def remove_file(sender, instance, **kwargs):  # <- blocking_receiver
    instance.file.delete(save=False)
