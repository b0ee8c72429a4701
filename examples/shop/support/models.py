from django.db import models

from customers.models import Customer


class Ticket(models.Model):
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="tickets")
    closed_at = models.DateTimeField(null=True)
    transcript = models.TextField()


class Message(models.Model):
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="messages")
    body = models.TextField()


class Rating(models.Model):
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="ratings")
    stars = models.PositiveSmallIntegerField()


class Notice(models.Model):
    customer_email = models.EmailField()
