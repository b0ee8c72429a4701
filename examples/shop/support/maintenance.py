from datetime import timedelta

from django.utils import timezone

from support.models import Notice, Ticket


def drop_closed_tickets() -> None:
    Ticket.objects.filter(closed_at__lt=timezone.now() - timedelta(days=365)).delete()  # <- wide_rows_fetched


def drop_closed_tickets_narrow() -> None:
    Ticket.objects.filter(closed_at__lt=timezone.now() - timedelta(days=365)).only("pk").delete()


def drop_notice(pk: int) -> None:
    Notice.objects.filter(pk=pk).delete()  # delete-lint: ignore[unbatched_cascade] one row  # <- unused_suppression
