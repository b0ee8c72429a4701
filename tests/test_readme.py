"""The front page says what is so: whatever it lists is compared with what there is, both ways."""

from __future__ import annotations

import re
import tomllib

from delete_lint import __version__
from delete_lint.config import KEYS
from delete_lint.rule import load_rules
from tests.command import ROOT, delete_lint

README = (ROOT / "README.md").read_text()


def table(heading: str) -> list[list[str]]:
    """The cells of the first table under a heading, without its two head rows."""
    section = README.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line[:1] == "|"]
    assert rows, f"no table under {heading}"
    return rows[2:]


def name(cell: str) -> str:
    return cell.strip("`")


def test_the_table_of_rules_is_the_rules_there_are() -> None:
    said = {name(row[0]): row[2] for row in table("What it finds") if len(row) == 3 and row[2]}
    assert said == {rule.name: rule.severity for rule in load_rules().values()}


def test_the_table_of_settings_is_the_settings_there_are() -> None:
    assert {key for row in table("Settings") for key in re.findall(r"`([\w-]+)`", row[0])} == set(KEYS)


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = {re.split("[<>=~! ]", requirement)[0] for requirement in project["dependencies"]}
    assert {name(row[0]) for row in table("Why each dependency")} == names


def test_the_map_names_every_module_of_the_engine() -> None:
    section = README.partition("\n## Map of the code\n")[2].partition("\n## ")[0]
    mapped = {name(cell) for row in table("Map of the code") for cell in row[0].split(", ")}
    for path in mapped:
        assert (ROOT / path).exists(), f"{path} is on the map, but not there"
    package = ROOT / "delete_lint"
    modules = {path.relative_to(ROOT).as_posix() for path in package.glob("*.py") if path.stem != "__init__"}
    folders = {f"{path.relative_to(ROOT).as_posix()}/" for path in package.iterdir() if (path / "__init__.py").exists()}
    assert modules | folders <= mapped, section


def words(text: str) -> str:
    """The text as one line: the page wraps long lines by hand, and leaves out the marks of the shop's own test."""
    return " ".join(re.sub("# <- [a-z_, ]+\n", "\n", text).split())


def test_the_output_on_the_first_screen_is_what_a_run_prints() -> None:
    shown = README.partition("$ delete-lint examples/shop\n")[2].partition("```")[0]
    printed = words(delete_lint("examples/shop", folder=ROOT).stdout)
    parts = [words(part) for part in re.split(r"^…$", shown, flags=re.MULTILINE)[1:]]
    assert parts
    assert all(parts), "an empty part would be found anywhere"
    assert [part for part in parts if part not in printed] == []
    assert README.index("$ delete-lint examples/shop") < 1000, "a newcomer sees a finding on the first screen"


def test_the_plan_on_the_front_page_is_what_is_printed() -> None:
    shown = README.partition("$ delete-lint plan Ticket examples/shop\n")[2].partition("```")[0].strip("…\n")
    assert shown in delete_lint("plan", "Ticket", "examples/shop", folder=ROOT).stdout


def test_the_gate_finds_the_two_commands_of_the_readme() -> None:
    commands = [line.strip() for line in README.splitlines() if line.strip().startswith("python3 -m venv")]
    assert [command.rpartition("/")[2] for command in commands] == ["shop", "pytest -n auto"]


def test_the_changelog_speaks_of_this_version() -> None:
    assert f"\n## {__version__}" in (ROOT / "CHANGELOG.md").read_text()
