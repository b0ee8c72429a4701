"""A shop with tables on a database: one customer has most of the orders, one order most of the lines."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.contrib.contenttypes.fields import GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.db import connections, models
from django.db.models.query import QuerySet

from tests.graph.django_models import ModelClass, World, world

CUSTOMERS = 300
#: Orders of the first customer; every other one of the rest has two.
MOST_ORDERS = 1_500
ORDERS = MOST_ORDERS + 2 * (CUSTOMERS // 2)
MOST_LINES = 600
LINES = MOST_LINES + ORDERS - 1
PAYLOAD = 3_000


@dataclass
class Shop:
    world: World
    using: str

    def __getitem__(self, name: str) -> ModelClass:
        return next(cls for cls in self.world.all() if cls.__name__ == name)

    @property
    def models(self) -> list[ModelClass]:
        return self.world.all()

    def rows(self, name: str) -> QuerySet[Any]:
        return QuerySet[Any](model=self[name], using=self.using)

    def execute(self, sql: str) -> None:
        with connections[self.using].cursor() as cursor:
            cursor.execute(sql)


@contextmanager
def shop(using: str) -> Iterator[Shop]:
    """The models with their tables, which are empty."""
    with world() as made:
        tag = made.tag()
        product = made.model("Product", tags=GenericRelation("zoo.Tag", related_query_name="+"))
        made.model("Manual", product, pages=models.IntegerField())
        made.model("Gift", product, meta={"proxy": True})
        customer = made.model(
            "Customer", full_name=models.CharField(max_length=40), likes=models.ManyToManyField(product)
        )
        made.model("Card", owner=models.OneToOneField(customer, models.CASCADE, null=True))
        order = made.model(
            "Order",
            customer=models.ForeignKey(customer, models.CASCADE),
            before=models.ForeignKey("self", models.SET_NULL, null=True),
        )
        made.model(
            "Line",
            id=models.UUIDField(primary_key=True, default=uuid.uuid4),
            order=models.ForeignKey(order, models.CASCADE),
            payload=models.JSONField(default=dict),
            remark=models.TextField(default=""),
        )
        made.model("Sales", total=models.IntegerField(), meta={"managed": False, "db_table": "zoo_sales"})
        tables: list[Any] = [ContentType, tag, product, *made.all()]
        tables = [cls for cls in dict.fromkeys(tables) if cls._meta.managed and not cls._meta.proxy]
        created = [cls for cls in tables if not cls._meta.auto_created]
        connection = connections[using]
        with connection.schema_editor() as editor:
            for cls in created:
                editor.create_model(cls)
        found = Shop(made, using)
        found.execute("CREATE VIEW zoo_sales AS SELECT 1 AS id, 2 AS total")
        try:
            yield found
        finally:
            ContentType.objects.clear_cache()
            found.execute("DROP VIEW zoo_sales")
            with connection.schema_editor() as editor:
                for cls in reversed(created):
                    editor.delete_model(cls)


def fill(found: Shop) -> None:
    """Rows for all of them, skewed as they are in life."""
    using = found.using
    customers = [found["Customer"](id=number, full_name="x" * 20) for number in range(1, CUSTOMERS + 1)]
    found.rows("Customer").bulk_create(customers)
    found.rows("Card").bulk_create(found["Card"](owner=customer) for customer in customers[:30])
    found.rows("Card").bulk_create([found["Card"](owner=None)] * 10)
    owners = [1] * MOST_ORDERS + [2 * number + 2 for number in range(CUSTOMERS // 2) for _ in range(2)]
    orders = [
        found["Order"](id=number, customer_id=owner, before_id=number - 1 if number % 4 == 0 else None)
        for number, owner in enumerate(owners, 1)
    ]
    found.rows("Order").bulk_create(orders)
    of_orders = [7] * MOST_LINES + [order.pk for order in orders if order.pk != 7]
    found.rows("Line").bulk_create(
        [found["Line"](order_id=order, payload={"text": "z" * PAYLOAD}, remark="é" * 10) for order in of_orders],
        batch_size=200,
    )
    products = [found["Manual"](pages=1) for _ in range(4)]
    for product in products:
        product.save(using=using)
    found.rows("Product").bulk_create([found["Product"]() for _ in range(6)])
    through = found["Customer_likes"]
    found.rows("Customer_likes").bulk_create(
        through(customer_id=customer.pk, product_id=products[customer.pk % 2].pk) for customer in customers[:100]
    )
    kinds = {
        name: ContentType.objects.using(using).create(app_label="zoo", model=name).pk for name in ("product", "manual")
    }
    keys = [("product", 9)] * 12 + [("product", 10), ("manual", 1), ("manual", 1)]
    found.rows("Tag").bulk_create(found["Tag"](content_type_id=kinds[kind], object_id=key) for kind, key in keys)
