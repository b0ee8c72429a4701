"""Which Django a project runs on, as its settings or its own metadata say. Nothing is run to find out."""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from msgspec import Struct
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import Specifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from delete_lint import disk
from delete_lint.graph.project import DjangoVersion
from delete_lint.settings import Settings
from delete_lint.source.discover import EXCLUDED_FOLDERS, EXCLUDED_UNLESS_PACKAGE

SUPPORTED = ((4, 2), (5, 0), (5, 1), (5, 2), (6, 0), (6, 1))
OLDEST, NEWEST = SUPPORTED[0], SUPPORTED[-1]

#: The lock files that are TOML name the package and its version on lines that follow each other.
_LOCKED = re.compile(r"""^name\s*=\s*"django"\s*\nversion\s*=\s*"([^"]+)\"""", re.MULTILINE | re.IGNORECASE)
_TOML_LOCKS = ("uv.lock", "poetry.lock", "pdm.lock", "pylock.toml")
_METADATA = (*_TOML_LOCKS, "Pipfile.lock", "pyproject.toml", "Pipfile", "setup.cfg", "setup.py")
_SETUP_PY = re.compile(r"""(["'])(django\s*(?:\[[^\]"']*\]\s*)?(?:[<>=!~][^"']*)?)\1""", re.IGNORECASE)
#: Requirements that do not say what production runs on.
_ASIDE = re.compile(r"doc|test|lint|dev|local|ci\b|tool|build", re.IGNORECASE)
#: How far below the named folder metadata is looked for when there is none beside or above it.
_DEPTH = 2


class Requested(Struct, frozen=True):
    """What one file asks for: a pinned version, or the newest supported release of a range."""

    file: str
    specifiers: SpecifierSet
    release: tuple[int, int]
    pin: Version | None = None

    @property
    def allows_older(self) -> bool:
        """Whether a supported release before that one would do as well."""
        return self.pin is None and any(
            _allows(self.specifiers, release) for release in SUPPORTED if release < self.release
        )

    def __str__(self) -> str:
        if self.pin is not None:
            return f"{self.file} pins {self.pin}"
        written = sorted(map(str, self.specifiers), key=lambda specifier: specifier.lstrip("<>=!~"))
        return f"{self.file} asks for {','.join(written)}"


def find_django_version(start: Path, settings: Settings) -> DjangoVersion:
    """The version that the settings name, else the one that the project's metadata at, above or just below ``start``
    asks for, else the newest. A lock file or a pin goes before a range, and a range means the newest in it."""
    if settings.django_version is not None:
        return _supported(_feature(Version(settings.django_version)), "django-version in the settings")
    found = _search(start)
    if found is None:
        return DjangoVersion(*NEWEST, source="the newest, as nothing says which", sure=False)
    return _supported(found.release, str(found), sure=not found.allows_older)


def _supported(release: tuple[int, int], source: str, sure: bool = True) -> DjangoVersion:
    if release < OLDEST:
        return DjangoVersion(*OLDEST, source=f"the oldest supported; {source}", sure=False)
    return DjangoVersion(*release, source=source, sure=sure)


def _search(start: Path) -> Requested | None:
    """The first pin, unless a range nearer to ``start`` rules it out; else the first range."""
    nearest: Requested | None = None
    for folder in _folders(start):
        for found in _requested(folder):
            if found.pin is not None and (nearest is None or nearest.specifiers.contains(found.pin, prereleases=True)):
                return found
            nearest = nearest or found
    return nearest


def _folders(start: Path) -> Iterator[Path]:
    """The folder, those above it up to the repository's root (or, without a repository, to the first with project
    metadata), then those below."""
    home = Path.home()
    for folder in (start, *start.parents):
        if folder in (home, Path(folder.anchor)) and folder != start:
            break
        yield folder
        if disk.exists(folder / ".git") or (not _in_repository(start) and any(_metadata_files(folder))):
            break
    level = [start]
    for _ in range(_DEPTH):
        level = [below for folder in level for below in _subfolders(folder)]
        yield from level


def _in_repository(start: Path) -> bool:
    return any(disk.exists(folder / ".git") for folder in (start, *start.parents))


def _subfolders(folder: Path) -> list[Path]:
    try:
        names = sorted(entry.name for entry in disk.scan(folder) if entry.is_dir(follow_symlinks=False))
    except OSError:
        return []
    left_out = EXCLUDED_FOLDERS | EXCLUDED_UNLESS_PACKAGE
    return [folder / name for name in names if not name.startswith(".") and name not in left_out]


def _requested(folder: Path) -> Iterator[Requested]:
    """What the metadata in a folder asks for, the most telling file first."""
    if not _may_hold_metadata(folder):
        return
    for name in _TOML_LOCKS:
        text = _read(folder / name)
        yield from _newest_of(name, (f"=={version}" for version in _LOCKED.findall(text)))
    yield from _newest_of("Pipfile.lock", _pipfile_lock(folder / "Pipfile.lock"))
    for file in _requirement_files(folder):
        yield from _newest_of(file.relative_to(folder).as_posix(), _requirements(file, set()))
    yield from _newest_of("pyproject.toml", _pyproject(_toml(folder / "pyproject.toml")))
    yield from _newest_of("Pipfile", _poetry_like(_toml(folder / "Pipfile").get("packages")))
    yield from _newest_of("setup.cfg", _lines(_read(folder / "setup.cfg")))
    yield from _newest_of("setup.py", (match[1] for match in _SETUP_PY.findall(_read(folder / "setup.py"))))


def _may_hold_metadata(folder: Path) -> bool:
    """Whether a name in the folder, where it can be listed, is one of theirs: of most folders none is."""
    try:
        names = disk.texts(folder)
    except OSError:
        return True
    return any(name in _METADATA or "requirements" in name for name in names)


def _metadata_files(folder: Path) -> Iterator[Path]:
    yield from (folder / name for name in _METADATA if disk.is_file(folder / name))
    yield from _requirement_files(folder)


def _newest_of(file: str, requirements: Iterable[str]) -> Iterator[Requested]:
    """One file may ask several times, for different Pythons: the newest release counts."""
    found = [request for request in (_interpret(file, text) for text in requirements) if request is not None]
    if found:
        yield max(found, key=lambda request: (request.pin is not None, request.release))


def _interpret(file: str, requirement: str) -> Requested | None:
    """What a requirement on Django (``django>=4.2``, or just ``>=4.2``) means; None for anything else."""
    text = requirement.strip()
    if text[:1] in "<>=!~":
        text = f"django{text}"
    try:
        parsed = Requirement(text)
    except InvalidRequirement:
        return None
    if parsed.name.lower() != "django" or not parsed.specifier:
        return None
    pin = _pin(parsed.specifier)
    if pin is not None:
        return Requested(file, parsed.specifier, _feature(pin), pin)
    allowed = [release for release in SUPPORTED if _allows(parsed.specifier, release)]
    return Requested(file, parsed.specifier, allowed[-1] if allowed else _nearest(parsed.specifier))


def _pin(specifiers: SpecifierSet) -> Version | None:
    for specifier in specifiers:
        if specifier.operator in ("==", "===") and not specifier.version.endswith(".*"):
            try:
                return Version(specifier.version)
            except InvalidVersion:
                return None
    return None


def _feature(version: Version) -> tuple[int, int]:
    return version.major, version.minor


def _allows(specifiers: SpecifierSet, release: tuple[int, int]) -> bool:
    """Whether some patch release is allowed. Bounds lie at a release or at one of its first hundred patches."""
    major, minor = release
    patches = {0, 1, 99} | {_patch(specifier) for specifier in specifiers}
    candidates = {Version(f"{major}.{minor}.{patch + step}") for patch in patches for step in (0, 1)}
    return any(specifiers.contains(candidate, prereleases=True) for candidate in candidates)


def _patch(specifier: Specifier) -> int:
    try:
        return Version(specifier.version.removesuffix(".*")).micro
    except InvalidVersion:
        return 0


def _nearest(specifiers: SpecifierSet) -> tuple[int, int]:
    """For a range without a supported release: the newest release when it starts after that, else the oldest."""
    below = Version("{}.{}".format(*OLDEST))
    starts = [specifier for specifier in specifiers if specifier.operator in (">", ">=", "~=", "==")]
    versions = [Version(specifier.version.removesuffix(".*")) for specifier in starts]
    return NEWEST if any(version > below for version in versions) else (OLDEST[0] - 1, 0)


# --- the files ----------------------------------------------------------------------------------------------------


def _read(file: Path) -> str:
    """The text of a file, empty when there is none or it is not text."""
    try:
        return disk.read_text(file, "utf-8-sig")
    except (OSError, ValueError):
        return ""


def _toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(_read(file))
    except (ValueError, RecursionError):
        return {}


def _pipfile_lock(file: Path) -> Iterator[str]:
    try:
        document = json.loads(_read(file) or "{}")
    except (ValueError, RecursionError):
        return
    entry = _table(_table(document, "default"), "django")
    if isinstance(entry.get("version"), str):
        yield entry["version"]


def _requirement_files(folder: Path) -> list[Path]:
    names = _texts(folder)
    found = [
        *(folder / name for name in names if name.endswith(".txt") and "requirements" in name[:-4]),
        *(folder / "requirements" / name for name in _texts(folder / "requirements") if name.endswith(".txt")),
        *(folder / name for name in names if name.endswith(".in") and "requirements" in name[:-3]),
    ]
    return sorted(found, key=lambda file: (bool(_ASIDE.search(file.name)), file.suffix != ".txt", file.name))


def _texts(folder: Path) -> list[str]:
    try:
        return disk.texts(folder)
    except OSError:
        return []


def _requirements(file: Path, seen: set[Path]) -> Iterator[str]:
    """The lines of a requirements file and of those that it includes."""
    if file in seen:
        return
    seen.add(file)
    for line in _lines(_read(file)):
        option = re.match(r"(?:-r|--requirement|-c|--constraint)[\s=]*(\S+)", line)
        if option is not None:
            yield from _requirements(Path(os.path.normpath(file.parent / option[1])), seen)
        else:
            yield re.split(r"\s--|\s*\\$", line)[0]


def _lines(text: str) -> Iterator[str]:
    """Lines without their comments; in setup.cfg a requirement may stand beside its key."""
    for line in text.split("\n"):
        stripped = re.sub(r"(^|\s)#.*", "", line).strip()
        yield re.sub(r"^install_requires\s*=\s*", "", stripped)


def _pyproject(document: dict[str, Any]) -> Iterator[str]:
    project = _table(document, "project")
    yield from _strings(project.get("dependencies"))
    for extra in _table(project, "optional-dependencies").values():
        yield from _strings(extra)
    for group in _table(document, "dependency-groups").values():
        yield from _strings(group)
    poetry = _table(_table(document, "tool"), "poetry")
    yield from _poetry_like(poetry.get("dependencies"))


def _poetry_like(table: Any) -> Iterator[str]:
    """Django's constraint in a table of dependencies as poetry and pipenv write them."""
    if not isinstance(table, dict):
        return
    for name, value in table.items():
        if name.lower() != "django":
            continue
        for entry in value if isinstance(value, list) else [value]:
            constraint = entry.get("version") if isinstance(entry, dict) else entry
            if isinstance(constraint, str):
                for alternative in constraint.split("||"):
                    yield ",".join(_pep440(part.strip()) for part in alternative.split(","))


def _pep440(constraint: str) -> str:
    """One poetry constraint as PEP 440 writes it: ``^5.1``, ``~5.1``, ``5.1.*`` and bare versions."""
    match = re.fullmatch(r"([\^~]?)\s*(\d+)(?:\.(\d+))?((?:\.\d+)*)(\.\*)?", constraint)
    if match is None:
        return constraint
    mark, major, minor, patch, star = match.groups()
    version = f"{major}.{minor or 0}{patch}"
    if mark == "^":
        return f">={version},<{int(major) + 1}"
    if mark == "~":
        return f">={version},<{int(major) + 1}" if minor is None else f">={version},<{major}.{int(minor) + 1}"
    return f"=={constraint}" if star else f"=={version}"


def _table(document: Any, key: str) -> dict[str, Any]:
    value = document.get(key) if isinstance(document, dict) else None
    return value if isinstance(value, dict) else {}


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        yield from (item for item in value if isinstance(item, str))
