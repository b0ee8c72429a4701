"""Every rule's page is true: its bad code is found on the marked lines, nothing else is, its good code is silent."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from delete_lint.config import load_settings
from delete_lint.lint import lint
from delete_lint.rule import load_rules
from tests.rules.page import Example, Page, PageError, Said, parse

RULES = Path(__file__).resolve().parents[2] / "rules" / "delete_lint_rules"
PAGES = {path.stem: parse(path.read_text(encoding="utf-8")) for path in sorted(RULES.glob("*.md"))}

EXAMPLES = [
    pytest.param(rule, example, id=f"{rule}-{example.name}")
    for rule, page in PAGES.items()
    for example in page.examples
]


def test_every_rule_has_a_page_and_every_page_a_rule() -> None:
    assert sorted(PAGES) == sorted(load_rules())


@pytest.mark.parametrize(("rule", "page"), PAGES.items(), ids=str)
def test_a_page_tells_why_it_matters_and_the_way_out(rule: str, page: Page) -> None:
    assert page.title == rule
    assert {"Why it matters", "Bad", "Good", "What to do"} <= set(page.sections)


@pytest.mark.parametrize(("rule", "page"), PAGES.items(), ids=str)
def test_a_page_shows_both_sides(rule: str, page: Page) -> None:
    assert {example.side for example in page.examples} == {"Bad", "Good"}
    for example in page.examples:
        marked = any(said.rule == rule for said in example.expected)
        assert marked == (example.side == "Bad"), f"{example.name}: marked lines belong to bad code, and only there"


@pytest.mark.parametrize("rule", load_rules())
def test_the_rule_s_page_is_what_users_are_shown(rule: str) -> None:
    assert parse(load_rules()[rule].page) == PAGES[rule]


@pytest.mark.parametrize(("rule", "example"), EXAMPLES)
def test_the_rule_speaks_about_the_marked_lines_and_no_other(rule: str, example: Example, tmp_path: Path) -> None:
    example.write(tmp_path)
    report = lint([tmp_path], load_settings(tmp_path), tmp_path)
    said = Counter(Said(finding.place.file, finding.place.line, finding.rule) for finding in report.findings)
    about_this = Counter({line: times for line, times in said.items() if line.rule == rule or line in example.expected})
    assert about_this == example.expected


def test_only_known_rules_are_marked() -> None:
    marked = {said.rule for page in PAGES.values() for example in page.examples for said in example.expected}
    assert marked <= set(load_rules())


PAGE = """\
# some_rule

Says something.

## Bad

```python
from django.db import models  # <- some_rule
```

```python
# shop/signals.py
x = 1
y = 2  # <- some_rule, other_rule
```

### With settings

```toml
# pyproject.toml
[tool.delete-lint]
```

```python expect=some_rule:2
def (
```

## Good

```python
x = 1
```

## What to do

```python
ignored
```
"""


def test_blocks_below_one_heading_are_one_project() -> None:
    page = parse(PAGE)
    assert [(example.name, list(example.files)) for example in page.examples] == [
        ("Bad", ["shop/models.py", "shop/signals.py"]),
        ("Bad: With settings", ["pyproject.toml", "shop/models.py"]),
        ("Good", ["shop/models.py"]),
    ]


def test_markers_count_lines_of_their_block_and_are_taken_out_of_it() -> None:
    first, second, good = parse(PAGE).examples
    assert first.expected == Counter(
        [
            Said("shop/models.py", 1, "some_rule"),
            Said("shop/signals.py", 3, "some_rule"),
            Said("shop/signals.py", 3, "other_rule"),
        ]
    )
    assert first.files["shop/signals.py"] == "# shop/signals.py\nx = 1\ny = 2\n"
    assert second.expected == Counter([Said("shop/models.py", 2, "some_rule")])
    assert not good.expected


def test_an_example_becomes_a_project_of_packages(tmp_path: Path) -> None:
    parse(PAGE.replace("shop/signals.py", "shop/jobs/clean.py")).examples[0].write(tmp_path)
    written = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.py"))
    assert written == ["shop/__init__.py", "shop/jobs/__init__.py", "shop/jobs/clean.py", "shop/models.py"]


@pytest.mark.parametrize(
    ("mistake", "complaint"),
    [
        (PAGE.replace("# <- some_rule\n", "# <- some-rule\n"), "cannot read the marker"),
        (PAGE.replace("# shop/signals.py\n", ""), "twice"),
        (PAGE.replace("# pyproject.toml\n", ""), "unnamed"),
        (PAGE.replace("```python expect=some_rule:2", "```python some_rule"), "cannot read the fence"),
        (PAGE + "\n## Good\n\n```python\nx = 1\n", "not closed"),
        (PAGE + "\n## Good\n\n### Forgotten\n", "no code"),
    ],
)
def test_a_page_with_a_slip_is_not_passed_over(mistake: str, complaint: str) -> None:
    with pytest.raises(PageError, match=complaint):
        parse(mistake)
