"""``manage.py delete_plan`` on the shop: what it foretells happens, and what it prints can be read."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django
import pytest

from tests.runtime.running_shop import RunningShop

ROWS = """
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone
from catalog.models import Brand, Category, Product, Review, Tag, Variant
from customers.models import Coupon, Customer, Redemption
from orders.models import Invoice, Line, Order
from support.models import Message, Rating, Ticket

now = timezone.now()
ada = Customer.objects.create(name="Ada", email="ada@shop.invalid")
bob = Customer.objects.create(name="Bob", email="bob@shop.invalid")
tickets = Ticket.objects.bulk_create([Ticket(customer=ada, transcript="…" * 300) for _ in range(250)])
Message.objects.bulk_create([Message(ticket=ticket, body="?") for ticket in tickets for _ in range(4)])
Rating.objects.bulk_create([Rating(ticket=ticket, stars=5) for ticket in tickets[:30]])
brand, category = Brand.objects.create(name="b"), Category.objects.create(name="c")
product = Product.objects.create(name="pen", brand=brand, category=category)
variant = Variant.objects.create(product=product, sku="1")
paid = Order.objects.create(customer=bob, number="1", paid=True)
Order.objects.create(customer=bob, number="2")
Line.objects.bulk_create([Line(order=paid, variant=variant, quantity=1) for _ in range(3)])
Invoice.objects.create(order=paid, issued_at=now, total=1)
reviews = Review.objects.bulk_create([Review(product=product, text="good") for _ in range(7)])
kind = ContentType.objects.get_for_model(Review)
Tag.objects.bulk_create([Tag(word="w", content_type=kind, object_id=review.pk) for review in reviews for _ in range(2)])
coupons = Coupon.objects.bulk_create([Coupon(code=str(number), ends_at=now) for number in range(5)])
Redemption.objects.bulk_create([Redemption(coupon=coupon) for coupon in coupons for _ in range(40)])
"""

#: Does a delete, listens, and takes it back.
REALLY = """
from collections import Counter
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
{imports}

seen = Counter()
def note(execute, sql, params, many, context):
    seen[sql.split()[0]] += 1
    return execute(sql, params, many, context)

ContentType.objects.clear_cache()
with transaction.atomic():
    found = {objects}
    with connection.execute_wrapper(note):
        deleted = found.delete()[1]
    transaction.set_rollback(True)
answer = [[seen["SELECT"], seen["UPDATE"], seen["DELETE"]], deleted]
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningShop]:
    with RunningShop(tmp_path_factory.mktemp("shop")) as running:
        running.run(ROWS)
        yield running


def plan(shop: RunningShop, *arguments: str) -> str:
    done = shop.manage("delete_plan", *arguments)
    assert (done.status, done.stderr) == (0, "")
    return done.stdout


def refused(shop: RunningShop, *arguments: str) -> str:
    done = shop.manage("delete_plan", *arguments)
    assert done.status == 1
    assert done.stdout == ""
    error, _, message = done.stderr.rstrip("\n").partition(": ")
    assert error == "CommandError"
    assert "\n" not in message
    return message


# --- what it foretells ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "imports", "objects"),
    [
        (["Ticket", "--all"], "from support.models import Ticket", "Ticket.objects.all()"),
        (["Ticket", "--pk", "7"], "from support.models import Ticket", "Ticket.objects.get(pk=7)"),
        (["Ticket", "--pk", "7", "8"], "from support.models import Ticket", "Ticket.objects.filter(pk__in=[7, 8])"),
        (
            ["Ticket", "--filter", "customer__name=Ada", "pk__lte=120"],
            "from support.models import Ticket",
            "Ticket.objects.filter(customer__name='Ada', pk__lte=120)",
        ),
        (["Review", "--all"], "from catalog.models import Review", "Review.objects.all()"),
        (
            ["Coupon", "--filter", "code__in=1,3"],
            "from customers.models import Coupon",
            "Coupon.objects.filter(code__in='13')",
        ),
        (["Brand", "--all"], "from catalog.models import Brand", "Brand.objects.all()"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_is_foretold_happens(shop: RunningShop, arguments: list[str], imports: str, objects: str) -> None:
    foretold = shop.manage("delete_plan", *arguments, "--format", "json").document
    statements, deleted = shop.run(REALLY.format(imports=imports, objects=objects))
    assert [foretold["selects"], foretold["updates"], foretold["deletes"]] == statements
    assert foretold["rows_deleted"] == {label: rows for label, rows in deleted.items() if rows}


def test_what_stops_a_delete_is_told_and_does_not_end_the_command(shop: RunningShop) -> None:
    text = plan(shop, "Variant", "--pk", "1")
    assert "ProtectedError: orders.Line.variant: 3 rows. Nothing is deleted" in text
    assert [line for line in text.splitlines() if "orders.Line " in line and "stops" in line]


def test_nothing_is_written(shop: RunningShop) -> None:
    before = hashlib.sha256(shop.database.read_bytes()).digest()
    for rows in (["--all"], ["--pk", "1"], ["--filter", "customer__name=Ada"]):
        plan(shop, "Ticket", *rows, "--time")
    assert hashlib.sha256(shop.database.read_bytes()).digest() == before


def test_without_rows_no_database_is_touched(shop: RunningShop) -> None:
    assert plan(shop, "Customer", "--database", "unreachable").startswith("Customer.objects.filter(…).delete()")
    opened = shop.run(
        """
        from django.core.management import call_command
        from django.db import connections
        connections.close_all()
        call_command("delete_plan", "Customer")
        answer = [alias for alias in connections if connections[alias].connection is not None]
        """
    )
    assert opened == []


def test_a_plan_takes_no_parser_of_python(shop: RunningShop) -> None:
    """libcst alone takes most of the second that people are ready to wait."""
    assert shop.run("import sys; answer = 'libcst' in sys.modules") is False


# --- what it prints -------------------------------------------------------------------------------------------------


def test_the_symbolic_plan_of_the_shop(shop: RunningShop) -> None:
    text = plan(shop, "support.Ticket")
    # Before Django 6.0 SQLite takes 500 keys at once, later as many as the connection says.
    if django.VERSION < (6, 0):
        text = text.replace("SELECT 1  ", "SELECT 1").replace("/500⌉", "/b⌉")
    version = f"{django.VERSION[0]}.{django.VERSION[1]}"
    parts = [part.splitlines() for part in text.split("\n\n")]
    assert parts[0][0] == f"Ticket.objects.filter(…).delete()  on Django {version}, SQLite"
    assert " ".join(parts[0][-2:]).endswith(
        "audit.receivers.log_deletion (audit/receivers.py:11) listens to every model, so none is fast; without it "
        "1 table would be fast."
    )
    assert parts[1:3] == [
        [
            "support.Ticket             slow  SELECT 1        DELETE ⌈n/100⌉  reads all columns, transcript is large",
            "│  referred to by support.Message.ticket and support.Rating.ticket",
            "├─ support.Message.ticket  slow  SELECT ⌈p/b⌉    DELETE ⌈n/100⌉  reads all columns, body is large",
            "└─ support.Rating.ticket   slow  SELECT ⌈p/b⌉    DELETE ⌈n/100⌉  reads all columns",
            "      receiver support.signals.thank",
        ],
        [
            "SELECT    1 + 2·⌈Ticket/b⌉",
            "UPDATE    0",
            "DELETE    ⌈Ticket/100⌉ + ⌈Message/100⌉ + ⌈Rating/100⌉",
            "in memory Ticket + Message + Rating rows, until delete() returns",
        ],
    ]
    assert parts[3][1:] == [
        "  audit.receivers.log_deletion  Ticket + Message + Rating  audit/receivers.py:11",
        "  support.signals.thank         Rating                     support/signals.py:23",
    ]


def test_the_exact_plan_of_the_shop(shop: RunningShop) -> None:
    text = plan(shop, "support.Ticket", "--pk", *map(str, range(1, 251)))
    # How much memory is foreseen has tests of its own.
    text = re.sub(r" +[\d.,]+ [kM]B  ", "  ", re.sub(" +[\\d.,]+ [kM]B$", "", text, flags=re.MULTILINE))
    parts = [part.splitlines() for part in text.split("\n\n")]
    version = f"{django.VERSION[0]}.{django.VERSION[1]}"
    call = "Ticket.objects.filter(pk__in=[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, … 240 more]).delete()"
    assert parts[0][0] == f"{call}  on the database default (SQLite), Django {version}"
    assert " ".join(parts[0]).endswith("so none is fast; without it 1,000 rows would not be loaded.")
    assert parts[1] == [
        "                          deleted  loaded  SELECT  DELETE   memory",
        "support.Ticket      slow      250     250       1       3  all columns",
        "│  referred to by support.Message.ticket and support.Rating.ticket",
        "├─ support.Message  slow    1,000   1,000       1      10  all columns",
        "└─ support.Rating   slow       30      30       1       1  all columns",
        "      receiver support.signals.thank",
        "total                       1,280   1,280       3      14",
    ]
    assert parts[2] == [
        "receivers, called inside the transaction",
        "                                calls  for each row of",
        "  audit.receivers.log_deletion  1,280  3 models         audit/receivers.py:11",
        "  support.signals.thank            30  support.Rating   support/signals.py:23",
    ]
    assert parts[3][0] == (
        "One transaction holds 14 DELETEs and 1,310 calls of receivers; 3 SELECTs before it, in autocommit."
    )


def test_rows_that_are_not_there_make_an_empty_plan(shop: RunningShop) -> None:
    found = shop.manage("delete_plan", "Ticket", "--filter", "customer__name=Eve", "--format", "json").document
    assert (found["rows_deleted"], found["error"]) == ({}, None)


def test_one_key_is_an_instance_and_several_are_a_queryset(shop: RunningShop) -> None:
    calls = [
        shop.manage("delete_plan", "Ticket", "--pk", *keys, "--format", "json").document["call"]
        for keys in (["1"], ["1", "2"], ["1", "--pk", "2"])
    ]
    assert calls == ["instance", "queryset", "queryset"]
    assert plan(shop, "Ticket", "--pk", "1").startswith("Ticket.objects.get(pk=1).delete()  on the database default")


def test_parents_are_kept_on_demand(shop: RunningShop) -> None:
    gone = shop.manage("delete_plan", "Invoice", "--pk", "1", "--format", "json").document["rows_deleted"]
    kept = shop.manage("delete_plan", "Invoice", "--pk", "1", "--keep-parents", "--format", "json").document
    assert gone == {"orders.Invoice": 1, "orders.Document": 1}
    assert (kept["rows_deleted"], kept["keep_parents"]) == ({"orders.Invoice": 1}, True)
    symbolic = shop.manage("delete_plan", "Invoice", "--keep-parents", "--format", "json").document
    assert [table["label"] for table in symbolic["tables"]] == ["orders.Invoice"]
    assert "delete(keep_parents=True)" in plan(shop, "Invoice", "--keep-parents")


@pytest.mark.parametrize("rows", [[], ["--all"]])
def test_every_format_can_be_written_to_a_file(shop: RunningShop, tmp_path: Path, rows: list[str]) -> None:
    starts = {"text": "Ticket.objects", "json": '{\n  "version": 1', "mermaid": "%% Ticket.objects"}
    for output_format, start in starts.items():
        file = tmp_path / output_format
        assert plan(shop, "Ticket", *rows, "--format", output_format, "--output-file", str(file)) == ""
        assert file.read_text(encoding="utf-8").startswith(start)


def test_colours_are_there_when_they_are_asked_for(shop: RunningShop) -> None:
    assert "\x1b[" not in plan(shop, "Ticket")
    for rows in ([], ["--all"]):
        assert "\x1b[1;31mslow\x1b[0m" in plan(shop, "Ticket", *rows, "--force-color")


def test_time_is_told_when_it_is_asked_for(shop: RunningShop) -> None:
    assert shop.manage("delete_plan", "Ticket", "--all", "--format", "json").document["seconds"] is None
    assert shop.manage("delete_plan", "Ticket", "--all", "--time", "--format", "json").document["seconds"] > 0
    assert "Takes roughly " in plan(shop, "Ticket", "--all", "--time")


# --- what it cannot do ----------------------------------------------------------------------------------------------


def test_a_model_is_found_by_whatever_names_it(shop: RunningShop) -> None:
    first = [plan(shop, name) for name in ("support.Ticket", "SUPPORT.ticket", "ticket", "Ticket")]
    assert len(set(first)) == 1


MISTAKES = {
    "Tickt": 'unknown model "Tickt" (did you mean "Ticket"?)',
    "suport.Ticket": 'unknown model "suport.Ticket" (did you mean "support.Ticket"?)',
    "auth.AbstractUser": "auth.AbstractUser is abstract: it has no rows",
    "Ticket --pk x": '"x" is no key of support.Ticket: “x” value must be an integer.',
    "Ticket --pk 999": "support.Ticket has no row with the key 999 in the database default",
    "Ticket --pk 1 998 999": "support.Ticket has no row with the keys 998, 999 in the database default",
    "Ticket --all --database defualt": 'unknown database "defualt" (did you mean "default"?)',
    "Ticket --all --database empty": "the database empty cannot be asked: no such table: support_ticket",
    "Ticket --all --database unreachable": ("the database unreachable cannot be asked: unable to open database file"),
    "Ticket --all --keep-parents": (
        "--keep-parents goes with one --pk: the delete() of a queryset has no such argument"
    ),
    "Ticket --time": "--time needs rows: --pk, --filter or --all",
    "Ticket --filter closed": '"closed" is no filter: it takes field=value or field__lookup=value',
    "Ticket --filter transcrip=x": (
        '--filter transcrip: support.Ticket has no field "transcrip" (did you mean "transcript"?)'
    ),
    "Ticket --filter customer__nam=x": (
        '--filter customer__nam: customers.Customer has no field or lookup "nam" (did you mean "name"?)'
    ),
    "Order --filter paid=perhaps": '--filter paid=perhaps: "perhaps" is neither true, false nor null',
    "Ticket --filter closed_at=soon": (
        "--filter closed_at=soon: “soon” value has an invalid format. "
        "It must be in YYYY-MM-DD HH:MM[:ss[.uuuuuu]][TZ] format."
    ),
    "Ticket --filter transcript__near=x": (
        "--filter transcript__near=x: Unsupported lookup 'near' for TextField or join on the field not permitted."
    ),
}


@pytest.mark.parametrize("command", MISTAKES)
def test_a_mistake_is_answered_in_one_line(shop: RunningShop, command: str) -> None:
    assert refused(shop, *command.split()) == MISTAKES[command]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("paid=true", 1),
        ("paid=False", 1),
        ("customer__name=Bob", 2),
        ("customer__isnull=false", 2),
        ("lines__isnull=true", 1),
        ("number__in=1,2,3", 2),
        ("customer_id=2", 2),
        ("customer=2", 2),
        ("documents__issued_at=null", 1),
        ("documents__issued_at__year__gte=2000", 1),
        ("pk__range=1,2", 2),
        ("number=null", 0),
    ],
)
def test_filters_find_what_they_say(shop: RunningShop, text: str, rows: int) -> None:
    found: dict[str, Any] = shop.manage("delete_plan", "Order", "--filter", text, "--format", "json").document
    assert found["rows_deleted"].get("orders.Order", 0) == rows
