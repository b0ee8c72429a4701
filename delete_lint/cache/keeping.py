"""Answers of runs, kept for later ones (`delete_lint.cache.answers`)."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from delete_lint import disk
from delete_lint.cache import answers
from delete_lint.cache import folder as folders
from delete_lint.cache.answers import Answer, Doubtful, Known, Said, Seen, encoded, slots, trusted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from delete_lint.report import Report

#: Of all questions together.
MOST_ANSWERS = 64
MOST_BYTES = 32_000_000
#: The packages whose every file is looked at anew; the rules are not imported by their name.
#: The kind of looks that files are, in `Known`.
_FILES = 2
_ENGINE = Path(__file__).parent.parent
_SUFFIXES = (".py", ".toml", ".md")


class Kept:
    """The looks that are taken while a run lasts, and what becomes of them. ``began`` is in nanoseconds since 1970."""

    def __init__(self, asked: bytes, looks: disk.Looks) -> None:
        self._asked = asked
        self._looks = looks
        self._began = time.time_ns()

    def again(self, folder: Path) -> Said | None:
        """What was said before, if the cache is where nobody looked so far."""
        if (self._asked, os.path.abspath(folder)) in answers.looked_in:
            return None
        return answers.again(self._asked, os.fspath(folder))

    def prepare(self, folder: Path) -> None:
        """Makes the folder before anybody looks around: it may be where files are looked for."""
        with suppress(OSError):
            folders.make(folder)

    def keep(
        self,
        folder: Path,
        said: Said,
        packages: Iterable[str],
        report: Report | None = None,
    ) -> None:
        """Keeps what was said, of a ``report`` if it was of one. ``packages`` are those of rules that are not
        delete-lint's own. What cannot be kept will be found out again."""
        looks = self._looks
        for path in code(packages):
            _look_at_code(path)
        if not looks.is_sound:
            return
        with suppress(OSError, UnicodeEncodeError, ValueError):
            answer = Answer(
                self._asked,
                self._seen(looks.files),
                self._seen(looks.folders),
                self._seen(looks.texts),
                {_from_here(path): kind for path, kind in looks.kinds.items()},
                {_from_here(path): there for path, there in looks.names.items()},
                {_from_here(path): target for path, target in looks.links.items()},
                said,
                self._kept_record(folder, said, report) if report is not None else b"",
            )
            data = encoded(answer)
            folders.make(folder)
            folders.write_answer(_slot(slots(self._asked, os.fspath(folder))), data)
            folders.thin_out(folder, MOST_ANSWERS, MOST_BYTES)

    def _kept_record(self, folder: Path, said: Said, report: Report) -> bytes:
        """The digest of the record, which is kept beside the answer; nothing when there is none."""
        if report.record is None:
            return b""
        from delete_lint.cache.told import ToldLines

        told = ToldLines(report, f"{said.before}\n{said.out}\n{said.after}")
        data = report.record(report.whole, self._looks.plain, told, _from_here)
        found = disk.digest_of(data)
        folders.make(folder)
        folders.write_answer(folders.record_path(os.fspath(folder), found), data)
        return found

    def _seen(self, found: dict[str, tuple[disk.Signature, bytes]]) -> Seen:
        return Seen(
            [_from_here(path) for path in found],
            [trusted(signature, self._began) for signature, _ in found.values()],
            b"".join(digest for _, digest in found.values()),
        )


def makes_no_difference(answer: Answer, changed: list[int], known: Known, folder: str) -> bool:
    """Whether the files that changed, by their index, still say what they said to all that was asked of them."""
    names = {answer.files.names[index]: index for index in changed}
    try:
        with open(folders.record_path(folder, answer.record), "rb") as file:
            kept = file.read()
        if disk.digest_of(kept) != answer.record:
            return False
        from delete_lint.cache.alike import Alike

        alike = Alike(kept)
        if not alike.all_answer_alike(names, lambda path: _as_noted(path, known), in_place=True):
            return False
    except (OSError, ValueError):
        return False
    for name, index in names.items():
        found = known[_FILES, name]
        assert found is not None
        answer.files.renew(index, found)
    return True


def _as_noted(path: str, known: Known) -> bytes:
    """The bytes of a file. Raises `OSError` when they are no longer those that were looked at."""
    with open(path, "rb") as file:
        data = file.read()
    if (noted := known.get((_FILES, path))) is not None and disk.digest_of(data) != noted:
        raise OSError(f"{path} is being written")
    return data


def refresh(path: str, answer: Answer, doubtful: Doubtful, began: int) -> None:
    """Notes the signatures of what turned out to hold what it held, so that a look at these is enough next time.
    ``began`` is when that was looked into."""
    changed = False
    for seen, indexes in zip(answer.seen, doubtful, strict=True):
        for index in indexes:
            with suppress(OSError):
                # Taken after the bytes were read: a signature that is old by then was the same before.
                now = trusted(disk.signature(os.stat(seen.names[index])), began)
                changed |= now != seen.signatures[index]
                seen.signatures[index] = now
    if changed:
        with suppress(OSError, UnicodeEncodeError):
            folders.write_answer(path, encoded(answer))


def _slot(paths: list[str]) -> str:
    """A free one, else that of the oldest answer."""

    def age(path: str) -> float:
        try:
            return os.stat(path).st_mtime
        except OSError:
            return 0

    return min(paths, key=age)


def _from_here(path: str) -> str:
    """The path as seen from the working folder, when it is in it: that is shorter, and faster to look at."""
    here = os.path.join(os.getcwd(), "")
    return path[len(here) :] if path.startswith(here) and len(path) > len(here) else path


# --- what ran -----------------------------------------------------------------------------------------------------


def code(packages: Iterable[str]) -> Iterator[str]:
    """The files that delete-lint, its rules and its parser are made of, and the folders that they are in. Of rules
    that are not its own all counts that is imported by now."""
    yield from _files(os.fspath(_ENGINE))
    for package in dict.fromkeys(("delete_lint_rules", *packages)):
        for folder in getattr(sys.modules.get(package), "__path__", ()):
            yield from _files(folder)
    parser = find_spec("libcst")
    if parser is not None and parser.origin is not None:
        yield os.path.join(os.path.dirname(parser.origin), "_version.py")
    if set(packages) - {"delete_lint_rules"}:
        for module in list(sys.modules.values()):
            file = getattr(module, "__file__", None)
            if isinstance(file, str) and file.endswith(".py"):
                yield file


def _files(top: str) -> Iterator[str]:
    for folder, inner, names in os.walk(top):
        inner[:] = [name for name in inner if name != "__pycache__"]
        yield folder
        yield from (os.path.join(folder, name) for name in names if name.endswith(_SUFFIXES))


def _look_at_code(path: str) -> None:
    with suppress(OSError):
        if os.path.isdir(path):
            disk.scan(path)
        else:
            disk.read(path)
