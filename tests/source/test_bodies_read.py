"""Bodies of the receivers that a running project names, wherever they stand, read without running anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from delete_lint.settings import Settings
from delete_lint.source.running import ClassName, RegisteredAccessor, RegisteredField
from tests.source.running_code import Code, model, way, work

MODELS = """
from django.db import models

class Base(models.Model):
    class Meta:
        abstract = True

    @property
    def scan(self):
        return self.image

class Order(Base):
    def total(self):
        return sum(line.price for line in self.lines.all())

class Line(Base):
    pass
"""


@pytest.fixture
def code(tmp_path: Path) -> Code:
    """An own app ``shop`` with orders and their lines, and a package ``audit`` that is installed."""
    line = ClassName("shop.models", "Base")
    order = model(
        "shop.Order",
        "shop.models",
        RegisteredAccessor(name="lines", kind="rows", model="shop.Line", field="order"),
        RegisteredAccessor(name="customer", kind="row", model="shop.Customer"),
        RegisteredAccessor(name="image", kind="file"),
    )
    lines = model(
        "shop.Line",
        "shop.models",
        RegisteredAccessor(name="order", kind="row", model="shop.Order"),
        RegisteredAccessor(name="image", kind="file"),
        fields=[RegisteredField(name="price", kind="plain", type="DecimalField")],
    )
    customer = model("shop.Customer", "shop.models")
    event = model("audit.Event", "audit.models", RegisteredAccessor(name="order", kind="row", model="shop.Order"))
    models = {each.label: each for each in (order, lines, customer, event)}
    for label in ("shop.Order", "shop.Line"):
        models[label] = type(order)(
            **{name: getattr(models[label], name) for name in type(order).__struct_fields__} | {"line": (line,)}
        )
    found = Code(tmp_path, "shop", models)
    found.write(shop__models=MODELS)
    return found


def test_a_receiver_of_a_package_is_followed_across_its_modules(code: Code) -> None:
    code.write(
        audit__signals="from audit.store import remember\n\ndef log(instance, **kwargs):\n    remember(instance)",
        audit__store="import requests\n\ndef remember(row):\n    requests.post('https://example.com', row.pk)",
    )
    body = code.body("audit.signals", "log")
    assert work(body) == {("http", "requests.post")}
    assert way(body, "requests.post") == ["audit/signals.py:4", "audit/store.py:4"]


def test_an_own_receiver_is_followed_into_the_package_that_it_calls(code: Code) -> None:
    code.write(
        shop__signals="import audit.store\n\ndef log(instance, **kwargs):\n    audit.store.remember(instance)",
        audit__store="from time import sleep\n\ndef remember(row):\n    sleep(1)",
    )
    assert way(code.body("shop.signals", "log"), "time.sleep") == ["shop/signals.py:4", "audit/store.py:4"]


def test_only_files_that_a_call_leads_to_are_looked_for(code: Code) -> None:
    code.write(
        shop__signals="from shop import unused\nfrom shop.used import f\n\ndef log(instance, **kwargs):\n    f()",
        shop__used="import time\n\ndef f():\n    time.sleep(1)",
        shop__unused="raise SystemExit",
    )
    assert work(code.body("shop.signals", "log")) == {("sleep", "time.sleep")}
    assert "shop.unused" not in code.asked
    assert "shop.models" not in code.asked


def test_what_a_row_leads_to_is_what_the_registry_says(code: Code) -> None:
    code.write(
        shop__signals="def clear(instance, **kwargs):\n    instance.lines.all().delete()\n    instance.nothing.all()"
    )
    body = code.body("shop.signals", "clear", senders=("shop.Order",))
    assert work(body) == {("orm-bulk-delete", "Line.delete"), ("orm-query", "Line.delete")}


def test_a_method_of_the_model_is_read_from_its_file(code: Code) -> None:
    code.write(shop__signals="def total(instance, **kwargs):\n    instance.total()")
    body = code.body("shop.signals", "total", senders=("shop.Order",))
    assert way(body, "Line iteration") == ["shop/signals.py:2", "shop/models.py:13"]


def test_a_model_without_a_class_in_the_source_is_a_model_all_the_same(code: Code) -> None:
    code.write(
        shop__signals="""
        def log(instance, **kwargs):
            from audit.models import Event
            Event.objects.create(order=instance)
            instance.customer.name
        """
    )
    body = code.body("shop.signals", "log", senders=("shop.Order",))
    assert [(each.model, each.fields) for each in body.creations] == [("audit.Event", ("order",))]
    assert [read.field for read in body.parent_reads] == ["customer"]
    assert body.reads == ("customer",)


def test_what_all_heirs_of_an_abstract_model_have_it_has_too(code: Code) -> None:
    code.write(
        shop__signals="""
        from shop.models import Base

        def unlink(instance, **kwargs):
            if isinstance(instance, Base):
                instance.scan.delete(save=False)
        """
    )
    body = code.body("shop.signals", "unlink")
    assert {category for category, _ in work(body)} == {"storage"}
    assert body.sender_guard


@pytest.mark.parametrize("line", ["@once", "def clear("])
def test_a_decorated_function_is_found_by_its_decorator_and_by_its_def(line: str, code: Code) -> None:
    code.write(
        shop__signals="""
        import functools, time

        def once(function):
            @functools.wraps(function)
            def wrapper(*args, **kwargs):
                time.sleep(1)
                return function(*args, **kwargs)
            return wrapper

        @once
        def clear(instance, **kwargs):
            instance.lines.update(price=0)
        """
    )
    body = code.body("shop.signals", "clear", line, senders=("shop.Order",))
    assert work(body) == {("orm-query", "Line.update"), ("sleep", "time.sleep")}


def test_a_function_from_a_factory_is_found_by_its_line(code: Code) -> None:
    code.write(
        shop__signals="""
        import time
        from shop.models import Line

        def make(seconds, path=None):
            lines = Line.objects
            def handler(instance, **kwargs):
                lines.filter(order=instance).delete()
                if path is None:
                    time.sleep(seconds)
            return handler

        def other(seconds):
            def handler(instance, **kwargs):
                pass
            return handler
        """
    )
    body = code.body("shop.signals", "make.<locals>.handler", "def handler(", ("shop.Order",))
    assert ("orm-bulk-delete", "Line.delete") in work(body)
    assert ("sleep", "time.sleep") in work(body)  # a default is not what the function was made with
    line = next(
        n for n, text in enumerate((code.folder / "shop/signals.py").read_text().splitlines(), 1) if "other" in text
    )
    target = code.target("shop.signals", "other.<locals>.handler", "def other(")
    second = type(target)(
        module=target.module, name=target.name, file=target.file, line=line + 1, senders=("shop.Order",)
    )
    assert work(code.bodies(second)[second]) == set()


@pytest.mark.parametrize(
    "text",
    [
        "handler = lambda instance, **kwargs: requests.delete(instance.pk)",
        "handlers = {\n    'order':\n    lambda instance, **kwargs: requests.delete(instance.pk),\n}",
        "class Handlers:\n    handler = lambda instance, **kwargs: requests.delete(instance.pk)",
        "def make():\n    return lambda instance, **kwargs: requests.delete(instance.pk)",
        "def make():\n    def inner():\n        return [lambda instance, **kwargs: requests.delete(instance.pk)]",
        "if True:\n    connect(lambda instance, **kwargs: requests.delete(instance.pk))",
    ],
    ids=["assigned", "in a dict", "in a class", "from a function", "from an inner function", "in a call"],
)
def test_a_lambda_is_read_wherever_it_stands(text: str, code: Code) -> None:
    code.write(shop__signals=f"import requests\n\n{text}")
    assert work(code.body("shop.signals", "<lambda>", "lambda instance")) == {("http", "requests.delete")}


CLASSES = """
import time

class Handler:
    wait = True

    def handle(self, sender, instance, **kwargs):
        self.work(instance)

    def work(self, instance):
        raise NotImplementedError

    @classmethod
    def handle_class(cls, sender, instance, **kwargs):
        cls.pause()

    @classmethod
    def pause(cls):
        time.sleep(1)

    @staticmethod
    def handle_static(sender, instance, **kwargs):
        instance.lines.update(price=0)

    def __call__(self, sender, instance, **kwargs):
        self.pause()

class Sleeping(Handler):
    def work(self, instance):
        time.sleep(1)

class Clearing(Handler):
    def work(self, instance):
        instance.lines.update(price=0)
"""


def test_a_method_is_read_for_the_class_that_it_is_connected_of(code: Code) -> None:
    code.write(shop__handlers=CLASSES)
    for cls, expected in (("Sleeping", ("sleep", "time.sleep")), ("Clearing", ("orm-query", "Line.update"))):
        bound = (ClassName("shop.handlers", cls),)
        body = code.body("shop.handlers", "Handler.handle", senders=("shop.Order",), bound=bound)
        assert work(body) == {expected}


def test_a_method_connected_of_several_classes_does_what_each_does(code: Code) -> None:
    code.write(shop__handlers=CLASSES)
    bound = (ClassName("shop.handlers", "Sleeping"), ClassName("shop.handlers", "Clearing"))
    body = code.body("shop.handlers", "Handler.handle", senders=("shop.Order",), bound=bound)
    assert work(body) == {("sleep", "time.sleep"), ("orm-query", "Line.update")}


def test_an_abstract_method_is_followed_to_the_classes_that_inherit_it(code: Code) -> None:
    code.write(shop__handlers=CLASSES)
    code.children = {ClassName("shop.handlers", "Handler"): (ClassName("shop.handlers", "Sleeping"),)}
    assert work(code.body("shop.handlers", "Handler.handle")) == {("sleep", "time.sleep")}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Handler.handle_class", ("sleep", "time.sleep")),
        ("Handler.handle_static", ("orm-query", "Line.update")),
        ("Handler.__call__", ("sleep", "time.sleep")),
    ],
)
def test_class_methods_static_methods_and_callable_objects_are_read(
    name: str, expected: tuple[str, str], code: Code
) -> None:
    code.write(shop__handlers=CLASSES)
    bound = () if name.endswith("static") else (ClassName("shop.handlers", "Handler"),)
    assert work(code.body("shop.handlers", name, senders=("shop.Order",), bound=bound)) == {expected}


def test_of_functions_with_one_name_the_one_at_the_line_is_read(code: Code) -> None:
    code.write(
        shop__signals="""
        import sys, time

        if sys.platform == "win32":
            def clear(instance, **kwargs):  # there
                time.sleep(1)
        else:
            def clear(instance, **kwargs):  # here
                instance.lines.update(price=0)
        """
    )
    assert work(code.body("shop.signals", "clear", "# there")) == {("sleep", "time.sleep")}
    assert work(code.body("shop.signals", "clear", "# here", ("shop.Order",))) == {("orm-query", "Line.update")}


def test_a_file_that_was_changed_since_it_was_imported_is_read_by_name(code: Code) -> None:
    code.write(shop__signals="import time\n\n\n\ndef clear(instance, **kwargs):\n    time.sleep(1)")
    assert work(code.body("shop.signals", "clear", "import time")) == {("sleep", "time.sleep")}


def test_a_function_that_its_file_does_not_have_has_no_body(code: Code) -> None:
    code.write(shop__signals="import time")
    target = code.target("shop.signals", "clear", "import time")
    assert code.bodies(target) == {}


def test_what_is_known_of_a_package_says_more_than_its_source(code: Code) -> None:
    """Haystack's handlers look the index up in a registry, which no reading of their source leads through."""
    code.write(
        haystack__signals="""
        class BaseSignalProcessor:
            def handle_delete(self, sender, instance, **kwargs):
                for index in self.connections:
                    index.remove_object(instance)

        class RealtimeSignalProcessor(BaseSignalProcessor):
            pass
        """,
        shop__signals="""
        from haystack.signals import RealtimeSignalProcessor

        class Own(RealtimeSignalProcessor):
            def on_delete(self, instance, **kwargs):
                self.handle_delete(type(instance), instance)
        """,
    )
    realtime = ClassName("haystack.signals", "RealtimeSignalProcessor")
    theirs = code.body("haystack.signals", "BaseSignalProcessor.handle_delete", bound=(realtime,))
    assert {category for category, _ in work(theirs)} == {"search-index"}
    own = code.body("shop.signals", "Own.on_delete", bound=(ClassName("shop.signals", "Own"),))
    assert {category for category, _ in work(own)} == {"search-index"}


def test_a_task_of_a_package_that_is_an_installed_app_is_still_a_task(code: Code) -> None:
    code.write(
        huey__contrib__djhuey="""
        def db_task(*args, **kwargs):
            def decorate(function):
                return function
            return decorate
        """,
        shop__tasks="""
        import requests
        from huey.contrib.djhuey import db_task

        @db_task()
        def push(pk):
            requests.post(pk)
        """,
        shop__signals="from shop.tasks import push\n\ndef send(instance, **kwargs):\n    push(instance.pk)",
    )
    body = code.body("shop.signals", "send")
    assert work(body) == set()
    assert [(each.call, each.on_commit) for each in body.dispatches] == [("push", False)]


def test_the_settings_name_calls_that_block(code: Code) -> None:
    code.write(
        shop__signals="from audit.store import remember\n\ndef log(instance, **kwargs):\n    remember(instance)",
        audit__store="def remember(row):\n    row.connection.write(row)",
    )
    settings = Settings(blocking={"audit.store.remember": "http"})
    assert work(code.body("shop.signals", "log", settings=settings)) == {("http", "audit.store.remember")}


def test_names_in_a_package_are_not_taken_for_models_of_the_project(code: Code) -> None:
    text = "def log(sender, **kwargs):\n    order.lines.update(price=0)"
    code.write(audit__signals=text, shop__signals=text)
    assert work(code.body("shop.signals", "log")) == {("orm-query", "Line.update")}
    assert work(code.body("audit.signals", "log")) <= {("orm-query", "queryset.update")}


def test_settings_are_those_of_the_running_project(code: Code) -> None:
    code.settings = {"AUTH_USER_MODEL": "shop.Customer"}
    code.write(
        shop__signals="from django.contrib.auth import get_user_model\n\n"
        "def log(instance, **kwargs):\n    get_user_model().objects.filter(pk=1).update(seen=True)"
    )
    assert work(code.body("shop.signals", "log")) == {("orm-query", "Customer.update")}


def test_what_waits_for_the_commit_is_no_work_of_the_delete(code: Code) -> None:
    code.write(
        audit__signals="""
        import time
        from functools import partial
        from django.db import transaction

        def log(instance, origin=None, **kwargs):
            if origin is not instance:
                return
            transaction.on_commit(partial(time.sleep, 1))
        """
    )
    body = code.body("audit.signals", "log")
    assert work(body) == set()
    assert body.origin_guard
    assert body.knows_origin


def test_a_file_that_cannot_be_read_takes_no_other_with_it(code: Code) -> None:
    code.write(shop__broken="def f(:\n", shop__signals="import time\n\ndef clear(**kwargs):\n    time.sleep(1)")
    (code.folder / "shop" / "binary.py").write_bytes(b"\xff\xfe\x00\x00")
    broken = code.target("shop.broken", "f", "def f")
    binary = type(broken)(module="shop.binary", name="f", file=code.folder / "shop/binary.py", line=1, senders=None)
    good = code.target("shop.signals", "clear", "def clear")
    bodies = code.bodies(broken, binary, good)
    assert work(bodies[good]) == {("sleep", "time.sleep")}
    assert binary not in bodies
