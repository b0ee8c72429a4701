from django.db import models


class Album(models.Model):
    title = models.CharField(max_length=100)


class Picture(models.Model):
    album = models.ForeignKey(Album, on_delete=models.CASCADE)
    caption = models.CharField(max_length=100)
