"""What a delete receiver does before the commit is followed through the project's own code: what is missed is a slow
delete in production, what is made up is a false alarm at error severity."""

from __future__ import annotations

from pathlib import Path

import pytest

from delete_lint.graph.receiver import ORM_CATEGORIES, Receiver
from delete_lint.settings import Settings
from tests.source.project import read, read_shop, spelled, the_receiver

MODELS = """
from shop.managers import OrderManager

class Customer(models.Model):
    name = models.CharField(max_length=9)

class Order(models.Model):
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="orders")
    photo = models.FileField()
    thumbnail = models.ImageField()
    note = models.TextField()
    objects = OrderManager()

    def notify(self):
        requests.post("https://example.org", json={})

    @property
    def remote(self):
        return requests.get("https://example.org")

    @property
    def line_count(self):
        return self.lines.count()

    @classmethod
    def reindex(cls):
        requests.put("https://example.org")

    @staticmethod
    def ping():
        requests.head("https://example.org")

class Line(models.Model):
    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    text = models.TextField()

    def forget(self):
        requests.delete("https://example.org")

class Trail(models.Model):
    order = models.ForeignKey(Order, models.CASCADE, null=True)
    text = models.TextField()
"""
MANAGERS = """
import requests
from django.db import models

class OrderQuerySet(models.QuerySet):
    def announce(self):
        requests.patch("https://example.org")
        return self

class OrderManager(models.Manager):
    def get_queryset(self):
        return OrderQuerySet(self.model, using=self._db)

    def sync(self):
        requests.options("https://example.org")
"""
PRELUDE = """
import time
import requests
from django.db import transaction
from django.db.models.signals import post_delete
from django.dispatch import receiver
from shop.models import Customer, Line, Order, Trail
"""


def heard(folder: Path, body: str, before: str = "", **modules: str) -> Receiver:
    """A receiver of ``Order`` with this body."""
    lines = body.strip("\n").splitlines()
    text = "\n".join(f"    {line}" for line in lines)
    signals = (
        f"{PRELUDE}\n{before}\n\n@receiver(post_delete, sender=Order)\n"
        f"def handle(sender, instance, **kwargs):\n{text}\n"
    )
    graph = read_shop(folder, "import requests\n" + MODELS, managers=MANAGERS, signals=signals, **modules)
    return the_receiver(graph)


def external(receiver: Receiver) -> set[tuple[str, str]]:
    return {(work.category, work.call) for work in receiver.work if work.category not in ORM_CATEGORIES}


def queries(receiver: Receiver) -> set[tuple[str, str]]:
    return {(work.category, work.call) for work in receiver.work if work.category in ORM_CATEGORIES}


# --- names --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "call", "category", "name"),
    [
        ("", "time.sleep(1)", "sleep", "time.sleep"),
        ("from time import sleep", "sleep(1)", "sleep", "time.sleep"),
        ("from time import sleep as nap", "nap(1)", "sleep", "time.sleep"),
        ("import time as clock", "clock.sleep(1)", "sleep", "time.sleep"),
        ("nap = time.sleep", "nap(1)", "sleep", "time.sleep"),
        ("from requests import post as p", "p('x')", "http", "requests.post"),
        ("from shop.net import post", "post('x')", "http", "requests.post"),
        ("from shop import net", "net.post('x')", "http", "requests.post"),
        ("from shop.net import *", "post('x')", "http", "requests.post"),
        ("from shop import net as n", "n.requests.post('x')", "http", "requests.post"),
        ("", "import requests as r\nr.get('x')", "http", "requests.get"),
        ("", "from subprocess import run\nrun(['x'])", "subprocess", "subprocess.run"),
        ("session = requests.Session()", "session.get('x')", "http", "requests.Session.get"),
        ("", "with requests.Session() as s:\n    s.get('x')", "http", "requests.Session.get"),
        (
            "from django.core.mail import send_mail",
            "send_mail('a', 'b', 'c', [])",
            "email",
            "django.core.mail.send_mail",
        ),
        (
            "from django.core.mail import EmailMessage",
            "EmailMessage('a').send()",
            "email",
            "django.core.mail.EmailMessage.send",
        ),
        (
            "from django.core.mail import EmailMessage",
            "m = EmailMessage('a')\nm.attach('x')\nm.send()",
            "email",
            "django.core.mail.EmailMessage.send",
        ),
        ("from functools import partial\nnap = partial(time.sleep, 1)", "nap()", "sleep", "time.sleep"),
        ("", "getattr(requests, 'post')('x')", "http", "requests.post"),
        ("CALLS = {'post': requests.post}", "CALLS['post']('x')", "http", "requests.post"),
        ("CALLS = [requests.post]", "for call in CALLS:\n    call('x')", "http", "requests.post"),
        (
            "from asgiref.sync import async_to_sync\nimport aiohttp",
            "async_to_sync(fetch)()",
            "http",
            "aiohttp.ClientSession.get",
        ),
    ],
    ids=spelled,
)
def test_a_blocking_call_under_any_name(tmp_path: Path, before: str, call: str, category: str, name: str) -> None:
    if "fetch" in call:
        before += "\nasync def fetch():\n    async with aiohttp.ClientSession() as s:\n        await s.get('x')\n"
    found = heard(tmp_path, call, before, net="import requests\nfrom requests import post\n")
    assert (category, name) in external(found)


@pytest.mark.parametrize(
    ("module", "text", "call"),
    [
        ("requests.py", "def post(url): pass\n", "requests.post('x')"),
        ("redis.py", "class Redis:\n    def get(self, k): pass\n", "redis.Redis().get('x')"),
        ("mail/__init__.py", "def send_mail(*a): pass\n", "mail.send_mail('x')"),
    ],
)
def test_a_module_of_the_projects_own_that_is_named_like_a_library(
    tmp_path: Path, module: str, text: str, call: str
) -> None:
    name = module.removesuffix(".py").partition("/")[0]
    graph = read(
        tmp_path,
        {
            "manage.py": "",
            module: text,
            "shop/models.py": "from django.db import models\nclass Order(models.Model): pass\n",
            "shop/signals.py": f"import {name}\nfrom django.db.models.signals import post_delete\n"
            "from django.dispatch import receiver\nfrom shop.models import Order\n"
            f"@receiver(post_delete, sender=Order)\ndef handle(**kwargs):\n    {call}\n",
        },
    )
    assert the_receiver(graph).work == ()


def test_a_module_of_the_package_named_like_a_library_is_reached_by_a_relative_import(tmp_path: Path) -> None:
    found = heard(tmp_path, "from . import httpx\nhttpx.post('x')", httpx="def post(url): pass\n")
    assert external(found) == set()


def test_the_settings_add_blocking_names_and_take_some_away(tmp_path: Path) -> None:
    graph = read_shop(
        tmp_path,
        "class Order(models.Model): pass\n",
        Settings(blocking={"shop.legacy.push": "http"}, not_blocking=("requests.post",)),
        legacy="def push(): pass\n",
        signals="""
import requests
from django.db.models.signals import post_delete
from django.dispatch import receiver
from shop.legacy import push
from shop.models import Order

@receiver(post_delete, sender=Order)
def handle(**kwargs):
    push()
    requests.post("x")
""",
    )
    assert external(the_receiver(graph)) == {("http", "shop.legacy.push")}


# --- the way there ------------------------------------------------------------------------------------------------

DEEP = """
class Sender:
    def push(self, order):
        self._push(order)

    def _push(self, order):
        deliver(order)

def deliver(order):
    send(order)

def send(order):
    requests.post("x")
"""


def test_work_is_followed_four_calls_deep_with_the_whole_way(tmp_path: Path) -> None:
    found = heard(tmp_path, "Sender().push(instance)", DEEP)
    (work,) = [work for work in found.work if work.category == "http"]
    assert [hop.call for hop in work.path] == ["Sender.push", "Sender._push", "deliver", "send", "requests.post"]
    assert [hop.place.line for hop in work.path] == [26, 12, 15, 18, 21]


def test_the_way_crosses_modules(tmp_path: Path) -> None:
    found = heard(
        tmp_path,
        "push(instance)",
        "from shop.search import push",
        search="from shop.net import send\n\ndef push(order):\n    send(order)\n",
        net="import requests\n\ndef send(order):\n    requests.post('x')\n",
    )
    (work,) = [work for work in found.work if work.category == "http"]
    assert [str(hop.place) for hop in work.path] == ["shop/signals.py:13", "shop/search.py:4", "shop/net.py:4"]


def test_functions_that_call_each_other_end(tmp_path: Path) -> None:
    found = heard(
        tmp_path,
        "ping(instance)",
        "def ping(o):\n    pong(o)\n    time.sleep(1)\n\ndef pong(o):\n    ping(o)\n    requests.get('x')\n",
    )
    assert external(found) == {("sleep", "time.sleep"), ("http", "requests.get")}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param("instance.notify()", "requests.post", id="a method of the instance"),
        pytest.param("instance.remote", "requests.get", id="a property of the instance"),
        pytest.param("if instance.remote:\n    pass", "requests.get", id="a property in a condition"),
        pytest.param("sender.reindex()", "requests.put", id="a class method of the sender"),
        pytest.param("Order.reindex()", "requests.put", id="a class method"),
        pytest.param("Order.ping()", "requests.head", id="a static method"),
        pytest.param("instance.ping()", "requests.head", id="a static method of the instance"),
        pytest.param("Order.objects.sync()", "requests.options", id="a manager method"),
        pytest.param("Order.objects.filter(pk=1).announce()", "requests.patch", id="a queryset method"),
        pytest.param("Order.objects.all().announce()", "requests.patch", id="a queryset method after all"),
        pytest.param("for line in instance.lines.all():\n    line.forget()", "requests.delete", id="a related row"),
        pytest.param("instance.lines.first().forget()", "requests.delete", id="a related row at once"),
        pytest.param("Line.objects.get(pk=1).order.notify()", "requests.post", id="a forward key"),
        pytest.param("order = kwargs.get('x') or instance\norder.notify()", "requests.post", id="a variable"),
        pytest.param("type(instance).reindex()", "requests.put", id="type()"),
        pytest.param("instance.__class__.reindex()", "requests.put", id="__class__"),
        pytest.param("(lambda o: o.notify())(instance)", "requests.post", id="a lambda"),
        pytest.param("[o.notify() for o in [instance]]", "requests.post", id="a comprehension"),
        pytest.param("list(map(Order.notify, [instance]))", "requests.post", id="map"),
        pytest.param("f'{instance.remote}'", "requests.get", id="in an f-string"),
        pytest.param("def later():\n    instance.notify()\nlater()", "requests.post", id="a local function"),
        pytest.param("match instance.pk:\n    case 1:\n        instance.notify()", "requests.post", id="match"),
        pytest.param("try:\n    pass\nfinally:\n    instance.notify()", "requests.post", id="finally"),
        pytest.param("try:\n    pass\nexcept ValueError:\n    instance.notify()", "requests.post", id="except"),
        pytest.param("with transaction.atomic():\n    instance.notify()", "requests.post", id="with"),
        pytest.param("while instance.notify():\n    break", "requests.post", id="a while condition"),
        pytest.param("return instance.notify()", "requests.post", id="return"),
        pytest.param("assert instance.notify()", "requests.post", id="assert"),
        pytest.param("x = instance.notify() if instance.pk else None", "requests.post", id="a conditional"),
        pytest.param("instance.pk and instance.notify()", "requests.post", id="and"),
        pytest.param("if (r := instance.notify()):\n    pass", "requests.post", id="a walrus"),
    ],
)
def test_work_behind_models_managers_and_properties(tmp_path: Path, body: str, expected: str) -> None:
    assert ("http", expected) in external(heard(tmp_path, body))


CLASSES = """
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property

class Transport(ABC):
    @abstractmethod
    def send(self): ...

class Http(Transport):
    def send(self):
        requests.post("x")

class Base:
    kind = "base"
    transport_class = Http
    client = requests.Session()

    def __init__(self, order, transport=None):
        self.order = order
        self.transport = transport or Http()

    def run(self):
        self.before()
        self.work()

    def before(self):
        pass

    def work(self):
        raise NotImplementedError

    def __call__(self):
        self.work()

    def __enter__(self):
        time.sleep(1)
        return self

    def __exit__(self, *args):
        requests.delete("x")

    @cached_property
    def lazily(self):
        return requests.Session()

class Child(Base):
    def work(self):
        requests.put("x")

class GrandChild(Child):
    def work(self):
        super().work()

    def annotated(self, transport: Http):
        transport.send()

    def with_state(self):
        self.transport.send()

    def with_class(self):
        self.transport_class().send()

    def with_client(self):
        self.client.get("x")

    def with_lazy(self):
        self.lazily.get("x")

    def with_order(self):
        self.order.notify()

@dataclass
class Job:
    order: Order
    transport: Http

    def go(self):
        self.transport.send()

    def tell(self):
        self.order.notify()

def make(order) -> GrandChild:
    return REGISTRY[order.kind]

def build(order):
    return GrandChild(order)

REGISTRY = {}
kept = GrandChild(None)
"""


@pytest.mark.parametrize(
    ("body", "category", "call"),
    [
        pytest.param("Child(instance).work()", "http", "requests.put", id="a method"),
        pytest.param("Child(instance).run()", "http", "requests.put", id="a method of the base that calls an override"),
        pytest.param("GrandChild(instance).run()", "http", "requests.put", id="super()"),
        pytest.param("Child(instance)()", "http", "requests.put", id="__call__"),
        pytest.param("kept.run()", "http", "requests.put", id="an object at module level"),
        pytest.param("make(instance).run()", "http", "requests.put", id="a return annotation"),
        pytest.param("build(instance).run()", "http", "requests.put", id="what a function returns"),
        pytest.param("kept.annotated(None)", "http", "requests.post", id="an annotated parameter"),
        pytest.param("kept.with_state()", "http", "requests.post", id="an attribute set by the constructor"),
        pytest.param("GrandChild(instance).with_order()", "http", "requests.post", id="what the constructor was given"),
        pytest.param("kept.with_class()", "http", "requests.post", id="a class in a class attribute"),
        pytest.param("kept.with_client()", "http", "requests.Session.get", id="an object in a class attribute"),
        pytest.param("kept.with_lazy()", "http", "requests.Session.get", id="a cached property"),
        pytest.param("Job(instance, Http()).go()", "http", "requests.post", id="a dataclass field"),
        pytest.param("Job(order=instance, transport=Http()).tell()", "http", "requests.post", id="dataclass keywords"),
        pytest.param("t: Transport = Http()\nt.send()", "http", "requests.post", id="an annotated variable"),
        pytest.param("job: Job = REGISTRY['x']\njob.go()", "http", "requests.post", id="annotation of an unknown"),
        pytest.param(
            "def go(t: Transport):\n    t.send()\ngo(REGISTRY['x'])", "http", "requests.post", id="an interface"
        ),
        pytest.param(
            "Base.work(REGISTRY['x'])\nREGISTRY['x'].run()\nChild.work(kept)", "http", "requests.put", id="unbound"
        ),
        pytest.param("with Base(instance):\n    pass", "sleep", "time.sleep", id="__enter__"),
        pytest.param("getattr(kept, 'run')()", "http", "requests.put", id="getattr"),
        pytest.param(
            "for cls in (Child, GrandChild):\n    cls(instance).work()", "http", "requests.put", id="classes in a loop"
        ),
    ],
)
def test_work_behind_classes(tmp_path: Path, body: str, category: str, call: str) -> None:
    assert (category, call) in external(heard(tmp_path, body, CLASSES))


def test_a_generator_runs_when_it_is_consumed(tmp_path: Path) -> None:
    found = heard(
        tmp_path,
        "for x in rows(instance):\n    pass",
        "def rows(order):\n    requests.get('x')\n    yield order\n",
    )
    assert ("http", "requests.get") in external(found)


def test_a_context_manager_made_of_a_generator(tmp_path: Path) -> None:
    found = heard(
        tmp_path,
        "with held():\n    pass",
        "from contextlib import contextmanager\n@contextmanager\ndef held():\n    requests.get('x')\n    yield\n",
    )
    assert ("http", "requests.get") in external(found)


HANDLERS = """
def push_now():
    requests.get('x')
HOW = {'now': push_now}
def look_up(how):
    if how in HOW:
        return HOW[how]()
"""

# --- branches -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "before"),
    [
        pytest.param(
            "push(instance, now=False)", "def push(o, now):\n    if now:\n        requests.get('x')\n", id="if"
        ),
        pytest.param(
            "push(instance, now=False)",
            "def push(o, now=True):\n    if not now:\n        return\n    requests.get('x')\n",
            id="early return",
        ),
        pytest.param(
            "push(instance)",
            "def push(o, now=False):\n    if now:\n        requests.get('x')\n",
            id="a default that the call leaves",
        ),
        pytest.param(
            "push(instance, 'later')",
            "def push(o, how):\n    if how == 'now':\n        requests.get('x')\n",
            id="a string compared",
        ),
        pytest.param(
            "Pusher(now=False).go()",
            "class Pusher:\n    def __init__(self, now):\n        self.now = now\n"
            "    def go(self):\n        if self.now:\n            requests.get('x')\n",
            id="constructor state",
        ),
        pytest.param(
            "push(instance, client=None)",
            "def push(o, client):\n    if client is not None:\n        requests.get('x')\n",
            id="None",
        ),
        pytest.param("look_up('later')", HANDLERS, id="a key that a dict does not have"),
        pytest.param(
            "push(instance, 'later')",
            "def push(o, how):\n    if how not in ['now', 'at once']:\n        return\n    requests.get('x')\n",
            id="a string in a list",
        ),
        pytest.param("return\nrequests.get('x')", "", id="after a return"),
        pytest.param("if False:\n    requests.get('x')", "", id="if False"),
    ],
)
def test_a_constant_that_chooses_the_other_branch_keeps_the_work_out(tmp_path: Path, body: str, before: str) -> None:
    assert external(heard(tmp_path, body, before)) == set()


@pytest.mark.parametrize(
    ("body", "before"),
    [
        pytest.param(
            "push(instance, now=True)", "def push(o, now):\n    if now:\n        requests.get('x')\n", id="true"
        ),
        pytest.param(
            "push(instance, now=bool(instance.pk))",
            "def push(o, now):\n    if now:\n        requests.get('x')\n",
            id="unknown",
        ),
        pytest.param(
            "push(instance, now=False)\npush(instance, now=True)",
            "def push(o, now):\n    if now:\n        requests.get('x')\n",
            id="one call of two",
        ),
        pytest.param(
            "push(instance, **options(instance))",
            "from somewhere import options\ndef push(o, now=False, **kwargs):\n    if now:\n"
            "        requests.get('x')\n",
            id="keywords that nobody can tell",
        ),
        pytest.param("look_up('now')", HANDLERS, id="a key that a dict has"),
        pytest.param(
            "look_up('later')", HANDLERS + "def register(how):\n    HOW[how] = push_now\n", id="a dict that is filled"
        ),
        pytest.param("look_up('later')", HANDLERS + "HOW.update(later=push_now)\n", id="a dict that is updated"),
        pytest.param(
            "how = {'now': 1}\nhow[instance.note] = 2\nif 'later' in how:\n    requests.get('x')",
            "",
            id="a dict with a key that nobody knows",
        ),
        pytest.param("if instance.note in ('now',):\n    requests.get('x')", "", id="an unknown in a tuple"),
        pytest.param("if settings.NOW:\n    requests.get('x')", "from django.conf import settings", id="a setting"),
        pytest.param(
            "now = False\nfor x in instance.lines.all():\n    now = True\nif now:\n    requests.get('x')",
            "",
            id="a flag set in a loop",
        ),
        pytest.param(
            "now = False\nif instance.pk:\n    now = True\nif now:\n    requests.get('x')",
            "",
            id="a flag set in a branch",
        ),
        pytest.param(
            "for x in range(3):\n    if done(x):\n        requests.get('x')\n",
            "def done(x):\n    return x == 2\n",
            id="a comparison of unknowns",
        ),
        pytest.param(
            "attempt = 0\nwhile True:\n    if attempt > 0:\n        requests.get('x')\n    attempt += 1",
            "",
            id="a counter",
        ),
        pytest.param(
            "global COUNT\nif COUNT:\n    requests.get('x')",
            "COUNT = 0\ndef up():\n    global COUNT\n    COUNT = 1\n",
            id="a global that somebody changes",
        ),
    ],
)
def test_a_branch_that_may_be_taken_is_followed(tmp_path: Path, body: str, before: str) -> None:
    assert external(heard(tmp_path, body, before)) == {("http", "requests.get")}


# --- after the commit, tasks, threads -----------------------------------------------------------------------------

PUSH = "from functools import partial\ndef push(*args):\n    requests.get('x')\n"


@pytest.mark.parametrize(
    "body",
    [
        "transaction.on_commit(lambda: push(instance.pk))",
        "transaction.on_commit(lambda: requests.get('x'))",
        "transaction.on_commit(partial(push, instance.pk))",
        "transaction.on_commit(partial(requests.get, 'x'))",
        "transaction.on_commit(push)",
        "transaction.on_commit(push, using='default')",
        "transaction.on_commit(func=push)",
        "transaction.on_commit(instance.notify)",
        "from django.db.transaction import on_commit\non_commit(lambda: push())",
        "def later():\n    push()\ntransaction.on_commit(later)",
        "@transaction.on_commit\ndef later():\n    push()",
        "after = lambda: push()\ntransaction.on_commit(after)",
        "from django.db import connection\nconnection.on_commit(push)",
        "deferred(push)",
        "run_later(push, instance.pk)",
    ],
    ids=spelled,
)
def test_what_waits_for_the_commit_does_not_block(tmp_path: Path, body: str) -> None:
    found = heard(
        tmp_path,
        body,
        PUSH
        + "def deferred(func):\n    transaction.on_commit(func)\n"
        + "def run_later(func, *args):\n    transaction.on_commit(lambda: func(*args))\n",
    )
    assert external(found) == set()


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("transaction.on_commit(push())", id="called instead of handed over"),
        pytest.param("transaction.on_commit(partial(print, push()))", id="called for an argument"),
        pytest.param("transaction.on_commit(lambda: None)\npush()", id="beside it"),
    ],
)
def test_what_is_called_for_on_commit_blocks_now(tmp_path: Path, body: str) -> None:
    assert external(heard(tmp_path, body, PUSH)) == {("http", "requests.get")}


TASKS = """
import requests
from celery import Task, shared_task
from shop.celery import app

@shared_task
def push(pk=None):
    requests.get("x")

@shared_task(bind=True, name="shop.bound")
def bound(self, pk=None):
    requests.get("x")

@app.task
def apped(pk=None):
    requests.get("x")

class Push(Task):
    def run(self, pk=None):
        requests.get("x")

push_object = Push()
"""
CELERY = "from celery import Celery\napp = Celery('shop')\n"


@pytest.mark.parametrize(
    "body",
    [
        "push(instance.pk)",
        "push.run(instance.pk)",
        "push.apply(args=[instance.pk])",
        "push.s(instance.pk)()",
        "push.s(instance.pk).apply()",
        "bound(instance.pk)",
        "bound.run(instance.pk)",
        "apped(instance.pk)",
        "apped.apply((instance.pk,))",
        "push_object.run(instance.pk)",
    ],
    ids=spelled,
)
def test_a_task_that_is_called_plainly_runs_here_and_now(tmp_path: Path, body: str) -> None:
    found = heard(tmp_path, body, "from shop.tasks import apped, bound, push, push_object", tasks=TASKS, celery=CELERY)
    assert external(found) == {("http", "requests.get")}
    assert found.dispatches == ()


DISPATCHES = [
    "push.delay(instance.pk)",
    "push.apply_async(args=[instance.pk])",
    "push.apply_async((instance.pk,), countdown=10)",
    "push.s(instance.pk).delay()",
    "push.s(instance.pk).apply_async()",
    "push.si(instance.pk).apply_async()",
    "push.signature((instance.pk,)).delay()",
    "push.s(instance.pk).set(queue='x').delay()",
    "bound.delay(instance.pk)",
    "apped.delay(instance.pk)",
    "push_object.delay(instance.pk)",
    "tasks.push.delay(instance.pk)",
    "app.send_task('shop.tasks.push', args=[instance.pk])",
    "unknown_task.delay(instance.pk)",
    "chain(push.s(1), bound.s()).delay()",
    "group([push.s(1)]).apply_async()",
    "from shop.tasks import push as p\np.delay(1)",
    "enqueue(push, instance.pk)",
]
TASK_NAMES = (
    "from functools import partial\nfrom celery import chain, group\nfrom shop import tasks\n"
    "from shop.celery import app\n"
    "from shop.tasks import apped, bound, push, push_object\nfrom elsewhere import unknown_task\n"
    "def enqueue(task, *args):\n    task.delay(*args)\n"
)


@pytest.mark.parametrize("body", DISPATCHES, ids=spelled)
def test_a_task_that_is_enqueued_is_a_dispatch_and_does_not_run_here(tmp_path: Path, body: str) -> None:
    found = heard(tmp_path, body, TASK_NAMES, tasks=TASKS, celery=CELERY)
    assert external(found) == set()
    (dispatch,) = found.dispatches
    assert not dispatch.on_commit
    assert dispatch.place.line == 21 + body.count("\n")


@pytest.mark.parametrize(
    "body",
    [
        "transaction.on_commit(lambda: push.delay(instance.pk))",
        "transaction.on_commit(partial(push.delay, instance.pk))",
        "transaction.on_commit(push.delay)",
        "transaction.on_commit(lambda: push.apply_async(args=[instance.pk]))",
        "transaction.on_commit(partial(push.apply_async, args=[instance.pk]))",
        "transaction.on_commit(push.s(instance.pk).delay)",
        "transaction.on_commit(lambda: push.s(instance.pk).delay())",
        "transaction.on_commit(partial(enqueue, push, instance.pk))",
        "def later():\n    push.delay(instance.pk)\ntransaction.on_commit(later)",
        "@transaction.on_commit\ndef later():\n    push.delay(instance.pk)",
        "push.delay_on_commit(instance.pk)",
        "push.apply_async_on_commit(args=[instance.pk])",
        "transaction.on_commit(lambda: enqueue(push))",
        "pk = instance.pk\ntransaction.on_commit(lambda pk=pk: push.delay(pk))",
        "after_commit(push, instance.pk)",
    ],
    ids=spelled,
)
def test_a_dispatch_that_waits_for_the_commit_is_known_to(tmp_path: Path, body: str) -> None:
    found = heard(
        tmp_path,
        body,
        TASK_NAMES + "def after_commit(task, *args):\n    transaction.on_commit(partial(task.delay, *args))\n",
        tasks=TASKS,
        celery=CELERY,
    )
    (dispatch,) = found.dispatches
    assert dispatch.on_commit
    assert external(found) == set()


@pytest.mark.parametrize(
    ("body", "passes"),
    [("push.delay(instance)", True), ("push.delay(instance.pk)", False), ("push.delay(x=instance)", True)],
)
def test_a_task_that_is_given_the_instance_itself(tmp_path: Path, body: str, passes: bool) -> None:
    (dispatch,) = heard(tmp_path, body, TASK_NAMES, tasks=TASKS, celery=CELERY).dispatches
    assert dispatch.passes_instance is passes


def test_a_signal_send_is_no_dispatch_of_a_task(tmp_path: Path) -> None:
    found = heard(
        tmp_path,
        "gone.send(sender=sender)\ngone.send_robust(sender=sender)",
        "from django.dispatch import Signal\ngone = Signal()",
    )
    assert found.dispatches == ()


@pytest.mark.parametrize(
    "body",
    [
        "threading.Thread(target=push).start()",
        "threading.Thread(target=push, args=(instance,), daemon=True).start()",
        "t = threading.Thread(target=push)\nt.start()",
        "from threading import Thread\nThread(target=lambda: push()).start()",
        "threading.Timer(5, push).start()",
        "Background(instance).start()",
    ],
    ids=spelled,
)
def test_a_thread_is_started_and_does_not_block(tmp_path: Path, body: str) -> None:
    found = heard(
        tmp_path,
        body,
        PUSH
        + "import threading\nclass Background(threading.Thread):\n    def __init__(self, order):\n"
        + "        super().__init__()\n        self.order = order\n    def run(self):\n        push()\n",
    )
    assert external(found) == set()
    assert len(found.threads) == 1


# --- the database -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("instance.customer.name", {("orm-query", "Order.customer")}),
        ("instance.lines.count()", {("orm-query", "Line.count")}),
        ("instance.lines.exists()", {("orm-query", "Line.exists")}),
        ("instance.lines.all().delete()", {("orm-query", "Line.delete"), ("orm-bulk-delete", "Line.delete")}),
        (
            "Line.objects.filter(order=instance).delete()",
            {("orm-query", "Line.delete"), ("orm-bulk-delete", "Line.delete")},
        ),
        ("list(instance.lines.all())", {("orm-query", "Line list")}),
        ("len(instance.lines.all())", {("orm-query", "Line len")}),
        ("if instance.lines.all():\n    pass", {("orm-query", "Line queryset")}),
        ("instance.lines.all()[0]", {("orm-query", "Line queryset"), ("orm-query", "Line []")}),
        ("for line in instance.lines.all():\n    pass", {("orm-query", "Line iteration")}),
        ("[line for line in instance.lines.all()]", {("orm-query", "Line iteration")}),
        ("x = instance.lines.filter(pk=1)", set()),
        ("x = instance.customer_id", set()),
        ("x = instance.pk", set()),
        ("Order.objects.filter(pk=1).update(note='')", {("orm-query", "Order.update")}),
        ("instance.customer.save()", {("orm-query", "Order.customer"), ("orm-query", "Customer.save")}),
        ("instance.line_count", {("orm-query", "Line.count")}),
    ],
    ids=spelled,
)
def test_queries_of_a_receiver(tmp_path: Path, body: str, expected: set[tuple[str, str]]) -> None:
    found = queries(heard(tmp_path, body))
    if "[0]" in body:
        assert found
        assert found <= expected
    else:
        assert found == expected


@pytest.mark.parametrize(
    ("body", "call"),
    [
        pytest.param("for line in instance.lines.all():\n    line.delete()", "Line.delete", id="delete in for"),
        pytest.param("for line in instance.lines.all():\n    line.order", "Line.order", id="a key in for"),
        pytest.param("[line.order for line in instance.lines.all()]", "Line.order", id="comprehension"),
        pytest.param("for pk in (1, 2):\n    Line.objects.get(pk=pk)", "Line.get", id="get in for"),
        pytest.param("while True:\n    Line.objects.get(pk=1)", "Line.get", id="while"),
        pytest.param(
            "def one(line):\n    line.save()\nfor line in instance.lines.all():\n    one(line)",
            "Line.save",
            id="helper",
        ),
    ],
)
def test_a_query_for_each_of_many_rows_is_a_loop(tmp_path: Path, body: str, call: str) -> None:
    assert ("orm-loop", call) in queries(heard(tmp_path, body))


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("for line in instance.lines.all():\n    print(line)", id="the rows themselves"),
        pytest.param(
            "for line in instance.lines.all():\n    line.delete()\n    return", id="a loop that returns at once"
        ),
        pytest.param("for x in (1, 2):\n    pass\nelse:\n    instance.lines.count()", id="the else of a loop"),
        pytest.param("for x in instance.lines.all():\n    if x.pk:\n        x.save()\n        break", id="break"),
        pytest.param("instance.lines.count()\nfor x in (1, 2):\n    pass", id="before the loop"),
    ],
)
def test_a_query_that_runs_once_is_no_loop(tmp_path: Path, body: str) -> None:
    assert not any(category == "orm-loop" for category, _ in queries(heard(tmp_path, body)))


def test_work_in_a_loop_names_the_innermost_loop(tmp_path: Path) -> None:
    found = heard(tmp_path, "for a in (1, 2):\n    for b in (1, 2):\n        Line.objects.get(pk=b)")
    (work,) = [work for work in found.work if work.category == "orm-loop"]
    assert work.loop is not None
    assert work.loop.line == 14


def test_a_row_lock_is_a_lock(tmp_path: Path) -> None:
    found = heard(tmp_path, "Line.objects.select_for_update().get(pk=1)")
    assert ("lock", "Line.select_for_update") in external(found)


def test_the_foreign_keys_of_the_instance_that_are_followed(tmp_path: Path) -> None:
    found = heard(tmp_path, "print(instance.customer.name, instance.pk)")
    assert [read.field for read in found.parent_reads] == ["customer"]


@pytest.mark.parametrize(
    "body",
    [
        "Trail.objects.create(order=instance, text='x')",
        "Trail.objects.create(order_id=instance.pk)",
        "Trail.objects.create(order_id=instance.id)",
        "Trail.objects.get_or_create(order=instance)",
        "Trail(order=instance).save()",
        "trail = Trail(order=instance)\ntrail.save()",
        "instance.trail_set.create(text='x')",
        "Trail.objects.bulk_create([Trail(order=instance)])",
        "note(instance)",
    ],
    ids=spelled,
)
def test_a_row_that_points_at_what_is_deleted(tmp_path: Path, body: str) -> None:
    found = heard(tmp_path, body, "def note(order):\n    Trail.objects.create(order=order)\n")
    assert [(creation.model, creation.fields) for creation in found.creations] == [("shop.Trail", ("order",))]


@pytest.mark.parametrize(
    "body",
    [
        "Trail.objects.create(text='x')",
        "Trail.objects.create(order_id=7)",
        "Trail.objects.filter(order=instance).delete()",
        "Trail.objects.get(order=instance)",
        "transaction.on_commit(lambda: Trail.objects.create(text=str(instance.pk)))",
        "x = Trail(order=instance)",
    ],
    ids=spelled,
)
def test_what_writes_no_row_that_points_at_the_deleted_one(tmp_path: Path, body: str) -> None:
    found = heard(tmp_path, body)
    assert not any("order" in creation.fields for creation in found.creations)


# --- files --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        "instance.photo.delete(save=False)",
        "instance.thumbnail.delete()",
        "instance.photo.storage.delete(instance.photo.name)",
        "photo = instance.photo\nphoto.delete(False)",
        "for name in ('photo', 'thumbnail'):\n    getattr(instance, name).delete(save=False)",
        "clean(instance.photo)",
        "for field in instance._meta.fields:\n"
        "    if isinstance(field, models.FileField):\n        getattr(instance, field.name).delete(save=False)",
        "default_storage.delete('x')",
        "os.remove(instance.photo.path)",
        "shutil.rmtree('x')",
        "Path(instance.photo.path).unlink()",
    ],
    ids=spelled,
)
def test_a_file_that_goes_with_the_row_is_storage(tmp_path: Path, body: str) -> None:
    found = heard(
        tmp_path,
        body,
        "import os\nimport shutil\nfrom pathlib import Path\nfrom django.core.files.storage import default_storage\n"
        "from django.db import models\ndef clean(file):\n    file.delete(save=False)\n",
    )
    assert any(category == "storage" for category, _ in external(found))


@pytest.mark.parametrize("body", ["instance.photo.name", "if instance.photo:\n    pass", "instance.note.strip()"])
def test_a_file_field_that_is_only_looked_at_is_no_storage(tmp_path: Path, body: str) -> None:
    assert external(heard(tmp_path, body)) == set()


def test_a_receiver_that_does_nothing_slow_has_no_work(tmp_path: Path) -> None:
    found = heard(tmp_path, "import logging\nlogging.getLogger(__name__).info('gone %s', instance.pk)")
    assert found.work == ()
    assert found.dispatches == ()
    assert found.threads == ()
