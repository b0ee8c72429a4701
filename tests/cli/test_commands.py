"""`rule`, `graph`, `plan`, and rules of one's own."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from delete_lint import __version__
from delete_lint.rule import load_rules

Lint = Callable[..., Any]


def test_help_and_version_are_for_the_whole_command(lint: Lint) -> None:
    assert lint("--version").stdout == f"delete-lint {__version__}\n"
    for option in ("-h", "--help"):
        done = lint(option)
        assert done.status == 0
        assert all(f"\n  {command} " in done.stdout for command in ("check", "graph", "plan", "rule"))


def test_a_rule_shows_its_page(lint: Lint) -> None:
    page = lint("rule", "blocking_receiver").stdout
    assert page.startswith("# blocking_receiver\n")
    assert page.rstrip() == load_rules()["blocking_receiver"].page.rstrip()


def test_all_rules_show_their_pages(lint: Lint) -> None:
    pages = lint("rule", "--all").stdout
    assert [line[2:] for line in pages.splitlines() if line[2:] in load_rules() and line.startswith("# ")] == list(
        load_rules()
    )


def test_without_a_name_the_rules_are_listed(lint: Lint) -> None:
    lines = lint("rule").stdout.splitlines()
    assert [line.split()[0] for line in lines] == list(load_rules())


def test_an_unknown_rule_is_answered_with_the_nearest(lint: Lint) -> None:
    done = lint("rule", "blocking-reciever")
    assert (done.status, done.stdout) == (2, "")
    assert done.stderr == 'delete-lint: unknown rule "blocking-reciever" (did you mean "blocking_receiver"?)\n'


def test_the_graph_of_a_project_is_printed(project: Path, lint: Lint) -> None:
    document = lint("graph", ".", "--format", "json").document
    assert document["version"] == 1
    assert document["source"] == "static"
    assert [model["label"] for model in document["models"]] == ["shop.Order"]
    assert lint("graph", "shop").stdout != ""


@pytest.mark.parametrize("name", ["shop.Order", "shop.order", "Order", "ORDER"])
def test_a_model_goes_by_label_or_name(name: str, project: Path, lint: Lint) -> None:
    done = lint("graph", ".", name)
    assert done.status == 0
    assert done.stdout.startswith("shop.Order ")
    assert "shop.Order" in lint("plan", name, ".").stdout
    assert "Order" in lint("plan", name).stdout


def test_the_graph_of_one_model_holds_what_its_delete_has_to_do_with(project: Path, lint: Lint) -> None:
    models = project / "shop" / "models.py"
    models.write_text(
        models.read_text()
        + "\n\nclass Line(models.Model):\n    order = models.ForeignKey(Order, on_delete=models.CASCADE)\n"
        + "\n\nclass Note(models.Model):\n    pass\n"
    )
    document = lint("graph", ".", "Order", "--format", "json").document
    assert [model["label"] for model in document["models"]] == ["shop.Line", "shop.Order"]
    assert [receiver["name"] for receiver in document["receivers"]] == ["audit"]


def test_a_model_that_is_not_there_is_answered_with_the_nearest(project: Path, lint: Lint) -> None:
    assert lint("graph", ".", "Ordr").stderr == 'delete-lint: unknown model "Ordr" (did you mean "Order"?)\n'
    assert lint("plan", "shop.Ordr", ".").stderr == (
        'delete-lint: unknown model "shop.Ordr" (did you mean "shop.Order"?)\n'
    )
    assert lint("graph", "shp").status == 2


def test_a_name_that_two_models_have_is_answered_with_both(project: Path, lint: Lint) -> None:
    (project / "store").mkdir()
    (project / "store" / "__init__.py").touch()
    (project / "store" / "models.py").write_text((project / "shop" / "models.py").read_text())
    done = lint("plan", "Order", ".")
    assert done.status == 2
    assert done.stderr == 'delete-lint: more than one model is called "Order": shop.Order, store.Order\n'


def test_a_graph_of_nothing_is_an_error(project: Path, lint: Lint) -> None:
    (project / "shop" / "models.py").write_text("")
    done = lint("graph", ".", "--format", "json")
    assert done.status == 2
    assert done.stderr == "delete-lint: error: no model found: is the path right?\n"


# --- rules of one's own -------------------------------------------------------------------------------------------


@pytest.fixture
def plugin(project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Puts a package with one rule, `house_rule`, on the path, outside of the project, and into the settings."""
    monkeypatch.syspath_prepend(project.parent / "installed")

    def write(check: str, severity: str = "warning") -> None:
        package = project.parent / "installed" / "house_rules"
        package.mkdir(parents=True)
        (package / "__init__.py").touch()
        lines = [
            '"""A rule of this house."""',
            "from delete_lint.findings import Finding",
            "from delete_lint.graph.place import Place",
            f"SEVERITY = {severity!r}",
            "def check(graph, thresholds):",
            f"    {check}",
        ]
        (package / "house_rule.py").write_text("\n".join(lines) + "\n")
        (project / "delete-lint.toml").write_text('plugins = ["house_rules"]\n')
        importlib.invalidate_caches()
        load_rules.cache_clear()

    yield write
    load_rules.cache_clear()
    for name in [name for name in sys.modules if name.split(".")[0] == "house_rules"]:
        del sys.modules[name]


FINDING = "yield Finding(place={}, message='says it', help='do it', identity='x')"


def test_a_rule_of_ones_own_is_run_and_can_be_selected(plugin: Callable[..., None], project: Path, lint: Lint) -> None:
    plugin(FINDING.format("Place('shop/models.py', 4)"))
    expected = ("shop/models.py", 4, "house_rule", "warning")
    assert expected in lint(".", "--format", "json").found
    assert lint(".", "--format", "json", "--select", "house_rule").found == [expected]
    assert "house_rule" in lint("rule").stdout
    assert lint("rule", "house_rule").stderr == (
        "delete-lint: the rule house_rule has no page house_rule.md in house_rules\n"
    )


def test_a_rule_that_fails_does_not_hide_what_the_others_say(
    plugin: Callable[..., None], project: Path, lint: Lint
) -> None:
    plugin("yield 1 / 0")
    done = lint(".", "--format", "json")
    assert done.status == 2
    assert "the rule house_rule failed" in done.stderr
    assert "ZeroDivisionError: division by zero; please report it to the makers of house_rules" in done.stderr
    assert done.stderr.count("\n") == 1
    assert any(rule == "senderless_receiver" for _, _, rule, _ in done.found)
    assert "in check" in lint(".", "--verbose").stderr


def test_findings_outside_the_linted_files_are_not_reported(
    plugin: Callable[..., None], project: Path, lint: Lint
) -> None:
    plugin(FINDING.format("Place('shop/models.py', 4)"))
    assert all(file == "shop/signals.py" for file, _, _, _ in lint("shop/signals.py", "--format", "json").found)


def test_a_rule_with_no_known_severity_is_told(plugin: Callable[..., None], project: Path, lint: Lint) -> None:
    plugin("return []", severity="fatal")
    assert lint(".").stderr == (
        "delete-lint: delete-lint.toml: the rule house_rule of house_rules has no severity that there is: 'fatal'\n"
    )


def test_a_rule_that_gives_no_findings_is_told_in_one_line_unless_debugging(
    plugin: Callable[..., None], project: Path, lint: Lint, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugin(FINDING.format("None"))
    monkeypatch.delenv("DELETE_LINT_DEBUG", raising=False)
    done = lint(".")
    assert done.status == 2
    assert done.stderr.startswith("delete-lint: error: internal error of delete-lint ")
    assert "TypeError: not a finding with a place: Finding" in done.stderr
    assert done.stderr.count("\n") == 1
    monkeypatch.setenv("DELETE_LINT_DEBUG", "1")
    debugged = lint(".")
    assert debugged.status == 2
    assert "Traceback (most recent call last)" in debugged.stderr
