"""The same bytes get the same answer, byte for byte, whoever asks, where, when and in which order."""

from __future__ import annotations

import json
import locale
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.command import ROOT
from tests.repositories import ENVIRONMENT

SHOP = ROOT / "examples" / "shop"
COMMANDS = (
    ("shop", "more", "--format", "json"),
    ("graph", "shop", "more", "--format", "json"),
)


def _copy(folder: Path, order: Callable[[list[Path]], list[Path]] = sorted) -> Path:
    """The shop, its files made in this order, with as many others as it takes for a second process to have a look."""
    names = [path.relative_to(SHOP) for path in SHOP.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    fillers = [Path("..", "more", f"part{number}.py") for number in range(220)]
    for name in order([*(name for name in names if name.suffix != ".sqlite3"), *fillers]):
        file = Path(os.path.normpath(folder / "shop" / name))
        file.parent.mkdir(parents=True, exist_ok=True)
        if name in fillers:
            file.write_text(f"value = {name.stem!r}\n" if name.stem != "part7" else "def (:\n")
        else:
            shutil.copyfile(SHOP / name, file)
    return folder


def _answers(
    folder: Path,
    commands: Sequence[Sequence[str]] = COMMANDS,
    python: Sequence[str] = (sys.executable,),
    **environment: str,
) -> list[bytes]:
    path = os.pathsep.join([str(ROOT), str(ROOT / "rules")])
    base: Mapping[str, str] = {**ENVIRONMENT, "PYTHONPATH": path, "DELETE_LINT_NO_CACHE": "1"}
    found = []
    for command in commands:
        done = subprocess.run(
            [*python, "-m", "delete_lint", *command],
            cwd=folder,
            env={name: value for name, value in {**base, **environment}.items() if value},
            capture_output=True,
            check=False,
        )
        assert done.returncode in (0, 1), done.stderr.decode()
        found.append(done.stdout)
    return found


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _copy(tmp_path_factory.mktemp("determinism"))


@pytest.fixture(scope="module")
def expected(project: Path) -> list[bytes]:
    found = _answers(project, PYTHONHASHSEED="0", DELETE_LINT_PROCESSES="1")
    assert len(json.loads(found[0])["findings"]) > 30
    return found


@pytest.mark.parametrize(("seed", "processes"), [("0", "2"), ("1", "1"), ("4242", "8"), ("random", "2")])
def test_neither_the_hash_seed_nor_the_number_of_processes_matters(
    seed: str, processes: str, project: Path, expected: list[bytes]
) -> None:
    assert _answers(project, PYTHONHASHSEED=seed, DELETE_LINT_PROCESSES=processes) == expected


@pytest.mark.parametrize("order", ["sorted", "reversed", "shuffled"])
@pytest.mark.parametrize("memory", [False, True], ids=["disk", "tmpfs"])
def test_the_order_in_which_files_lie_in_their_folders_does_not_matter(
    order: str, memory: bool, tmp_path: Path, expected: list[bytes]
) -> None:
    """A tmpfs lists the newest file first, other file systems by a hash of the names."""
    if memory and not os.access("/dev/shm", os.W_OK):
        pytest.skip("there is no /dev/shm")
    orders: dict[str, Callable[[list[Path]], list[Path]]] = {
        "sorted": sorted,
        "reversed": lambda names: sorted(names, reverse=True),
        "shuffled": lambda names: random.Random(7).sample(sorted(names), len(names)),
    }
    with TemporaryDirectory(dir="/dev/shm" if memory else tmp_path) as name:
        assert _answers(_copy(Path(name).resolve(), orders[order])) == _without_root(expected, Path(name).resolve())


def _without_root(expected: list[bytes], folder: Path) -> list[bytes]:
    """The graph tells its own folder."""
    findings, graph = expected
    root = json.dumps(json.loads(graph)["root"]).encode()
    return [findings, graph.replace(root, json.dumps(str(folder)).encode())]


def test_the_order_of_the_paths_does_not_matter(project: Path, expected: list[bytes]) -> None:
    found = _answers(project, [[*command[:-4], "more", "shop", *command[-2:]] for command in COMMANDS])
    assert found == expected
    apps = sorted(f"shop/{path.name}" for path in (project / "shop").iterdir())
    paths = [path for path in apps if Path(project, path).is_dir() or path.endswith(".py")]
    shuffled = random.Random(7).sample(paths, len(paths))
    assert _answers(project, [[*shuffled, "--format", "json"]]) == _answers(project, [[*paths, "--format", "json"]])


@pytest.mark.parametrize("name", ["C", "C.UTF-8", "POSIX", "tr_TR.UTF-8", "de_DE.ISO-8859-1", "ja_JP.eucJP"])
def test_the_locale_does_not_matter(name: str, project: Path, expected: list[bytes]) -> None:
    before = locale.setlocale(locale.LC_ALL)
    try:
        locale.setlocale(locale.LC_ALL, name)
    except locale.Error:
        pytest.skip(f"the machine has no locale {name}")
    finally:
        locale.setlocale(locale.LC_ALL, before)
    assert _answers(project, LC_ALL=name, LANG=name, PYTHONUTF8="0") == expected


@pytest.mark.parametrize(
    "zone",
    [
        "UTC",
        "Pacific/Kiritimati",
        "America/St_Johns",
    ],
)
def test_the_time_zone_does_not_matter(zone: str, project: Path, expected: list[bytes]) -> None:
    assert _answers(project, TZ=zone) == expected


def test_the_working_folder_does_not_matter_but_for_the_names_that_count_from_it(
    project: Path, expected: list[bytes]
) -> None:
    inside = json.loads(expected[0])
    for folder in (project.parent, project / "shop"):
        paths = [os.path.relpath(project / name, folder) for name in ("shop", "more")]
        found = json.loads(_answers(folder, [[*paths, "--format", "json"]])[0])
        assert len(found["findings"]) == len(inside["findings"])
        assert {_key(each, folder) for each in found["findings"]} == {
            _key(each, project) for each in inside["findings"]
        }


def _key(finding: dict[str, object], folder: Path) -> tuple[object, ...]:
    file = os.path.normpath(folder / str(finding["file"]))
    return file, finding["line"], finding["column"], finding["rule"], finding["severity"], finding["fixable"]


def test_a_cache_does_not_matter_be_it_cold_warm_or_half_there(
    project: Path, expected: list[bytes], tmp_path: Path
) -> None:
    cache = {"DELETE_LINT_NO_CACHE": "", "DELETE_LINT_CACHE_DIR": str(tmp_path / "cache")}
    for _ in range(2):
        assert _answers(project, **cache) == expected
    for number, pack in enumerate(sorted((tmp_path / "cache").iterdir())):
        if number % 2:
            pack.unlink()
    assert _answers(project, **cache) == expected


def test_flags_of_python_do_not_matter(project: Path, expected: list[bytes]) -> None:
    for flags in (["-OO"], ["-X", "dev", "-W", "error"]):
        assert _answers(project, COMMANDS[:1], [sys.executable, *flags]) == expected[:1]


def test_the_version_of_python_does_not_matter(project: Path, expected: list[bytes]) -> None:
    """DELETE_LINT_TEST_PYTHONS names others that have delete-lint's dependencies installed."""
    others = os.environ.get("DELETE_LINT_TEST_PYTHONS", "").split(os.pathsep)
    if others == [""]:
        pytest.skip("DELETE_LINT_TEST_PYTHONS names no other Python")
    for python in others:
        assert _answers(project, python=[python]) == expected
