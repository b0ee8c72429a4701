"""The example project: everything that can be fixed in it is fixed in one go, and stays fixed."""

from __future__ import annotations

import shutil
from pathlib import Path

from delete_lint.config import load_settings
from delete_lint.fixes.apply import apply_fixes, preview_fixes
from delete_lint.lint import lint
from delete_lint.report import Report

SHOP = Path(__file__).resolve().parents[2] / "examples" / "shop"


def test_all_fixes_of_the_shop_fit_together(tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    shutil.copytree(SHOP, shop, ignore=shutil.ignore_patterns("__pycache__", "*.sqlite3"))

    def run() -> Report:
        return lint([shop], load_settings(shop), shop)

    before = run()
    preview = preview_fixes(
        before, shop, lambda contents: lint([shop], load_settings(shop), shop, contents=contents), unsafe=True
    )
    applied = apply_fixes(before, shop, run, unsafe=True)
    assert applied.fixed
    assert not applied.problems
    assert applied.changes == preview.changes
    assert applied.fixed == preview.fixed
    for change in applied.changes:
        compile((shop / change.name).read_bytes(), change.name, "exec", dont_inherit=True)
    assert not [finding for finding in applied.report.findings if finding.fix is not None]
    assert not apply_fixes(run(), shop, run, unsafe=True).changes
    assert len(applied.report.findings) < len(before.findings)
