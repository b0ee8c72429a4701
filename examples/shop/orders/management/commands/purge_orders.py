from django.core.management.base import BaseCommand
from django.db.models.signals import post_delete

from orders.models import Line, Shipment
from orders.signals import put_back


class Command(BaseCommand):
    help = "Delete what unpaid orders have left behind."

    def handle(self, **options):
        self.drop_shipments()
        self.drop_lines()

    def drop_shipments(self):
        kept, post_delete.receivers = post_delete.receivers, []  # <- muted_signals_still_fetch
        try:
            Shipment.objects.filter(order__paid=False).delete()
        finally:
            post_delete.receivers = kept

    def drop_lines(self):
        post_delete.disconnect(put_back, sender=Line)
        try:
            Line.objects.filter(order__paid=False).delete()
        finally:
            post_delete.connect(put_back, sender=Line)
