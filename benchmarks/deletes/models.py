"""Deletes of many kinds of rows: a root, so many rows on it, and one leaf on each of these."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models

#: Fields, of which the type checker need not know what they hold.
fields: Any = models


class Root(models.Model):
    pass


class Row(models.Model):
    """A row below the root, with a leaf below it, so that it has to be loaded."""

    root = fields.ForeignKey(Root, on_delete=models.CASCADE)

    class Meta:
        abstract = True


class Bare(Row):
    pass


class BareLeaf(models.Model):
    row = fields.ForeignKey(Bare, on_delete=models.CASCADE)


class Document(Row):
    data = fields.JSONField(default=dict)


class DocumentLeaf(models.Model):
    row = fields.ForeignKey(Document, on_delete=models.CASCADE)


class Article(Row):
    text = fields.TextField(default="")


class ArticleLeaf(models.Model):
    row = fields.ForeignKey(Article, on_delete=models.CASCADE)


class Person(Row):
    """An ordinary row, a bit of everything."""

    name = fields.CharField(max_length=100)
    email = fields.EmailField()
    active = fields.BooleanField(default=True)
    age = fields.PositiveSmallIntegerField(default=30)
    visits = fields.IntegerField(default=12345)
    balance = fields.DecimalField(max_digits=12, decimal_places=2)
    joined = fields.DateTimeField()
    seen = fields.DateTimeField(null=True)
    born = fields.DateField()
    token = fields.UUIDField(default=uuid.uuid4)
    photo = fields.ImageField(upload_to="photos")
    notes = fields.TextField(blank=True)


class PersonLeaf(models.Model):
    row = fields.ForeignKey(Person, on_delete=models.CASCADE)


def _numbers(count: int) -> dict[str, Any]:
    return {f"number{index}": fields.IntegerField(default=0) for index in range(count)}


class Twenty(Row):
    vars().update(_numbers(18))


class TwentyLeaf(models.Model):
    row = fields.ForeignKey(Twenty, on_delete=models.CASCADE)


class Sixty(Row):
    vars().update(_numbers(58))


class SixtyLeaf(models.Model):
    row = fields.ForeignKey(Sixty, on_delete=models.CASCADE)


class Named(Row):
    """Keys that are no integers."""

    id = fields.UUIDField(primary_key=True, default=uuid.uuid4)


class NamedLeaf(models.Model):
    id = fields.UUIDField(primary_key=True, default=uuid.uuid4)
    row = fields.ForeignKey(Named, on_delete=models.CASCADE)


class Place(Row):
    title = fields.CharField(max_length=50)
    text = fields.TextField(default="")


class Hotel(Place):
    stars = fields.IntegerField(default=3)


class HotelLeaf(models.Model):
    row = fields.ForeignKey(Hotel, on_delete=models.CASCADE)


class Chain(models.Model):
    pass


class Shop(Place):
    """A multi-table child that a cascade reaches by a relation of its own."""

    chain = fields.ForeignKey(Chain, on_delete=models.CASCADE)


class ShopLeaf(models.Model):
    row = fields.ForeignKey(Shop, on_delete=models.CASCADE)


class Tagged(Row):
    tags = fields.ManyToManyField(Root, related_name="+")
