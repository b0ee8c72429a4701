"""A stranger's project, its settings and its repository have no code of theirs run by being linted."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.command import ROOT
from tests.repositories import ENVIRONMENT
from tests.safety.trap import EARLY, LATER, Trap, set_trap

COMMANDS: tuple[tuple[str, ...], ...] = (
    (".",),
    (".", "--no-cache", "--statistics"),
    (".", "--no-cache", "--format", "sarif"),
    (".", "--select", "unbatched_cascade", "--verbose"),
    ("--since", "HEAD"),
    ("--changed",),
    ("check", "--changed", "shop/models.py", "shop/signals.py"),
    (".", "--show-files"),
    (".", "--show-settings"),
    (".", "--diff", "--unsafe-fixes"),
    (".", "--write-baseline", "baseline.txt"),
    (".", "--baseline", "baseline.txt", "--output-file", "report.txt"),
    (".", "--add-ignores", "known"),
    (".", "--fix", "--unsafe-fixes"),
    ("graph", "."),
    ("graph", ".", "Customer", "--format", "json"),
    ("plan", "Customer", "."),
    ("rule",),
    ("rule", "blocking_receiver"),
    ("rule", "--all"),
    ("schema",),
    ("completion", "bash"),
    ("clean",),
)


@pytest.fixture(scope="module")
def trap(tmp_path_factory: pytest.TempPathFactory) -> Trap:
    return set_trap(tmp_path_factory.mktemp("trap"))


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_linting_a_project_runs_nothing_of_it(command: Sequence[str], trap: Trap) -> None:
    done = trap.run(*command)
    assert done.returncode in (0, 1), done.stderr.decode()
    assert trap.faults() == []


def test_a_hook_of_git_runs_nothing_of_the_project(trap: Trap) -> None:
    done = trap.run(
        "check",
        "--changed",
        "shop/models.py",
        GIT_INDEX_FILE=".git/index",
        GIT_DIR=".git",
        GIT_EXTERNAL_DIFF="./git",
        GIT_SSH_COMMAND="./git",
        GIT_PAGER="./git",
        GIT_EDITOR="./git",
        PRE_COMMIT="1",
    )
    assert done.returncode in (0, 1), done.stderr.decode()
    assert trap.faults() == []


def test_completing_a_command_line_runs_nothing_of_the_project(trap: Trap) -> None:
    for words in ("delete-lint rule b", "delete-lint check --select b", "delete-lint --s"):
        done = trap.run(_DELETE_LINT_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD=str(len(words.split()) - 1))
        assert done.returncode == 0, done.stderr.decode()
        assert done.stdout
        assert trap.faults() == []


def test_python_m_imports_nothing_from_the_working_folder(tmp_path: Path) -> None:
    """What Python imports by itself, before the first line of delete-lint, is out of its hands."""
    trap = set_trap(tmp_path)
    for name in EARLY:
        (trap.folder / f"{name}.py").unlink()
    done = trap.python("-m", "delete_lint", ".")
    assert done.returncode == 1, done.stderr.decode()
    assert trap.sprung() == []
    for name in LATER:
        (trap.folder / f"{name}.py").rename(tmp_path / "moved")
        (tmp_path / "moved").rename(trap.folder / f"{name}.py")


@pytest.mark.parametrize("safely", [["-P"], ["-I"], []], ids=["-P", "-I", "PYTHONSAFEPATH"])
def test_python_m_with_a_safe_path_runs_nothing_at_all(safely: list[str], trap: Trap, tmp_path: Path) -> None:
    if safely == ["-I"]:  # takes no PYTHONPATH either: it has to be installed
        environment = tmp_path / "environment"
        _environment(environment, ROOT, ROOT / "rules")
        done = subprocess.run(
            [_python(environment), "-I", "-m", "delete_lint", ".", "--no-cache"],
            cwd=trap.folder,
            env=ENVIRONMENT,
            capture_output=True,
            check=False,
        )
    else:
        variable = {} if safely else {"PYTHONSAFEPATH": "1"}
        done = trap.python(*safely, "-m", "delete_lint", ".", "--no-cache", **variable)
    assert done.returncode in (0, 1), done.stderr.decode()
    assert trap.sprung() == []


def test_the_trap_works(tmp_path: Path) -> None:
    trap = set_trap(tmp_path)
    trap.python("-c", "import shop.models")
    trap.python("-m", "click")
    assert "shop" in trap.sprung()
    assert {"contextlib", "types"} & set(trap.sprung()), "what Python itself imports first"
    subprocess.run(["git", "diff", "HEAD"], cwd=trap.folder, env=ENVIRONMENT, capture_output=True, check=False)
    assert "git-config" in trap.sprung()
    _settings(trap)
    _plugin(trap, trap.folder)
    trap.run("rule", "--allow-code")
    assert "imported 'house_rules'" in trap.faults()
    assert any(fault.startswith("exec ") for fault in trap.faults())


# --- plugins --------------------------------------------------------------------------------------------------------

RULE = '''\
"""A rule of this house."""

from delete_lint.findings import Finding
from delete_lint.graph.place import Place

SEVERITY = "warning"


def check(graph, thresholds):
    yield Finding(place=Place("shop/models.py", 1), message="says it", help="do it", identity="x")
'''
REFUSED = b"delete-lint: delete-lint.toml: plugins: house_rules is not installed, but code of the project"


def _plugin(trap: Trap, folder: Path, package: str = "house_rules") -> None:
    """A package of rules that leaves a mark."""
    inside = folder.joinpath(*package.split("."))
    inside.mkdir(parents=True)
    (inside / "__init__.py").write_text(trap.mark(package))
    (inside / "house_rule.py").write_text(RULE + trap.mark("house_rule"))


def _settings(trap: Trap, package: str = "house_rules") -> None:
    (trap.folder / "delete-lint.toml").write_text(f'plugins = ["{package}"]\n')


@pytest.fixture
def own(tmp_path: Path) -> Trap:
    """A project whose settings name a package of rules."""
    trap = set_trap(tmp_path)
    _settings(trap)
    return trap


def _importing_from(*folders: Path) -> dict[str, str]:
    return {"PYTHONPATH": os.pathsep.join(map(str, (ROOT, ROOT / "rules", *folders)))}


@pytest.mark.parametrize(
    "command",
    [(".",), ("graph", "."), ("plan", "Customer", "."), ("rule",), ("rule", "house_rule"), ("--show-settings",)],
    ids=" ".join,
)
def test_rules_that_lie_in_the_project_are_not_run_because_its_settings_name_them(
    command: Sequence[str], own: Trap
) -> None:
    _plugin(own, own.folder)
    for name in EARLY:  # PYTHONPATH lets Python itself run what it knows
        (own.folder / f"{name}.py").unlink()
    for name in LATER:
        (own.folder / f"{name}.py").unlink()
    done = own.run(*command, **_importing_from(own.folder))
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.startswith(REFUSED)
    assert done.stderr.endswith(b" (house_rules): it runs only with --allow-code on the command line\n")
    assert own.sprung() == []
    done = own.run(*command)
    assert (done.returncode, own.sprung()) == (2, [])
    assert b"No module named 'house_rules'" in done.stderr
    assert b"--allow-code" in done.stderr


def test_completion_does_not_run_rules_of_the_project(own: Trap) -> None:
    _plugin(own, own.folder)
    for name in (*EARLY, *LATER):
        (own.folder / f"{name}.py").unlink()
    done = own.run(
        _DELETE_LINT_COMPLETE="bash_complete",
        COMP_WORDS="delete-lint rule ",
        COMP_CWORD="2",
        **_importing_from(own.folder),
    )
    assert b"blocking_receiver" in done.stdout
    assert own.sprung() == []


def test_the_command_line_can_allow_them(own: Trap) -> None:
    _plugin(own, own.folder)
    done = own.run(".", "--allow-code", "--select", "house_rule", "--format", "concise", "-q")
    assert done.stdout == b"shop/models.py:1:1: house_rule [warning] says it\n"
    assert b"house_rule " in own.run("rule", "--allow-code").stdout
    assert own.sprung() == ["house_rule", "house_rules"]


def test_what_the_project_has_of_the_name_of_a_package_does_not_go_before_it_when_code_is_allowed(own: Trap) -> None:
    _plugin(own, own.folder)
    done = own.run(".", "--allow-code", "--select", "house_rule", "-q")
    assert done.returncode == 1
    assert own.sprung() == ["house_rule", "house_rules"], "ast, click, libcst and the like stay what they are"


@pytest.mark.parametrize("where", ["project", "outside"])
def test_installed_rules_run_wherever_the_environment_lies(where: str, own: Trap, tmp_path: Path) -> None:
    environment = (own.folder / ".venv") if where == "project" else tmp_path / "environment"
    _plugin(own, _environment(environment, ROOT, ROOT / "rules"))
    assert _lint(environment, own).stdout == b"shop/models.py:1:1: house_rule [warning] says it\n"


def test_an_editable_install_runs_unless_it_is_one_of_the_linted_project(own: Trap, tmp_path: Path) -> None:
    outside, inside = tmp_path / "elsewhere", own.folder / "tools"
    _plugin(own, outside)
    _environment(tmp_path / "first", ROOT, ROOT / "rules", outside)
    assert _lint(tmp_path / "first", own).returncode == 1
    for mark in own.marks.iterdir():
        mark.unlink()
    _plugin(own, inside)
    _environment(tmp_path / "second", ROOT, ROOT / "rules", inside)
    done = _lint(tmp_path / "second", own)
    assert (done.returncode, own.sprung()) == (2, [])
    assert done.stderr.startswith(REFUSED)
    assert _lint(tmp_path / "second", own, "--allow-code").returncode == 1


@pytest.mark.parametrize("way", ["link", "namespace", "parent", "from a folder below"])
def test_there_is_no_way_around(way: str, own: Trap, tmp_path: Path) -> None:
    environment = tmp_path / "environment"
    site = _environment(environment, ROOT, ROOT / "rules")
    cwd = own.folder
    if way == "link":
        _plugin(own, own.folder)
        (site / "house_rules").symlink_to(own.folder / "house_rules")
    elif way == "namespace":
        _settings(own, "house.rules")
        (site / "house").mkdir()
        _plugin(own, own.folder / "tools", "house.rules")
        (site / "tools.pth").write_text(f"{own.folder / 'tools'}\n")
    elif way == "parent":
        _settings(own, "house.rules")
        _plugin(own, own.folder / "tools", "house.rules")
        (own.folder / "tools" / "house" / "__init__.py").write_text(own.mark("parent"))
        (site / "tools.pth").write_text(f"{own.folder / 'tools'}\n")
    else:
        _plugin(own, own.folder / "tools")
        (site / "tools.pth").write_text(f"{own.folder / 'tools'}\n")
        cwd = own.folder / "shop"
    done = _lint(environment, own, cwd=cwd)
    assert (done.returncode, own.sprung()) == (2, [])
    assert done.stderr.count(b"\n") == 1
    assert b"is not installed, but code of the project" in done.stderr


def _environment(folder: Path, *editable: Path) -> Path:
    """Makes a virtual environment with these folders on its path as editable installs have them, and what this one has
    installed; the folder for packages."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    asked = subprocess.run(
        [_python(folder), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
    )
    site = Path(asked.stdout.strip())
    packages = [path for path in sys.path if path.endswith(("site-packages", "dist-packages"))]
    (site / "editable.pth").write_text("".join(f"{path}\n" for path in (*editable, *packages)))
    return site


def _python(environment: Path) -> str:
    return os.fspath(environment / "bin" / "python")


def _lint(environment: Path, trap: Trap, *options: str, cwd: Path | None = None) -> subprocess.CompletedProcess[bytes]:
    command = ["-I", "-m", "delete_lint", ".", "--select", "house_rule", "--format", "concise", "-q", "-n", *options]
    return subprocess.run(
        [_python(environment), *command],
        cwd=cwd or trap.folder,
        env=ENVIRONMENT,
        capture_output=True,
        check=False,
    )
