from celery import shared_task


@shared_task
def tell_warehouse(order_number: str) -> None:
    from django.conf import settings
    from django.core.mail import send_mail

    send_mail("Order deleted", order_number, None, [settings.WAREHOUSE_TEAM])
