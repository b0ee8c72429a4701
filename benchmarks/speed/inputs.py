"""What is linted: source distributions of real projects, and generated ones, in a folder outside this tree."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.generate.project import generate

_PINNED = Path(__file__).with_name("inputs.json")
#: Goes up with what the generator writes, so that nobody measures yesterday's projects.
_GENERATION = 1

#: What a linter of deletes cannot let go by its bytes alone: the floor parses the files with one of these.
_CANDIDATE = re.compile(
    rb"(?:pre|post)_delete|delete\s*\(|models\.Model\b|ForeignKey\(|OneToOneField\(|GenericRelation\("
)


class UnavailableError(Exception):
    """An input or a competitor that cannot be had here."""


@dataclass(frozen=True, slots=True)
class Input:
    """A project. ``linted`` is what delete-lint says it lints, ``candidates`` is a file that lists those of them that
    the floor parses, and ``changed`` is one of these."""

    name: str
    folder: Path
    files: int
    lines: int
    linted: int
    candidates: Path
    candidate_count: int
    changed: Path


def real_names() -> list[str]:
    return list(json.loads(_PINNED.read_text()))


def prepare(name: str, work: Path) -> Input:
    """The input of that name: a real project's, or ``4x`` for a generated one. Raises `UnavailableError`.

    The folder is made when it is not there, which takes the package index that pip is set up with.
    """
    inputs = work / "inputs"
    inputs.mkdir(parents=True, exist_ok=True)
    factor = re.fullmatch(r"(\d+)x", name)
    folder = _generated(int(factor[1]), inputs) if factor else _fetched(name, inputs)
    return _described(name if factor else folder.name, folder, work)


def _fetched(name: str, inputs: Path) -> Path:
    pinned = json.loads(_PINNED.read_text()).get(name)
    if pinned is None:
        raise UnavailableError(f"no input is called {name}: there are {', '.join(real_names())}, and 1x, 2x, 4x …")
    stem = f"{name.replace('-', '_')}-{pinned['version']}"
    archive, folder = inputs / f"{stem}.tar.gz", inputs / stem
    if folder.is_dir():
        return folder
    if not archive.exists():
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
        done = subprocess.run(
            [*pip, "--dest", str(inputs), f"{name}=={pinned['version']}"], check=False, capture_output=True, text=True
        )
        if done.returncode:
            raise UnavailableError(f"{name} {pinned['version']}: {last_line(done.stderr)}")
    if hashlib.sha256(archive.read_bytes()).hexdigest() != pinned["sha256"]:
        raise UnavailableError(f"{archive.name} is not the file that was pinned: delete it to fetch it anew")
    unpacked = inputs / f"{stem}.unpacking"
    shutil.rmtree(unpacked, ignore_errors=True)
    with tarfile.open(archive) as tar:
        tar.extractall(unpacked, filter="data")
    (unpacked / stem).rename(folder)
    unpacked.rmdir()
    return folder


def _generated(factor: int, inputs: Path) -> Path:
    folder = inputs / f"generated-{_GENERATION}-{factor}x"
    if not folder.is_dir():
        making = folder.with_suffix(".making")
        shutil.rmtree(making, ignore_errors=True)
        generate(making, factor)
        making.rename(folder)
    return folder


def _described(name: str, folder: Path, work: Path) -> Input:
    """Reads every file, which puts them all into the memory of the operating system: no run is the first to do it."""
    from benchmarks.speed.competitors import linted_files

    files = sorted(folder.rglob("*.py"))
    lines = sum(file.read_bytes().count(b"\n") for file in files)
    linted = [folder / file for file in linted_files(folder)]
    candidates = [file for file in linted if _CANDIDATE.search(file.read_bytes())]
    if not candidates:
        raise UnavailableError(f"{name}: no file in {folder} has anything to do with deletes")
    listed = work / "candidates" / f"{folder.name}.txt"
    listed.parent.mkdir(exist_ok=True)
    listed.write_text("".join(f"{file}\n" for file in candidates))
    changed = candidates[len(candidates) // 2]
    return Input(name, folder, len(files), lines, len(linted), listed, len(candidates), changed)


def last_line(text: str) -> str:
    return next((line for line in reversed(text.splitlines()) if line.strip()), "no word why")
