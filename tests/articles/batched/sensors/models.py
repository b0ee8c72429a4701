from django.db import models


class Station(models.Model):
    name = models.CharField(max_length=100)


class Reading(models.Model):
    station = models.ForeignKey(Station, on_delete=models.CASCADE)
    data = models.JSONField(default=dict)


class Alarm(models.Model):
    reading = models.ForeignKey(Reading, on_delete=models.CASCADE)
    level = models.PositiveSmallIntegerField()
