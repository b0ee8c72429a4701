import smtplib
import threading

from django.db.models.signals import post_delete, pre_delete
from django.dispatch import receiver

from customers.models import Customer
from support.models import Notice, Rating


@receiver(pre_delete, sender=Customer)
def drop_messages(sender, instance, **kwargs):  # <- cascading_receiver
    for ticket in instance.tickets.all():
        ticket.messages.all().delete()


def send_goodbye(address: str) -> None:
    with smtplib.SMTP("localhost") as server:
        server.sendmail("shop@shop.invalid", [address], "Goodbye")


@receiver(post_delete, sender=Rating)
def thank(sender, instance, origin, **kwargs):
    """Writes when somebody takes a rating back, not when the ticket goes with all of its ratings."""
    if origin is not instance:
        return
    send_goodbye("quality@shop.invalid")


@receiver(post_delete, sender=Notice)
def say_goodbye(sender, instance, **kwargs):
    threading.Thread(target=send_goodbye, args=(instance.customer_email,)).start()  # <- thread_in_receiver
