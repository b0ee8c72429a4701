"""Measurements that are written are read back as they were, and weigh the findings of the places they are about."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from delete_lint.config import SettingsError, load_settings
from delete_lint.graph.measured import Cost, Measured, MeasuredDelete, MeasuredReceiver, duration
from delete_lint.graph.place import Place
from delete_lint.lint import lint
from delete_lint.measured_file import FILE, MeasuredError, read_measured, render, write_measured
from delete_lint.rule import load_rules
from delete_lint.watching.foreseen import TIME_RULES, Foreseen, Said
from delete_lint.watching.text import report
from tests.runtime.small_project import Project

MODELS = """\
from django.db import models


class Customer(models.Model):
    title = models.CharField(max_length=50)


class Order(models.Model):
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE)
    note = models.TextField()

    def delete(self, *args, **kwargs):
        return super().delete(*args, **kwargs)
"""

SIGNALS = """\
import time

from django.db.models.signals import post_delete
from django.dispatch import receiver

from shop.models import Customer, Order


@receiver(post_delete, sender=Order)
def reindex(sender, instance, **kwargs):
    time.sleep(1)


@receiver(post_delete, sender=Order)
def count_orders(sender, instance, **kwargs):
    print(Customer.objects.filter(title="x").count())


def purge():
    Order.objects.filter(
        note="old",
    ).delete()
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").touch()
    (tmp_path / "shop" / "models.py").write_text(MODELS)
    (tmp_path / "shop" / "signals.py").write_text(SIGNALS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def measured(folder: Path, per_call: float = 0.24) -> Measured:
    file = str(folder / "shop" / "signals.py")

    def receiver(name: str, line: int) -> MeasuredReceiver:
        cost = Cost(calls=312, seconds=312 * per_call, longest=2 * per_call, queries=624, database=0.5)
        return MeasuredReceiver(
            module="shop.signals", name=name, place=Place(file, line), cost=cost, models={"shop.Order": 312}
        )

    delete = MeasuredDelete(
        place=Place(file, 20, end_line=22),
        function="purge",
        model="shop.Order",
        how="QuerySet.delete",
        cost=Cost(calls=3, seconds=3.6, longest=2.5, queries=12, database=0.1),
        most_deleted=200,
        rows_deleted={"shop.Order": 312},
        rows_loaded={"shop.Order": 312},
    )
    return Measured((receiver("reindex", 10), receiver("count_orders", 15)), (delete,))


# --- the file -----------------------------------------------------------------------------------------------------


def test_what_is_written_is_read_back(project: Path) -> None:
    given = measured(project)
    write_measured(given, project / FILE)
    found = read_measured(project / FILE)
    assert {each.key: each for each in found.receivers} == {each.key: each for each in given.receivers}
    assert found.deletes == given.deletes
    text = (project / FILE).read_text()
    assert '"file": "shop/signals.py"' in text
    assert str(project) not in text
    lines = text.splitlines()
    for receiver in found.receivers:
        assert f'"{receiver.title}"' in lines[found.entry_place(receiver).line - 1]
    assert '"shop/signals.py:20"' in lines[found.entry_place(found.deletes[0]).line - 1]


def test_a_file_that_was_formatted_anew_still_tells_its_lines(project: Path) -> None:
    write_measured(measured(project), project / FILE)
    formatted = json.dumps(json.loads((project / FILE).read_text()), indent=2)
    (project / FILE).write_text(formatted)
    found = read_measured(project / FILE)
    places = [*map(found.entry_place, found.receivers), *map(found.entry_place, found.deletes)]
    told = [line for line, text in enumerate(formatted.splitlines(), 1) if '"receiver":' in text or '"delete":' in text]
    assert [place.line for place in places] == told


def test_an_empty_record_is_a_file_too(project: Path) -> None:
    write_measured(Measured(), project / FILE)
    assert read_measured(project / FILE).deletes == ()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{", "deletes.json: not valid JSON"),
        ("[" * 100_000, "deletes.json: not valid JSON"),
        ("[]", "deletes.json:1: must be an object"),
        ('{"version": 2}', "deletes.json:1: version must be 1, not 2"),
        ('{"version": 1, "receiver": []}', 'deletes.json:1: unknown key "receiver" (did you mean "receivers"?)'),
        ('{"version": 1, "deletes": {}}', "deletes.json:1: deletes must be a list"),
        ('{"version": 1, "deletes": [\n3]}', "deletes.json:1: must be an object with 'delete', not 3"),
        ('{"version": 1,\n"deletes": [{"delete": "x"}]}', "deletes.json:2: has no model"),
        (
            '{"version": 1,\n"deletes": [\n{"delete": "x", "model": "a.B", "calls": -1}]}',
            "deletes.json:3: calls must be a whole number that is not negative, not -1",
        ),
        (
            '{"version": 1,\n"receivers": [\n{"receiver": "a.b", "module": "a", "seconds": NaN}]}',
            "deletes.json:3: seconds must be a number of seconds, not nan",
        ),
        (
            '{"version": 1, "receivers": [{"receiver": "a.b", "module": "c"}]}',
            "deletes.json:1: receiver 'a.b' is not in its module 'c'",
        ),
        (
            '{"version": 1, "deletes": [{"delete": "x", "model": "a.B", "rows_deleted": {"a.B": "many"}}]}',
            "deletes.json:1: a.B must be a whole number",
        ),
    ],
)
def test_a_slip_in_the_file_is_told_with_its_line(project: Path, text: str, complaint: str) -> None:
    (project / "deletes.json").write_text(text)
    with pytest.raises(MeasuredError) as caught:
        read_measured(project / "deletes.json", "deletes.json")
    assert str(caught.value).startswith(complaint)
    assert "\n" not in str(caught.value)


def test_runs_add_up(project: Path) -> None:
    once = measured(project)
    (reindex, _), (delete,) = (once + once).receivers, (once + once).deletes
    assert (reindex.cost.calls, reindex.cost.longest, reindex.models) == (624, 0.48, {"shop.Order": 624})
    assert (delete.cost.calls, delete.most_deleted, delete.rows_deleted) == (6, 200, {"shop.Order": 624})


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0.00 ms"), (0.00004, "0.04 ms"), (0.0042, "4.2 ms"), (0.24, "240 ms"), (1.25, "1.2 s"), (1234.0, "1,234 s")],
)
def test_times_are_told_in_few_digits(seconds: float, text: str) -> None:
    assert duration(seconds) == text


# --- the settings and the findings ----------------------------------------------------------------------------------


def said(project: Path) -> dict[str, tuple[str, str]]:
    found = lint([project], load_settings(project), project).findings
    return {f"{each.rule} {each.place}": (each.severity, each.message) for each in found}


def test_findings_tell_what_was_measured_and_what_was_slow_is_no_hint(project: Path) -> None:
    before = said(project)
    write_measured(measured(project), project / FILE)
    after = said(project)
    assert before.keys() == after.keys()
    query = "querying_receiver shop/signals.py:15"
    assert before[query][0] == "info"
    assert after[query] == ("warning", f"{before[query][1]}; measured: 240 ms a call, 312 calls")
    blocking = "blocking_receiver shop/signals.py:10"
    assert after[blocking] == ("error", f"{before[blocking][1]}; measured: 240 ms a call, 312 calls")
    bypassed = "bypassed_delete_override shop/signals.py:22"
    assert after[bypassed][1] == f"{before[bypassed][1]}; measured: 1.2 s a delete, 3 deletes, 312 rows loaded"


def test_nothing_is_made_lighter_by_a_quick_measurement(project: Path) -> None:
    before = said(project)
    write_measured(measured(project, per_call=0.00002), project / FILE)
    after = said(project)
    assert {key: severity for key, (severity, _) in after.items()} == {
        key: severity for key, (severity, _) in before.items()
    }
    assert after["blocking_receiver shop/signals.py:10"][1].endswith("; measured: 0.02 ms a call, 312 calls")


def test_a_severity_of_the_settings_stands(project: Path) -> None:
    (project / "delete-lint.toml").write_text('severity = { querying_receiver = "info" }\n')
    write_measured(measured(project), project / FILE)
    assert said(project)["querying_receiver shop/signals.py:15"][0] == "info"


def test_the_fingerprint_is_that_of_the_finding_without_its_times(project: Path) -> None:
    before = {each.fingerprint for each in lint([project], load_settings(project), project).findings}
    write_measured(measured(project), project / FILE)
    assert {each.fingerprint for each in lint([project], load_settings(project), project).findings} == before


def test_a_receiver_is_known_again_when_its_lines_have_moved(project: Path) -> None:
    write_measured(measured(project), project / FILE)
    (project / "shop" / "signals.py").write_text("# moved\n\n" + SIGNALS)
    assert "measured: 240 ms" in said(project)["blocking_receiver shop/signals.py:12"][1]


def test_another_model_on_the_line_is_not_weighed_with_these_times(project: Path) -> None:
    given = measured(project)
    write_measured(
        replace(given, deletes=(replace(given.deletes[0], model="shop.Customer"),)),
        project / FILE,
    )
    assert "measured" not in said(project)["bypassed_delete_override shop/signals.py:22"][1]


def test_the_file_is_found_as_the_settings_are_or_named_by_them(project: Path) -> None:
    write_measured(measured(project), project / "deletes.json")
    assert load_settings(project / "shop").measured is None
    (project / "delete-lint.toml").write_text('measured = "deletes.json"\n')
    found = load_settings(project / "shop").measured
    assert found is not None
    assert found.source == "deletes.json"
    (project / "deletes.json").rename(project / FILE)
    with pytest.raises(SettingsError, match=r"measured: deletes\.json: cannot be read: No such file"):
        load_settings(project)
    (project / "delete-lint.toml").write_text("")
    assert load_settings(project / "shop").measured is not None
    assert load_settings(project, isolated=True).measured is None
    (project / "delete-lint.toml").write_text('measured = ""\n')
    assert load_settings(project).measured is None


# --- foreseen -------------------------------------------------------------------------------------------------------


def test_the_report_marks_what_was_not_foreseen_and_what_was_overrated(project: Path) -> None:
    file = str(project / "shop" / "signals.py")
    slow, quick = measured(project), measured(project, per_call=0.00002)
    nothing = Foreseen([])
    text = report(slow, 3, project, nothing)
    assert text.count("^ not foreseen by delete-lint") == 3
    warned = Foreseen(
        [
            Said("blocking_receiver", "error", Place(file, 10)),
            Said("querying_receiver", "info", Place(file, 15)),
            Said("bypassed_delete_override", "warning", Place(file, 22)),
        ]
    )
    assert "^" not in report(slow, 3, project, warned)
    assert report(quick, 3, project, warned).count("^ overrated here by blocking_receiver") == 1
    assert "^" not in report(slow, 3, project)


def test_what_is_marked_is_told_though_it_is_far_down(project: Path) -> None:
    given = measured(project)
    text = report(given, 3, project, Foreseen([]), most=1)
    assert "Further down:\n  shop.signals.reindex (shop/signals.py:10): not foreseen by delete-lint" in text


def test_the_rules_about_time_are_rules() -> None:
    assert set(load_rules()) >= TIME_RULES


def test_the_text_of_a_record_is_the_same_every_time(project: Path) -> None:
    given = measured(project)
    again = Measured(tuple(reversed(given.receivers)), given.deletes)
    assert render(given, project) == render(again, project)


def test_the_system_checks_tell_what_was_measured(tmp_path: Path) -> None:
    apps = "from django.apps import AppConfig\n\nclass ShopConfig(AppConfig):\n    name = 'shop'\n\n"
    files = {
        "shop/__init__.py": "",
        "shop/models.py": MODELS,
        "shop/signals.py": SIGNALS,
        "shop/apps.py": f"{apps}    def ready(self):\n        from shop import signals\n",
    }
    project = Project(tmp_path, ["shop"], files)
    write_measured(measured(tmp_path), tmp_path / "deletes.json")
    done = project.manage("check", DELETE_LINT={"measured": "deletes.json"})
    said = done.stdout + done.stderr
    assert "time.sleep" in said
    assert "; measured: 240 ms a call, 312 calls" in said
