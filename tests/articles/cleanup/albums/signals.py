import threading
import time

from django.db.models.signals import pre_delete
from django.dispatch import receiver

from albums.models import Album


@receiver(pre_delete, sender=Album)
def heavy_cleanup(sender, instance, **kwargs):
    time.sleep(5)
    instance.picture_set.all().delete()


@receiver(pre_delete, sender=Album)
def async_cleanup(sender, instance, **kwargs):
    threading.Thread(target=lambda: instance.picture_set.all().delete()).start()
