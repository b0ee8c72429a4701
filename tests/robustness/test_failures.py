"""What fails becomes a finding that names it, and the rest of the run goes on."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from delete_lint import __version__
from delete_lint.lint import lint
from delete_lint.settings import Settings
from delete_lint.source.attributes import Attributes
from delete_lint.source.sites import Sites
from tests.robustness.running import UNWANTED, environment, run, shop

_RULE = """\
SEVERITY = "warning"


def check(graph, thresholds):
    from delete_lint_rules.delete_in_loop import check

    yield from check(graph, thresholds)
    {failing}
"""


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    """A folder in which rules of somebody's can be installed."""
    package = tmp_path / "installed" / "house_rules"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    return package


@pytest.mark.parametrize(
    ("failing", "told"),
    [
        ("for model in graph.own_models(): 1 / 0", "ZeroDivisionError: division by zero"),
        ("raise RecursionError", "RecursionError"),
        ("bytearray(1 << 60)", "MemoryError"),
        ("raise SystemExit(0)", "SystemExit: 0"),
        ("yield None", "TypeError: not a finding with a place: NoneType"),
    ],
)
def test_a_rule_that_fails_is_a_finding_of_its_own_and_hides_no_other(
    failing: str, told: str, plugin: Path, tmp_path: Path
) -> None:
    folder = shop(tmp_path / "project")
    (plugin / "house_rule.py").write_text(_RULE.format(failing=failing))
    (folder / "delete-lint.toml").write_text('plugins = ["house_rules"]\n')
    path = f"{environment()['PYTHONPATH']}:{plugin.parent}"
    done = run(".", "--no-cache", "--format", "json", folder=folder, changes={"PYTHONPATH": path})
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    found = json.loads(done.stdout)["findings"]
    assert any(each["rule"] == "delete_in_loop" for each in found)
    own = [each for each in found if each["rule"] == "house_rule" and each["message"].startswith("internal error")]
    assert [each["message"] for each in own] == [f"internal error: the rule house_rule failed: {told}"]
    (finding,) = own
    assert "please report it to the makers of house_rules" in finding["help"]
    assert f"delete-lint {__version__} (input sha256:" in finding["help"]
    assert len([each for each in found if each["rule"] == "house_rule"]) == 2, "what it found before it failed is gone"
    debugged = run(
        ".", "--no-cache", "--format", "json", folder=folder, changes={"PYTHONPATH": path, "DELETE_LINT_DEBUG": "1"}
    )
    assert debugged.returncode == 2
    assert "Traceback (most recent call last)" in debugged.stderr
    assert ("house_rule.py" in debugged.stderr) is not failing.startswith("yield"), "where it failed cannot be seen"


@pytest.mark.parametrize("error", [ZeroDivisionError("a\nb"), RecursionError(), MemoryError(), KeyError("x")])
def test_a_file_that_the_reading_fails_at_is_named_and_left_out(
    error: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = shop(tmp_path)
    bad = "from shop.models import Order\n\n\ndef explode():\n    Order.explosive.delete()\n"
    (folder / "shop" / "bad.py").write_text(bad)
    get = Attributes.get

    def failing(self: Attributes, value: object, name: str, *rest: object) -> object:
        if name == "explosive":
            raise error
        return get(self, value, name, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(Attributes, "get", failing)
    report = lint([str(folder)], Settings(), folder)
    (finding,) = [each for each in report.findings if each.message.startswith("internal error")]
    assert (finding.rule, finding.place.file, finding.place.line) == ("unreadable_file", "shop/bad.py", 5)
    assert type(error).__name__ in finding.message
    assert "\n" not in finding.message
    digest = hashlib.sha256(bad.encode()).hexdigest()[:16]
    assert f"delete-lint {__version__} (input sha256:{digest})" in finding.help
    assert "please report it in delete-lint's issue tracker" in finding.help
    assert any(each.rule == "delete_in_loop" for each in report.findings)
    assert report.exit_status("error") == 2
    assert any("failed at shop/bad.py:5" in problem for problem in report.problems)
    assert any("Traceback" in line for line in report.details)


def test_what_is_no_failure_ends_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = shop(tmp_path)

    def interrupted(self: Sites) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Sites, "find", interrupted)
    with pytest.raises(KeyboardInterrupt):
        lint([str(folder)], Settings(), folder)


def test_a_format_that_fails_leaves_what_was_found_on_stderr(tmp_path: Path) -> None:
    folder = shop(tmp_path / "project")
    # A file name that cannot be shown would do, but there is none; so one of the formats is broken.
    broken = tmp_path / "installed" / "sitecustomize.py"
    broken.parent.mkdir()
    broken.write_text(
        "import delete_lint.output.sarif as sarif\ndef failing(report):\n    1 / 0\nsarif.sarif = failing\n"
    )
    path = f"{broken.parent}:{environment()['PYTHONPATH']}"
    for output in ([], ["--output-file", "out.sarif"]):
        done = run(".", "--no-cache", "--format", "sarif", *output, folder=folder, changes={"PYTHONPATH": path})
        assert done.returncode == 2
        assert done.stdout == ""
        assert not (folder / "out.sarif").exists()
        assert f"internal error of delete-lint {__version__}: --format sarif failed: ZeroDivisionError" in done.stderr
        assert "shop/signals.py:20:" in done.stderr, "what was found is lost"
        assert "delete_in_loop" in done.stderr
        assert not any(unwanted in done.stderr for unwanted in UNWANTED if unwanted != "internal error")
