"""Real files to start from: the pages of the rules, the shop, what is installed, and folders that are named."""

from __future__ import annotations

import random
import re
import sysconfig
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]

_EXAMPLE = re.compile(r"^```python[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"^# ([\w/]+\.py)\n", re.MULTILINE)
_MOST_BYTES = 12_000
_MOST_FILES = 8
#: What makes a file worth reading to delete-lint, and so worth mutating.
_TELLING = re.compile(
    rb"\.delete\(|_delete\b|ForeignKey|models\.Model|signals|\breceiver\(|on_delete|QuerySet|\batomic\b"
)


class Seeds:
    """Small projects, each a few files by their names. The same random state gives the same project as long as the
    same packages are installed."""

    def __init__(self, folders: Sequence[Path] = ()) -> None:
        self._folders = folders or (Path(sysconfig.get_paths()["purelib"]),)

    def project(self, chance: random.Random) -> Mapping[str, bytes]:
        kind = chance.random()
        if kind < 0.5:
            return chance.choice(self.pages)
        if kind < 0.7:
            return self._some(self.shop, chance)
        return self._package(chance)

    @cached_property
    def pages(self) -> list[Mapping[str, bytes]]:
        """The examples on the pages of the rules, which have findings and fixes."""
        pages = sorted((ROOT / "rules/delete_lint_rules").glob("*.md"))
        return [
            dict(_files(match[1])) for page in pages for match in _EXAMPLE.finditer(page.read_text(encoding="utf-8"))
        ]

    @cached_property
    def shop(self) -> Mapping[str, bytes]:
        root = ROOT / "examples/shop"
        files = sorted(root.rglob("*.py"))
        return {
            file.relative_to(root).as_posix(): file.read_bytes() for file in files if "migrations" not in file.parts
        }

    @cached_property
    def _packages(self) -> list[list[Path]]:
        """The folders of installed packages that hold something to read."""
        found: list[list[Path]] = []
        for root in self._folders:
            for folder in sorted({file.parent for file in root.rglob("*.py") if "libcst" not in file.parts}):
                files = [file for file in sorted(folder.glob("*.py")) if _is_telling(file)]
                if files:
                    found.append(files)
        return found

    def _package(self, chance: random.Random) -> Mapping[str, bytes]:
        files = chance.choice(self._packages)
        chosen = sorted(chance.sample(files, min(len(files), chance.randint(1, _MOST_FILES))))
        return {f"app/{file.name}": _part(file.read_bytes(), chance) for file in chosen}

    def _some(self, files: Mapping[str, bytes], chance: random.Random) -> Mapping[str, bytes]:
        chosen = chance.sample(sorted(files), min(len(files), chance.randint(2, _MOST_FILES)))
        return {name: files[name] for name in sorted(chosen)}


def _files(example: str) -> Iterator[tuple[str, bytes]]:
    parts = _FILE.split(example)
    if len(parts) == 1:
        yield "shop/models.py", example.encode()
    for name, text in zip(parts[1::2], parts[2::2], strict=True):
        yield name, text.encode()


def _is_telling(file: Path) -> bool:
    try:
        return file.stat().st_size > 200 and _TELLING.search(file.read_bytes()) is not None
    except OSError:
        return False


def _part(data: bytes, chance: random.Random) -> bytes:
    """A file, or some whole lines of it when it is long, with its imports."""
    if len(data) <= _MOST_BYTES // 4:
        return data
    lines = data.splitlines(keepends=True)
    size = chance.choice((1500, 3000, 3000, _MOST_BYTES))
    begin = chance.randrange(len(lines))
    # Most often from a definition at the margin on, so that what stands there can be read.
    while begin and chance.random() < 0.98 and not lines[begin].startswith((b"class ", b"def ", b"@")):
        begin -= 1
    found = [line for line in lines[:40] if line.startswith((b"from ", b"import ")) and b"(" not in line]
    taken = sum(map(len, found))
    for line in lines[begin:]:
        found.append(line)
        taken += len(line)
        if taken > size:
            break
    return b"".join(found)
