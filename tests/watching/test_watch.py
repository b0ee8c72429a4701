"""`delete_lint.watch`: what it records is what happened."""

from __future__ import annotations

import io
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import redirect_stderr
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import ProtectedError
from django.db.models.deletion import Collector
from django.test.utils import CaptureQueriesContext

import delete_lint
from delete_lint.watching.foreseen import FindingsError
from tests.databases.connect import added
from tests.watching.watched_shop import connected, fill, shop

HERE = __file__


@pytest.fixture
def found(alias: str) -> Iterator[SimpleNamespace]:
    with shop(alias) as made:
        made.using = alias
        yield made


@pytest.fixture
def here() -> Iterator[SimpleNamespace]:
    with shop() as made:
        yield made


def this_line(back: int = 0) -> int:
    return sys._getframe(1).f_lineno - back


# --- one delete -----------------------------------------------------------------------------------------------------


def test_a_cascade_is_written_down_with_its_rows_columns_tables_and_statements(found: SimpleNamespace) -> None:
    ada = fill(found, found.using)

    def heard(sender: Any, **kwargs: Any) -> None:
        found.Customer.objects.using(found.using).count()

    with connected(heard, found.Note), delete_lint.watch(quiet=True) as seen:
        returned = ada.delete()
    (delete,) = seen.deletes
    assert (delete.how, delete.model, delete.using, delete.error) == ("Model.delete", "zoo.Customer", found.using, None)
    assert delete.rows_deleted == returned[1]
    assert delete.rows_loaded == {"zoo.Order": 2, "zoo.Note": 6}
    assert delete.columns == {"zoo.Order": ("id",), "zoo.Note": None}
    tables = {(table.model, table.fast): (table.rows, table.statements) for table in delete.tables}
    assert tables == {
        ("zoo.Line", True): (6, 1),
        ("zoo.Note", False): (6, 1),
        ("zoo.Order", False): (2, 1),
        ("zoo.Customer", False): (1, 1),
    }
    assert delete.statements == {"SELECT": 3, "UPDATE": 1, "DELETE": 4}
    assert delete.queries == 8 + 6
    (receiver,) = delete.receivers
    assert (receiver.calls, receiver.queries, receiver.models) == (6, 6, {"zoo.Note": 6})
    assert 0 < receiver.longest <= receiver.seconds < delete.seconds
    assert 0 < delete.collecting < delete.seconds
    assert 0 < delete.database < delete.seconds


def test_batches_of_a_hundred_rows_are_counted(here: SimpleNamespace) -> None:
    fill(here, orders=250, lines=0)
    with delete_lint.watch(quiet=True) as seen:
        here.Order.objects.all().delete()
    (delete,) = seen.deletes
    tables = {table.model: table for table in delete.tables}
    assert (tables["zoo.Order"].rows, tables["zoo.Order"].statements, tables["zoo.Order"].fast) == (250, 3, False)
    assert (tables["zoo.Line"].rows, tables["zoo.Line"].fast) == (0, True)
    assert delete.how == "QuerySet.delete"
    assert delete.columns == {"zoo.Order": None}


def test_fast_deletes_load_nothing_and_are_told_as_fast(found: SimpleNamespace) -> None:
    fill(found, found.using)
    with delete_lint.watch(quiet=True) as seen:
        found.Line.objects.using(found.using).all().delete()
        found.Log.objects.using(found.using).first().delete()
        found.Log.objects.using(found.using).all()._raw_delete(found.using)
    queryset, instance, raw = seen.deletes
    assert [each.how for each in seen.deletes] == ["QuerySet.delete", "Model.delete", "_raw_delete"]
    assert [dict(each.rows_deleted) for each in seen.deletes] == [{"zoo.Line": 6}, {"zoo.Log": 1}, {"zoo.Log": 5}]
    assert all(table.fast for each in seen.deletes for table in each.tables)
    assert not any(each.rows_loaded for each in seen.deletes)
    assert (queryset.queries, instance.queries, raw.queries) == (1, 1, 1)


def test_a_refused_delete_is_told_with_what_it_cost(found: SimpleNamespace) -> None:
    ada = fill(found, found.using)
    found.Guard.objects.using(found.using).create(customer=ada)
    with delete_lint.watch(quiet=True) as seen, pytest.raises(ProtectedError):
        ada.delete()
    (delete,) = seen.deletes
    assert (delete.error, delete.rows_deleted) == ("ProtectedError", {})
    assert delete.rows_loaded["zoo.Guard"] == 1
    assert delete.statements == {"SELECT": 2}


def test_a_receiver_that_raises_ends_the_delete_and_both_are_told(here: SimpleNamespace) -> None:
    ada = fill(here)

    def refuses(**kwargs: Any) -> None:
        raise RuntimeError("no")

    with connected(refuses, here.Note), delete_lint.watch(quiet=True) as seen, pytest.raises(RuntimeError, match="no"):
        ada.delete()
    (delete,) = seen.deletes
    assert (delete.error, delete.rows_deleted) == ("RuntimeError", {})
    assert [each.calls for each in delete.receivers] == [1]
    assert here.Note.objects.count() == 6


# --- who called -------------------------------------------------------------------------------------------------------


def test_the_caller_is_the_line_of_the_user_s_code(here: SimpleNamespace) -> None:
    ada = fill(here)
    with delete_lint.watch(quiet=True) as seen:
        here.Note.objects.filter(
            order__customer=ada,
        ).exclude(
            text="x",
        ).delete()
        last = this_line(1)
    (delete,) = seen.deletes
    assert delete.caller is not None
    assert (delete.caller.file, delete.caller.own) == (HERE, True)
    assert delete.caller.line <= last == delete.caller.end_line
    assert delete.caller.function.endswith("test_the_caller_is_the_line_of_the_user_s_code")


def test_a_delete_in_a_receiver_is_one_of_its_own_called_by_the_receiver(here: SimpleNamespace) -> None:
    ada = fill(here)
    lines: list[int] = []

    def forgets(instance: Any, **kwargs: Any) -> None:
        here.Log.objects.filter(order=None).delete()
        lines.append(this_line(1))

    with connected(forgets, here.Order), delete_lint.watch(quiet=True) as seen:
        ada.delete()
    first, second, outer = seen.deletes
    assert [dict(each.rows_deleted) for each in (first, second)] == [{"zoo.Log": 6}, {}]
    assert outer.rows_deleted["zoo.Order"] == 2
    assert "zoo.Log" not in outer.rows_deleted
    assert first.caller is not None
    assert first.caller.line == lines[0]
    assert first.inside is not None
    assert first.inside.name.endswith("forgets")
    assert outer.inside is None
    (receiver,) = outer.receivers
    assert receiver.queries == first.queries + second.queries
    assert outer.queries == sum(outer.statements.values()) + receiver.queries


def test_what_on_commit_runs_is_no_part_of_the_delete(here: SimpleNamespace) -> None:
    ada = fill(here)

    def later(**kwargs: Any) -> None:
        transaction.on_commit(lambda: here.Log.objects.all().delete())

    with connected(later, here.Customer), delete_lint.watch(quiet=True) as seen:
        ada.delete()
    logs, customer = seen.deletes
    assert (logs.model, logs.inside) == ("zoo.Log", None)
    assert customer.queries == sum(customer.statements.values())
    assert logs.caller is not None
    assert logs.caller.function.endswith("<lambda>")


def test_looking_at_what_a_delete_would_reach_is_no_delete(here: SimpleNamespace) -> None:
    ada = fill(here)
    with delete_lint.watch(quiet=True) as seen:
        Collector(using="default", origin=ada).collect([ada])
        delete_lint.plan(ada)
    assert seen.deletes == ()


def test_a_collector_of_one_s_own_is_told(here: SimpleNamespace) -> None:
    ada = fill(here)
    with delete_lint.watch(quiet=True) as seen:
        collector = Collector(using="default")
        collector.collect([ada])
        collector.delete()
    (delete,) = seen.deletes
    assert (delete.how, delete.model, delete.rows_deleted["zoo.Customer"]) == ("Collector.delete", "zoo.Customer", 1)


# --- where it is kept -------------------------------------------------------------------------------------------------


def test_watches_in_each_other_all_see_the_delete_once(here: SimpleNamespace) -> None:
    ada = fill(here)
    outer = delete_lint.watch(quiet=True)
    with outer, outer, delete_lint.watch(quiet=True) as inner, delete_lint.watch(quiet=True, everywhere=True) as all_of:
        ada.delete()
    assert [len(each.deletes) for each in (outer, inner, all_of)] == [1, 1, 1]
    with outer:
        here.Log.objects.all().delete()
    assert [each.model for each in outer.deletes] == ["zoo.Customer", "zoo.Log"]
    assert len(inner.deletes) == 1


def test_another_thread_has_a_record_of_its_own(tmp_path: Path) -> None:
    seen: dict[str, Any] = {}
    deleting, deleted = threading.Event(), threading.Event()

    def elsewhere() -> None:
        assert deleting.wait(20)
        with (
            added("other", {"ENGINE": "django.db.backends.sqlite3", "NAME": str(tmp_path / "other")}) as alias,
            shop(alias) as theirs,
        ):
            fill(theirs, alias)
            theirs.Line.objects.using(alias).all().delete()
            with delete_lint.watch(quiet=True) as seen["theirs"]:
                theirs.Note.objects.using(alias).all().delete()
        deleted.set()

    thread = threading.Thread(target=elsewhere)
    thread.start()
    with delete_lint.watch(quiet=True) as ours, delete_lint.watch(quiet=True, everywhere=True) as all_of:
        deleting.set()
        assert deleted.wait(20)
    thread.join()
    assert ours.deletes == ()
    assert [each.model for each in seen["theirs"].deletes] == ["zoo.Note"]
    assert [each.model for each in all_of.deletes] == ["zoo.Line", "zoo.Note"]


def test_each_database_is_told(postgresql: str) -> None:
    with shop("default", postgresql) as both:
        for alias in ("default", postgresql):
            fill(both, alias)
        with delete_lint.watch(quiet=True) as seen:
            for alias in ("default", postgresql):
                both.Customer.objects.using(alias).get().delete()
    assert [each.using for each in seen.deletes] == ["default", postgresql]
    assert seen.deletes[0].rows_deleted == seen.deletes[1].rows_deleted
    (site,) = seen.measured.deletes
    assert (site.cost.calls, site.rows_deleted["zoo.Order"], site.most_deleted) == (2, 4, 15)


def test_a_decorated_function_is_watched_at_every_call(here: SimpleNamespace) -> None:
    seen = delete_lint.watch(quiet=True)

    @seen
    def purge(customer: Any) -> Any:
        """Deletes."""
        return customer.delete()

    assert [purge(fill(here))[1]["zoo.Customer"] for _ in range(3)] == [1, 1, 1]
    assert purge.__doc__ == "Deletes."
    (site,) = seen.measured.deletes
    assert (site.cost.calls, site.model) == (3, "zoo.Customer")
    assert site.function.endswith("purge")


def test_sums_go_on_when_single_deletes_are_no_longer_kept(
    here: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("delete_lint.watching.record.KEPT", 4)
    with delete_lint.watch(quiet=True) as seen:
        for _ in range(10):
            here.Log.objects.create().delete()
    (site,) = seen.measured.deletes
    assert (site.cost.calls, site.rows_deleted) == (10, {"zoo.Log": 10})
    assert seen.record.count == 10


# --- what it says -----------------------------------------------------------------------------------------------------


def test_the_report_is_told_on_stderr_when_the_watch_ends(here: SimpleNamespace) -> None:
    ada = fill(here)

    def heard(**kwargs: Any) -> None:
        pass

    err = io.StringIO()
    with redirect_stderr(err), connected(heard, here.Note), delete_lint.watch():
        ada.delete()
    said = err.getvalue()
    assert "watched 1 delete from 1 place: 15 rows deleted, 1 receiver called" in said
    assert "heard (tests/watching/test_watch.py:" in said
    assert "deleted 6 zoo.Line, 6 zoo.Note, 2 zoo.Order, 1 zoo.Customer; loaded 6 zoo.Note, 2 zoo.Order" in said


def test_a_file_that_cannot_be_written_does_not_hide_what_was_raised(tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere" / "deletes.json"
    with pytest.raises(FileNotFoundError), delete_lint.watch(nowhere, quiet=True):
        pass
    err = io.StringIO()
    with redirect_stderr(err), pytest.raises(RuntimeError, match="inside"), delete_lint.watch(nowhere, quiet=True):
        raise RuntimeError("inside")
    assert err.getvalue().startswith("delete-lint: ")
    assert "No such file or directory" in err.getvalue()


def test_findings_tell_what_was_not_foreseen(here: SimpleNamespace, tmp_path: Path) -> None:
    findings = tmp_path / "findings.json"
    findings.write_text('{"findings": []}')

    def waits(**kwargs: Any) -> None:
        time.sleep(0.02)

    err = io.StringIO()
    with redirect_stderr(err), connected(waits, here.Note), delete_lint.watch(findings=findings):
        fill(here, orders=1, lines=1).delete()
    assert err.getvalue().count("^ not foreseen by delete-lint") == 1
    findings.write_text("[]")
    with pytest.raises(FindingsError, match=r"findings\.json: not what"), delete_lint.watch(findings=findings):
        pass


def test_nothing_deleted_is_told_too() -> None:
    err = io.StringIO()
    with redirect_stderr(err), delete_lint.watch():
        pass
    assert err.getvalue() == "delete-lint watched no delete\n"


def test_the_watch_itself_sends_no_statement(here: SimpleNamespace) -> None:
    ada, grace = fill(here), fill(here)
    with CaptureQueriesContext(connection) as alone:
        ada.delete()
    with delete_lint.watch(quiet=True) as seen, CaptureQueriesContext(connection) as watched:
        grace.delete()
        assert seen.report()
    assert len(alone) == len(watched)
