"""What makes a task, and what its methods do."""

from __future__ import annotations

import pytest

from delete_lint.catalog.data import load
from delete_lint.catalog.tasks import dispatch_kind, gives_task, is_task_class, is_task_decorator, plain_call


@pytest.mark.parametrize(
    "method", ["delay", "apply_async", "enqueue", "send", "send_with_options", "defer", "schedule"]
)
def test_a_dispatch_before_the_commit_is_seen(method: str) -> None:
    assert dispatch_kind(method) == "dispatch"


@pytest.mark.parametrize("method", ["delay_on_commit", "apply_async_on_commit"])
def test_a_dispatch_that_waits_for_the_commit_is_left_in_peace(method: str) -> None:
    assert dispatch_kind(method) == "dispatch_on_commit"


@pytest.mark.parametrize("method", ["apply", "run", "call", "call_local", "__call__"])
def test_a_task_that_runs_here_and_now_is_followed(method: str) -> None:
    assert dispatch_kind(method) == "inline"


@pytest.mark.parametrize("method", ["get", "delete", "save", "s", "signature"])
def test_other_methods_neither_dispatch_nor_run(method: str) -> None:
    assert dispatch_kind(method) is None


def test_a_signature_is_still_the_task() -> None:
    assert gives_task("si")
    assert gives_task("using")
    assert not gives_task("delay")


@pytest.mark.parametrize(
    "decorator",
    [
        "celery.shared_task",
        "celery.Celery.task",
        "config.celery.app.task",
        "django_rq.job",
        "dramatiq.actor",
        "huey.contrib.djhuey.db_task",
        "django_tasks.task",
        "django.tasks.task",
        "shop.queue.actor",
        "uwsgidecorators.spool",
    ],
)
def test_a_task_is_known_by_its_decorator(decorator: str) -> None:
    assert is_task_decorator(decorator)


@pytest.mark.parametrize("decorator", ["task", "functools.cache", "django.dispatch.receiver", "celery.shared_tasks"])
def test_other_decorators_make_no_task(decorator: str) -> None:
    assert not is_task_decorator(decorator)


def test_a_plain_call_of_a_huey_task_only_enqueues_it() -> None:
    assert plain_call("huey.contrib.djhuey.db_task") == "dispatch"
    assert plain_call("huey.contrib.djhuey.on_commit_task") == "dispatch_on_commit"
    assert plain_call("celery.shared_task") == "inline"
    assert plain_call("config.celery.app.task") == "inline"


def test_a_task_written_as_a_class_is_known_by_its_base() -> None:
    assert is_task_class("celery.Task")
    assert not is_task_class("celery.Celery")


def test_no_method_or_decorator_is_listed_under_two_kinds() -> None:
    data = load("tasks")
    for table in (data["methods"], data["decorators"]):
        names = [name for kind, names in table.items() if kind != "attributes" for name in names]
        assert len(names) == len(set(names))
