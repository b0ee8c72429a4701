"""What the page knows: findings and where they come from, models and their plans, receivers and their calls."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from delete_lint.graph.cascade import cascade
from delete_lint.graph.plan import delete_plan
from delete_lint.report_page.data import page_data
from delete_lint.report_page.encoding import Places
from tests.report_page import shop


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return shop.data(tmp_path_factory.mktemp("shop"))


def _entry(data: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = [entry for entry in data["entries"] if entry["name"] == name]
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize(
    ("name", "kind", "label"),
    [
        ("CustomerAdmin of shop.Customer", "admin", "shop.Customer"),
        ("OrderDelete", "view", "shop.Order"),
        ("forget", "view", "shop.Order"),
        ("purge", "command", "shop.Customer"),
        ("sweep", "task", "shop.Customer"),
        ("close", "view", "shop.Customer"),
        ("drop", "code", "shop.Customer"),
        ("forget_everybody", "code", "shop.Customer"),
        ("Line.delete", "override", "shop.Line"),
    ],
)
def test_everything_that_leads_to_a_delete_is_an_entry_point_of_its_kind(
    name: str, kind: str, label: str, data: dict[str, Any]
) -> None:
    entry = _entry(data, name)
    assert entry["kind"] == kind
    assert [data["models"][number]["label"] for number in entry["models"]] == [label]


def test_a_finding_names_the_entry_points_that_set_it_off(data: dict[str, Any]) -> None:
    (blocking,) = [finding for finding in data["findings"] if finding["rule"] == "blocking_receiver"]
    names = {data["entries"][number]["name"] for number in blocking["entries"]}
    # The receiver listens to lines, which go with their orders and customers.
    assert {"CustomerAdmin of shop.Customer", "OrderDelete", "purge", "sweep", "Line.delete"} <= names


def test_a_delete_in_a_function_is_led_back_to_the_view_that_calls_it(data: dict[str, Any]) -> None:
    view = _entry(data, "close")
    assert view["through"] == ["close_account → drop"]
    assert [data["sites"][site][0] for site in view["sites"]] == ["shop/closing.py:9"]
    found = [each for each in data["findings"] if each["place"] == "shop/closing.py:9"]
    assert found
    names = [{data["entries"][number]["name"] for number in each["entries"]} for each in found]
    assert names == [{"close", "drop"}] * len(found)


def test_a_finding_about_one_call_comes_from_where_the_call_stands(data: dict[str, Any]) -> None:
    loops = [finding for finding in data["findings"] if finding["rule"] == "delete_in_loop"]
    assert [[data["entries"][number]["name"] for number in each["entries"]] for each in loops] == [
        ["forget_one_by_one"]
    ]


def test_each_model_has_the_plan_that_the_plan_command_prints(tmp_path: Path) -> None:
    report = shop.report(tmp_path)
    data: dict[str, Any] = json.loads(json.dumps(page_data(report, "shop")))
    for number, model in enumerate(data["models"]):
        plan = delete_plan(report.graph, model["label"])
        labels = [data["models"][row[0]]["label"] for row in model["plan"]["tables"]]
        assert labels == [table.label for table in plan.tables]
        assert [row[1] for row in model["plan"]["tables"]] == [table.level for table in plan.tables]
        assert model["reach"] == len(cascade(report.graph, model["label"]).models)
        written = sum(len(row[4]) for row in model["plan"]["tables"]) + sum(
            len(row[2]) for row in model["plan"]["ways"]
        )
        assert written == sum(1 for _ in plan.statements), number


def test_why_a_model_is_slow_shows_in_its_colour(data: dict[str, Any]) -> None:
    colours = {model["label"]: model["colour"] for model in data["models"]}
    assert colours == {"shop.Customer": "receiver", "shop.Order": "relations", "shop.Line": "receiver"}


def test_receivers_for_every_model_leave_the_other_reasons_to_be_seen(tmp_path: Path) -> None:
    files = {
        **shop.FILES,
        "shop/signals.py": """\
from django.db.models.signals import post_delete
from django.dispatch import receiver


@receiver(post_delete)
def everything(sender, instance, **kwargs):
    print(instance)
""",
    }
    data = shop.data(tmp_path, files)
    assert [data["receivers"][number]["name"] for number in data["everywhere"]] == ["shop.signals.everything"]
    colours = {model["label"]: model["colour"] for model in data["models"]}
    assert colours == {"shop.Customer": "relations", "shop.Order": "relations", "shop.Line": "hindered"}


def test_a_receiver_has_its_paths_of_calls(data: dict[str, Any]) -> None:
    (receiver,) = [each for each in data["receivers"] if each["name"] == "shop.signals.forget_line"]
    assert receiver["work"] == [["sleep", True, [["shop/signals.py:12", "time.sleep"]], ""]]


def test_the_same_report_makes_the_same_page(tmp_path: Path) -> None:
    assert shop.page(tmp_path) == shop.page(tmp_path)


def test_a_page_that_is_passed_on_does_not_tell_where_the_project_lies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, elsewhere = tmp_path / "project", tmp_path / "elsewhere"
    elsewhere.mkdir()
    report = shop.report(project)
    assert report.graph.root == str(project)
    from delete_lint.lint import lint
    from delete_lint.report_page.html import html
    from delete_lint.settings import Settings

    page = html(page_data(lint([str(project)], Settings(), elsewhere), "shop"))
    assert str(tmp_path) not in page
    assert "models.py" in page


def test_places_outside_of_the_project_are_named_by_their_file_alone() -> None:
    places = Places(["/home/ada/shop/a/models.py", "/home/ada/shop/b/models.py"])
    assert places.file("/home/ada/shop/a/models.py") == "a/models.py"
    assert places.file("/usr/lib/python/django/models.py") == "…/models.py"
    assert places.file("shop/models.py") == "shop/models.py"
