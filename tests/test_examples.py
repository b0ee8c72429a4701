"""The shop in ``examples/`` shows what its marks say: ``# <- rule_name`` on a line, and nothing anywhere else."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import django
import pytest

from delete_lint.rule import load_rules
from tests.command import ROOT, delete_lint, document

SHOP = ROOT / "examples" / "shop"
MARK = re.compile(r"# <- ([a-z_, ]+)$")

#: A place and the name of a rule.
Said = tuple[str, int, str]


def marks() -> list[Said]:
    found = []
    for file in sorted((*SHOP.rglob("*.py"), *SHOP.rglob("*.toml"))):
        for number, line in enumerate(file.read_text().splitlines(), 1):
            if mark := MARK.search(line):
                name = file.relative_to(ROOT).as_posix()
                found += [(name, number, rule.strip()) for rule in mark[1].split(",")]
    return found


def said(*options: str) -> list[Said]:
    findings: list[dict[str, Any]] = document("examples/shop", *options, folder=ROOT)["findings"]
    return sorted((finding["file"], finding["line"], finding["rule"]) for finding in findings)


def in_audit(mark: Said) -> bool:
    return mark[0].startswith("examples/shop/audit/")


def test_every_mark_of_the_shop_is_found_and_every_other_line_is_silent() -> None:
    assert said() == sorted(mark for mark in marks() if not in_audit(mark))


def test_the_receiver_for_every_model_is_found_when_it_is_linted_too() -> None:
    """The shop's settings leave it out, as it changes what there is to say about everything else."""
    audit = [mark for mark in marks() if in_audit(mark)]
    assert audit
    assert [mark for mark in said("--isolated") if in_audit(mark)] == audit


def test_the_shop_shows_every_rule() -> None:
    measured = {"slow_receiver", "stale_measurements"}  # nobody has run it, so there is nothing to read back
    assert {rule for _, _, rule in marks()} == set(load_rules()) - measured


def test_the_shops_readme_says_where_each_rule_is_shown() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.+) \|$", (SHOP / "README.md").read_text(), re.MULTILINE)
    listed = {(rule, file) for rule, files in rows for file in re.findall(r"`([\w/.-]+)`", files)}
    assert listed == {(rule, file.removeprefix("examples/shop/")) for file, _, rule in marks()}


def test_linting_the_shop_fails_as_the_readme_says() -> None:
    done = delete_lint("examples/shop", folder=ROOT)
    assert done.returncode == 1, done.stderr
    assert done.stdout.rstrip().splitlines()[-1].count("delete receivers"), done.stdout[-300:]


@pytest.mark.parametrize("command", [["check"], ["makemigrations", "--check"], ["migrate", "--verbosity", "0"]])
def test_the_shop_runs(command: list[str], tmp_path: Path) -> None:
    """On the Django that is installed; the archive app needs 6.1 and is left out before."""
    settings = "from config.settings import *\nDATABASES['default']['NAME'] = ':memory:'\n"
    (tmp_path / "settings_in_memory.py").write_text(settings)
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "settings_in_memory",
        "PYTHONPATH": str(tmp_path),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    done = subprocess.run(
        [sys.executable, "manage.py", *command], cwd=SHOP, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"Django {django.get_version()}: {done.stdout}{done.stderr}"
