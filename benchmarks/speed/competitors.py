"""Who is measured: delete-lint, the floor, and other linters, each in a virtual environment of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from benchmarks.speed import local_rules
from benchmarks.speed.inputs import Input, UnavailableError, last_line

ROOT = Path(__file__).resolve().parents[2]
DELETE_LINT = (sys.executable, "-m", "delete_lint")

Kind = Literal["cold", "warm", "one comment more", "one changed file"]

#: A virtual environment's packages. semgrep is the newest whose own requirements are in reach of most indexes.
REQUIREMENTS: dict[str, tuple[str, ...]] = {
    "ruff": ("ruff==0.17.6",),
    "flake8": ("flake8", "flake8-django==1.4", "flake8-async==26.8.1", "django"),
    "pylint": ("pylint==4.1.4", "pylint-django==2.8.0", "django"),
    "fixit": ("fixit==2.2.1",),
    "semgrep": ("semgrep==1.182.0",),
}

#: What pylint-django says itself, the warnings about its own surroundings aside.
_PYLINT_DJANGO = "E5101,E5141,E5142,R5101,R5102,R5103,W5101,W5102,W5103,W5104,W5150,W5151"
_TESTS_AND_MIGRATIONS = "tests,test,testing,migrations,test_*.py,*_test.py,*_tests.py,tests.py,conftest.py"


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the table for each input. ``cache`` is the folder that a run fills for the next one."""

    tool: str
    kind: Kind
    command: Callable[[Input], Sequence[str]]
    cache: Path | None = None

    @property
    def label(self) -> str:
        return self.tool if self.kind == "cold" else f"{self.tool}, {self.kind}"


def environment(work: Path) -> dict[str, str]:
    """Without what would colour output, keep bytecode from being written, or send anything anywhere."""
    dropped = ("PYTHONDONTWRITEBYTECODE", "FORCE_COLOR", "RUFF_CACHE_DIR", "DJANGO_SETTINGS_MODULE", "VIRTUAL_ENV")
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    return {
        **kept,
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "rules")]),
        "NO_COLOR": "1",
        "SEMGREP_SEND_METRICS": "off",
        "SEMGREP_ENABLE_VERSION_CHECK": "0",
        "SEMGREP_SETTINGS_FILE": str(work / "semgrep-settings.yaml"),
    }


def linted_files(folder: Path) -> list[str]:
    """Relative to the folder."""
    done = subprocess.run(
        [*DELETE_LINT, "check", ".", "--isolated", "--show-files"],
        cwd=folder,
        env=environment(folder),
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return done.stdout.splitlines()


@cache
def _has_cache() -> bool:
    done = subprocess.run(
        [*DELETE_LINT, "check", "--help"],
        cwd=ROOT,
        env=environment(ROOT),
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return "--cache-dir" in done.stdout


def delete_lint(work: Path) -> Iterator[Entry]:
    """delete-lint of this tree, with the interpreter that runs this. The cache is made use of where there is one."""
    plain = (*DELETE_LINT, "check", ".", "--isolated", "--quiet")
    if not _has_cache():
        yield Entry("delete-lint", "cold", lambda _: plain)
        return
    caches = work / "caches" / "delete-lint"
    yield Entry("delete-lint", "cold", lambda _: (*plain, "--no-cache"))
    yield from _warm("delete-lint", caches, lambda cache: (*plain, "--cache-dir", cache))


def floor(work: Path) -> Iterator[Entry]:
    yield Entry(
        "floor: `import libcst`, `ast.parse` of the candidates, two processes",
        "cold",
        lambda project: (sys.executable, "-m", "benchmarks.speed.floor", str(project.candidates)),
    )


def ruff(work: Path) -> Iterator[Entry]:
    plain = (_program("ruff", work), "check", ".", "--isolated", "--quiet", "--select", "DJ,ASYNC")
    yield Entry("ruff", "cold", lambda _: (*plain, "--no-cache"))
    yield Entry(
        "ruff without tests and migrations",
        "cold",
        lambda _: (*plain, "--no-cache", "--extend-exclude", _TESTS_AND_MIGRATIONS),
    )
    yield from _warm("ruff", work / "caches" / "ruff", lambda cache: (*plain, "--cache-dir", cache))


def flake8(work: Path) -> Iterator[Entry]:
    program = _program("flake8", work)
    yield Entry("flake8 + django, async", "cold", lambda _: (program, "--isolated", "-j2", "--select=DJ,ASYNC", "."))


def pylint(work: Path) -> Iterator[Entry]:
    command = (_program("pylint", work), f"--rcfile={os.devnull}", "-j2", "--load-plugins=pylint_django")
    checks = ("--disable=all", f"--enable={_PYLINT_DJANGO}", "--recursive=y", ".")
    yield Entry("pylint, pylint-django's checks", "cold", lambda _: (*command, *checks))


def fixit(work: Path) -> Iterator[Entry]:
    program = _program("fixit", work)
    local_rules.write_fixit_rule(work)
    yield Entry("fixit, one rule", "cold", lambda _: (program, "--quiet", "lint", "."))


def semgrep(work: Path) -> Iterator[Entry]:
    program, rule = _program("semgrep", work), str(local_rules.semgrep_rule(work))
    command = (program, "scan", "--config", rule, "--jobs=2", "--quiet", "--no-git-ignore", "--metrics=off", ".")
    yield Entry("semgrep, one rule", "cold", lambda _: command)


COMPETITORS: dict[str, Callable[[Path], Iterator[Entry]]] = {
    "floor": floor,
    "ruff": ruff,
    "flake8": flake8,
    "pylint": pylint,
    "fixit": fixit,
    "semgrep": semgrep,
}


def _warm(tool: str, caches: Path, command: Callable[[str], tuple[str, ...]]) -> Iterator[Entry]:
    """A cache for each input, so that no run finds another project's."""

    def with_cache(project: Input) -> tuple[str, ...]:
        return command(str(caches / project.folder.name))

    yield Entry(tool, "warm", with_cache, caches)
    yield Entry(tool, "one comment more", with_cache, caches)
    yield Entry(tool, "one changed file", with_cache, caches)


def _program(name: str, work: Path) -> str:
    """The tool in its own virtual environment, which is made when it is not there. Raises `UnavailableError`."""
    folder = work / "venvs" / name
    made = folder / "requirements.txt"
    wanted = "\n".join(REQUIREMENTS[name])
    if not made.exists() or made.read_text() != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        venv.create(folder, with_pip=True)
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", *REQUIREMENTS[name]]
        done = subprocess.run(pip, check=False, capture_output=True, text=True)
        if done.returncode:
            raise UnavailableError(f"{' '.join(REQUIREMENTS[name])}: {last_line(done.stderr)}")
        made.write_text(wanted)
    return str(folder / "bin" / name)
