"""A task that waits for the commit is enqueued once, in its turn, with the arguments of the moment, or not at all."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.fixes.harness import fixed, project, source_of

RULE = "dispatch_before_commit"
RUNNER = Path(__file__).with_name("run_commits.py")

MODELS = """
from django.db import models


class Product(models.Model):
    name = models.CharField(max_length=100)
"""
TASKS = """
ENQUEUED = []


class Task:
    def __init__(self, function, bound=()):
        self.name = function.__name__
        self.function, self.bound = function, bound

    def delay(self, *args, **kwargs):
        ENQUEUED.append([self.name, *self.bound, *args, kwargs])

    def apply_async(self, args=(), kwargs=None, countdown=0):
        ENQUEUED.append([self.name, *self.bound, *args, kwargs, countdown])

    send = enqueue = delay

    def s(self, *args):
        return Task(self.function, args)


class Queue:
    task = staticmethod(Task)


app = Queue()


@app.task
def unindex(key):
    print(key)


@app.task
def forget(key):
    print(key)


def forget_later(key):
    forget.delay(key)
    forget.apply_async(args=[key], countdown=10)
"""
SIGNALS = """
from django.db.models.signals import post_delete, pre_delete
from django.dispatch import receiver

from shop.models import Product
from shop.tasks import forget_later, unindex


@receiver([pre_delete, post_delete], sender=Product)
def on_delete(sender, instance, using, **kwargs):
    unindex.delay(instance.pk, name=instance.name)  # at once
    unindex.apply_async(
        args=[instance.pk],  # the key
        # and not the instance
        countdown=5,
    )
    unindex.s(instance.pk).delay()
    unindex.send(*[instance.pk], **{"name": instance.name})
    for number in range(2):
        unindex.enqueue(number, [instance.pk])
    unindex.delay()


@receiver(post_delete, sender=Product)
def on_post_delete(sender, instance, **kwargs):
    forget_later(instance.pk)
"""
FILES = {"shop/models.py": MODELS, "shop/tasks.py": TASKS, "shop/signals.py": SIGNALS}


def observed(folder: Path) -> list[dict[str, Any]]:
    run = subprocess.run([sys.executable, str(RUNNER), str(folder)], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return [json.loads(line) for line in run.stdout.splitlines()]


def test_the_queue_is_given_the_same_after_the_commit_and_nothing_after_a_rollback(tmp_path: Path) -> None:
    small = project(tmp_path, FILES)
    before = observed(tmp_path)
    applied = small.fix()
    assert applied.fixed == {RULE: 8}
    assert not [finding for finding in applied.report.findings if finding.rule == RULE]
    after = observed(tmp_path)
    for was, now in zip(before, after, strict=True):
        assert now["left"] == was["left"]
        assert was["before"] == was["in all"] != []
    commits, rollbacks = after[:2], after[2:4]
    assert not [call for each in (*commits, *rollbacks) for call in each["before"]]
    assert [each["in all"] for each in commits] == [each["in all"] for each in before[:2]]
    assert not [call for each in rollbacks for call in each["in all"]]


def test_a_receiver_that_knows_its_database_waits_for_that_one(tmp_path: Path) -> None:
    small = project(tmp_path, FILES)
    before = [told(each, "unindex") for each in observed(tmp_path)[4:]]
    small.fix()
    after = observed(tmp_path)[4:]
    assert [told(each, "unindex") for each in after] == [*before[:2], [], []]
    # `forget_later` does not know it, and enqueues at once as it did: no transaction of the default one is open.
    assert all({name for name, *_ in each["before"]} == {"forget"} for each in after)


def told(observed: dict[str, Any], task: str) -> list[list[Any]]:
    return [call for call in observed["in all"] if call[0] == task]


def test_the_code_reads_as_one_would_write_it(tmp_path: Path) -> None:
    result = fixed(tmp_path, RULE, FILES, "shop/signals.py")
    assert result == source_of("""
        from functools import partial

        from django.db import transaction
        from django.db.models.signals import post_delete, pre_delete
        from django.dispatch import receiver

        from shop.models import Product
        from shop.tasks import forget_later, unindex


        @receiver([pre_delete, post_delete], sender=Product)
        def on_delete(sender, instance, using, **kwargs):
            transaction.on_commit(
                partial(unindex.delay, instance.pk, name=instance.name), using=using
            )  # at once
            transaction.on_commit(
                partial(
                    unindex.apply_async,
                    args=[instance.pk],  # the key
                    # and not the instance
                    countdown=5,
                ),
                using=using,
            )
            transaction.on_commit(unindex.s(instance.pk).delay, using=using)
            transaction.on_commit(
                partial(unindex.send, *[instance.pk], **{"name": instance.name}), using=using
            )
            for number in range(2):
                transaction.on_commit(
                    partial(unindex.enqueue, number, [instance.pk]), using=using
                )
            transaction.on_commit(unindex.delay, using=using)


        @receiver(post_delete, sender=Product)
        def on_post_delete(sender, instance, **kwargs):
            forget_later(instance.pk)
    """)


HEAD = """from celery import shared_task
from django.db import models
from django.db.models.signals import post_delete
from django.dispatch import receiver


class Product(models.Model):
    name = models.CharField(max_length=100)


@shared_task
def unindex(*keys, **options):
    print(keys, options)


"""
RECEIVER = HEAD + "@receiver(post_delete, sender=Product)\ndef on_delete(sender, instance, **kwargs):\n"

WRITTEN = {
    "unindex.delay(instance.pk)": "transaction.on_commit(partial(unindex.delay, instance.pk))",
    "unindex.delay(instance.pk,)": "transaction.on_commit(partial(unindex.delay, instance.pk))",
    "unindex.delay( instance.pk ) ; print(1)": "transaction.on_commit(partial(unindex.delay, instance.pk)) ; print(1)",
    "if instance.pk: unindex.delay(1)": "if instance.pk: transaction.on_commit(partial(unindex.delay, 1))",
    "unindex.si(instance.pk).apply_async(countdown=1)": (
        "transaction.on_commit(partial(unindex.si(instance.pk).apply_async, countdown=1))"
    ),
    "unindex.delay(\n        instance.pk, kind='product'\n    )": (
        "transaction.on_commit(partial(unindex.delay, instance.pk, kind='product'))"
    ),
    "unindex.delay(\n        instance.pk, kind='" + "x" * 50 + "'\n    )": (
        "transaction.on_commit(\n        partial(\n            unindex.delay,\n            instance.pk,\n"
        "            kind='" + "x" * 50 + "',\n        )\n    )"
    ),
    "unindex.delay('ü😀')": "transaction.on_commit(partial(unindex.delay, 'ü😀'))",
    "ids = []\n    ids.append(1)\n    unindex.delay(ids)": (
        "ids = []\n    ids.append(1)\n    transaction.on_commit(partial(unindex.delay, ids))"
    ),
    "try:\n        unindex.delay(1)\n    finally:\n        pass": (
        "try:\n        transaction.on_commit(partial(unindex.delay, 1))\n    finally:\n        pass"
    ),
    "unindex.delay(instance.pk,\n                  kind='product')": (
        "transaction.on_commit(partial(unindex.delay, instance.pk,\n                  kind='product'))"
    ),
    'unindex.delay(\n        """\n  text""",\n    )': (
        'transaction.on_commit(partial(unindex.delay,\n        """\n  text""",\n    ))'
    ),
}


@pytest.mark.parametrize(("before", "after"), WRITTEN.items())
def test_the_call_waits(before: str, after: str, tmp_path: Path) -> None:
    result = fixed(tmp_path, RULE, {"shop/models.py": f"{RECEIVER}    {before}\n"}, "shop/models.py")
    assert result.endswith(f"    {after}\n")
    assert "from django.db import models, transaction\n" in result


def test_names_that_are_taken_are_imported_as_others(tmp_path: Path) -> None:
    source = RECEIVER.replace("**kwargs", "transaction=None, **kwargs") + "    unindex.delay(instance.pk)\n"
    source = source.replace("from celery", "from toolz import partial\nfrom celery")
    result = fixed(tmp_path, RULE, {"shop/models.py": source}, "shop/models.py")
    assert "from functools import partial as functools_partial\n" in result
    assert "from django.db import models, transaction as db_transaction\n" in result
    assert result.endswith("    db_transaction.on_commit(functools_partial(unindex.delay, instance.pk))\n")


LEFT = {
    "the instance has no key by then": "unindex.delay(instance)",
    "somebody wants the result": "result = unindex.delay(instance.pk)\n    print(result.id)",
    "the caller wants the result": "return unindex.delay(instance.pk)",
    "the error is dealt with here": "try:\n        unindex.delay(instance.pk)\n    except OSError:\n        print(1)",
    "what is around it is gone by then": "with tenant(instance):\n        unindex.delay(instance.pk)",
    "what is passed changes": "ids = [1]\n    unindex.delay(ids)\n    ids.append(2)",
    "what is passed changes in the loop": (
        "ids = []\n    for each in range(3):\n        ids.append(each)\n        unindex.delay(ids)"
    ),
    "the instance is in a list": "unindex.apply_async(args=[instance])",
    "the instance is in a dictionary": "unindex.apply_async(kwargs={'product': {'it': instance}})",
    "the instance is in a signature": "unindex.s(instance).delay()",
    "the instance is in a signature with a name": "ready = unindex.s([instance])\n    ready.delay()",
    "the instance is in what the signal sends": "unindex.delay(instance.pk, **kwargs)",
    "the instance's attributes lose the key": "unindex.delay(vars(instance))",
    "the rows of a queryset are gone by then": "unindex.delay(Product.objects.values_list('pk', flat=True))",
    "the rows of a named queryset are gone by then": (
        "keys = Product.objects.exclude(pk=instance.pk)\n    unindex.delay([keys, 1], keys=keys)"
    ),
    "a generator reads then": "keys = (each.pk for each in Product.objects.all())\n    unindex.delay(keys)",
    "a lambda reads then": "unindex.delay(key=lambda: instance.pk)",
    "what is passed in a container changes": "d = {}\n    unindex.delay([d])\n    d['x'] = 1",
}


@pytest.mark.parametrize("body", LEFT.values(), ids=LEFT)
def test_what_would_do_something_else_is_left_to_its_author(body: str, tmp_path: Path) -> None:
    small = project(tmp_path, {"shop/models.py": f"{RECEIVER}    {body}\n"})
    found = small.findings(RULE)
    assert found
    assert not any(finding.fix for finding in found)


def test_it_is_unsafe(tmp_path: Path) -> None:
    small = project(tmp_path, {"shop/models.py": f"{RECEIVER}    unindex.delay(instance.pk)\n"})
    assert [finding.fixable for finding in small.findings(RULE)] == ["unsafe"]
    assert not small.fix(unsafe=False).changes


def test_a_helper_that_hands_the_instance_on_in_a_list_is_left_to_its_author(tmp_path: Path) -> None:
    helper = "def later(row):\n    unindex.apply_async(args=[row])\n\n\n"
    source = RECEIVER.replace("@receiver", f"{helper}@receiver") + "    later(instance)\n"
    small = project(tmp_path, {"shop/models.py": source})
    (found,) = small.findings(RULE)
    assert found.fix is None
    assert "not the instance" in (found.help or "")
