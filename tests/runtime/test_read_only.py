"""Nothing is ever written to the user's database: whatever is asked of it works for a role that may only select, and a
dump before is the dump after."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from tests.databases.connect import added
from tests.runtime.small_project import Project

MODELS = """
    from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
    from django.contrib.contenttypes.models import ContentType
    from django.db import models


    class Label(models.Model):
        content_type = models.ForeignKey(ContentType, models.CASCADE)
        object_id = models.PositiveIntegerField()
        about = GenericForeignKey()


    class Customer(models.Model):
        name = models.CharField(max_length=20)
        likes = models.ManyToManyField("Customer")
        labels = GenericRelation(Label)


    class Partner(Customer):
        share = models.IntegerField(default=1)


    class Order(models.Model):
        customer = models.ForeignKey(Customer, models.CASCADE)
        before = models.ForeignKey("self", models.SET_NULL, null=True)
        payload = models.JSONField(default=dict)


    class Invoice(models.Model):
        order = models.ForeignKey(Order, models.PROTECT)
"""
SIGNALS = """
    from django.apps import AppConfig
    from django.db.models.signals import post_delete


    def audit(sender, instance, **kwargs):
        instance.save()


    class ShopConfig(AppConfig):
        name = "shop"

        def ready(self):
            post_delete.connect(audit, sender="shop.Order")
"""
FILES = {"shop/__init__.py": "", "shop/models.py": MODELS, "shop/apps.py": SIGNALS}

FILL = """
    from django.core.management import call_command
    from shop.models import *

    call_command("migrate", "contenttypes", verbosity=0)
    call_command("migrate", run_syncdb=True, verbosity=0)

    customers = [Customer.objects.create(name=str(number)) for number in range(20)]
    customers[0].likes.set(customers[1:5])
    Partner.objects.create(name="partner")
    orders = Order.objects.bulk_create([Order(customer=customer, payload={"k": "v" * 50}) for customer in customers])
    Order.objects.filter(pk=orders[3].pk).update(before=orders[2])
    Invoice.objects.create(order=orders[0])
    Label.objects.create(about=customers[1])
    answer = Order.objects.count()
"""
ASK = """
    from io import StringIO
    from django.core.management import call_command
    from django.db import DatabaseError
    from delete_lint import plan
    from shop.models import *

    refused = "not tried"
    if not IS_OWNER:
        try:
            Customer.objects.create(name="new")
            refused = ""
        except DatabaseError as error:
            refused = str(error)
    plans = [plan(model.objects.all()) for model in (Customer, Partner, Order, Invoice, Label, Customer.likes.through)]
    plans += [plan(Customer.objects.last()), plan(Order.objects.first())]
    said = []
    for command in COMMANDS:
        out = StringIO()
        call_command(*command, stdout=out, stderr=out)
        said.append(out.getvalue())
    answer = [refused, [found.error for found in plans], said]
"""
COMMANDS = (
    ("delete_plan", "shop.Customer", "--all", "--time"),
    ("delete_plan", "shop.Partner", "--all", "--format", "json"),
    ("delete_plan", "shop.Customer", "--all", "--format", "mermaid", "--database", "default"),
    ("delete_plan", "shop.Customer", "--pk", "1", "--pk", "2", "--time", "--format", "json"),
    ("delete_plan", "shop.Customer"),
    ("delete_plan", "shop.Customer", "--keep-parents", "--format", "mermaid"),
    ("delete_plan", "shop.Label", "--all"),
    ("delete_plan", "shop.Order", "--filter", "customer__name=3"),
    ("delete_plan", "shop.Order", "--pk", "4", "--keep-parents"),
    ("delete_graph",),
    ("delete_counts", "-o", "-"),
    ("delete_counts", "--count", "-o", "-"),
    ("check", "--database", "default"),
    ("check", "--tag", "delete_lint", "--database", "default"),
)

Databases = dict[str, dict[str, Any]]
Dump = Callable[[], Any]


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Databases, Databases, Dump]]:
    """Settings for the owner of a database and for one who may only select, and what is in it."""
    made = {"sqlite": _sqlite, "postgresql": _postgresql, "mariadb": _mariadb}[request.param]
    alias = "" if request.param == "sqlite" else request.getfixturevalue(request.param)
    with made(alias, tmp_path) as (owner, reader, dump):
        yield {"default": owner}, {"default": reader}, dump


@contextmanager
def _sqlite(alias: str, folder: Path) -> Iterator[Any]:
    file = folder / "shop.sqlite3"
    engine = {"ENGINE": "django.db.backends.sqlite3"}
    reader = {**engine, "NAME": f"file:{file}?mode=ro", "OPTIONS": {"uri": True}}
    yield {**engine, "NAME": str(file)}, reader, file.read_bytes


@contextmanager
def _postgresql(alias: str, folder: Path) -> Iterator[Any]:
    server = _given(alias)
    _execute(alias, "CREATE DATABASE shop", "CREATE ROLE reads LOGIN")
    try:
        with added("shop", {**server, "NAME": "shop"}) as owner:
            _execute(owner, "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO reads")
            yield {**server, "NAME": "shop"}, {**server, "NAME": "shop", "USER": "reads"}, lambda: _dump(owner)
            _execute(owner, "DROP OWNED BY reads")
    finally:
        _execute(alias, "DROP DATABASE shop", "DROP ROLE reads")


@contextmanager
def _mariadb(alias: str, folder: Path) -> Iterator[Any]:
    server = _given(alias)
    name = f"{server['NAME']}_shop"
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT SUBSTRING_INDEX(USER(), '@', -1)")
        user = f"'{name}'@'{cursor.fetchone()[0]}'"
    _execute(alias, f"CREATE DATABASE {name}", f"CREATE USER {user} IDENTIFIED BY 'reads'")
    _execute(alias, f"GRANT SELECT ON {name}.* TO {user}")
    try:
        with added("shop", {**server, "NAME": name}) as owner:
            reader = {**server, "NAME": name, "USER": name, "PASSWORD": "reads"}
            yield {**server, "NAME": name}, reader, lambda: _dump(owner)
    finally:
        _execute(alias, f"DROP USER {user}", f"DROP DATABASE {name}")


def _given(alias: str) -> dict[str, Any]:
    keys = ("ENGINE", "NAME", "HOST", "PORT", "USER", "PASSWORD")
    return {key: connections[alias].settings_dict[key] for key in keys}


def _execute(alias: str, *statements: str) -> None:
    with connections[alias].cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _dump(alias: str) -> dict[str, list[Any]]:
    """Every row of every table, and on PostgreSQL where the sequences stand."""
    connection = connections[alias]
    found: dict[str, list[Any]] = {}
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)} ORDER BY 1")
            found[table] = list(cursor.fetchall())
        if connection.vendor == "postgresql":
            cursor.execute("SELECT sequencename, last_value FROM pg_sequences ORDER BY 1")
            found["sequences"] = list(cursor.fetchall())
    return found


def test_a_role_that_may_only_select_is_enough_and_nothing_is_changed(
    opened: tuple[Databases, Databases, Dump], tmp_path: Path
) -> None:
    owner, reader, dump = opened
    project = Project(tmp_path / "project", ["shop.apps.ShopConfig"], FILES)
    assert project.ask(FILL, DATABASES=owner) == 20
    before = dump()
    for is_owner, databases in ((False, reader), (True, owner)):
        code = ASK.replace("COMMANDS", repr(COMMANDS)).replace("IS_OWNER", str(is_owner))
        refused, errors, said = project.ask(code, DATABASES=databases)
        assert refused, "this role can write"
        assert errors == ["ProtectedError", None, "ProtectedError", None, None, None, None, "ProtectedError"]
        assert all(said), dict(zip(COMMANDS, said, strict=True))
        assert dump() == before
