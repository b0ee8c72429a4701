"""Answers of earlier runs, given again when all that they hang on is as it was.

An answer is a file: the question, the looks at the disk that were taken for it (`delete_lint.disk`), and what was said.
A file whose size, times and number are as noted is taken for unchanged; where they are not, or may lie, its bytes are
compared, so that a checkout with new times gets the same answer. Nothing is imported here that takes long.
"""

from __future__ import annotations

import os
import sys
import time
from binascii import crc32

from delete_lint import disk
from delete_lint.inert import is_inert
from delete_lint.version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

MARK = b"delete-lint answer 1\n"
#: So many answers are kept to one question: for the branches that people go back and forth between.
SLOTS = 4
FOLDER = ".delete_lint_cache"
#: If more files changed, all is found out anew.
MOST_CHANGED = 20
#: What answers hang on of the environment, besides all that is called ``DELETE_LINT_…``.
VARIABLES = ("CI_PROJECT_DIR", "FORCE_COLOR", "GITHUB_WORKSPACE", "NO_COLOR", "TERM")
#: Whoever changed so many nanoseconds before a look, or later, may have changed after it, and its times may not show
#: it: some file systems count in two seconds, and the clock of a server may be a little ahead.
DOUBT = 3_000_000_000
_UNKNOWN = (-1, 0, 0, 0)
_NUMBER = 8
_DIGEST = 32


class Said:
    """What a run wrote to stderr and stdout, in this order, and its exit status."""

    __slots__ = ("after", "before", "out", "status")

    def __init__(self, before: str, out: str, after: str, status: int) -> None:
        self.before = before
        self.out = out
        self.after = after
        self.status = status

    def say(self) -> int:
        """Writes it, and returns the status."""
        sys.stderr.write(self.before)
        sys.stdout.write(self.out)
        sys.stdout.flush()
        sys.stderr.write(self.after)
        return self.status


class Seen:
    """Files or folders: their names, signatures and digests, in the same order."""

    __slots__ = ("digests", "names", "signatures")

    def __init__(self, names: list[str], signatures: list[disk.Signature], digests: bytes) -> None:
        self.names = names
        self.signatures = signatures
        self.digests = digests

    def digest(self, index: int) -> bytes:
        return self.digests[index * _DIGEST : (index + 1) * _DIGEST]

    def renew(self, index: int, digest: bytes) -> None:
        """Notes that a file holds something else now, and that this makes no difference."""
        self.digests = self.digests[: index * _DIGEST] + digest + self.digests[(index + 1) * _DIGEST :]


class Answer:
    """What was said to a question, and on what grounds. Names are paths seen from the working folder. ``record`` is the
    digest of what was asked of the files (`delete_lint.cache.alike.Record`), if that was kept."""

    __slots__ = ("files", "folders", "kinds", "links", "question", "record", "said", "texts", "there")

    def __init__(
        self,
        question: bytes,
        files: Seen,
        folders: Seen,
        texts: Seen,
        kinds: dict[str, str],
        there: dict[str, bool],
        links: dict[str, str],
        said: Said,
        record: bytes = b"",
    ) -> None:
        self.record = record
        self.question = question
        self.files = files
        self.folders = folders
        self.texts = texts
        self.kinds = kinds
        self.there = there
        self.links = links
        self.said = said

    @property
    def seen(self) -> tuple[Seen, Seen, Seen]:
        """What has signatures: what tells the most for the least comes first."""
        return self.folders, self.texts, self.files


# --- asking -------------------------------------------------------------------------------------------------------


def question(arguments: Sequence[str]) -> bytes | None:
    """All that an answer hangs on besides the disk; None for what is answered anew each time."""
    if "-" in arguments or any(argument.startswith("@") for argument in arguments):
        return None
    environment = os.environ
    if "_DELETE_LINT_COMPLETE" in environment or sys.stdout is None or sys.stderr is None:
        return None
    variables = sorted(
        f"{name}={environment[name]}"
        for name in environment
        if name in VARIABLES or (name.startswith("DELETE_LINT_") and name != "DELETE_LINT_CACHE_DIR")
    )
    try:
        parts = (
            __version__,
            sys.version,
            sys.byteorder,
            os.path.dirname(__file__),
            os.getcwd(),
            os.path.expanduser("~"),
            "\n".join(sys.path),
            "\n".join(variables),
            str(sys.stdout.isatty()),
            *arguments,
        )
        return "\0".join(parts).encode("utf-8", "surrogateescape")
    except (OSError, UnicodeEncodeError):
        return None


#: Questions, and the folders in which nothing was found for them.
looked_in: set[tuple[bytes, str]] = set()


def again(asked: bytes, folder: str) -> Said | None:
    """What was said to a question when all was as it is now; None when nobody knows."""
    began = time.time_ns()
    known: Known = {}
    taken: Taken = {}
    nearly: list[tuple[str, Answer, Doubtful, list[int]]] = []
    for path in _newest_first(slots(asked, folder)):
        try:
            with open(path, "rb") as file:
                answer = decoded(file.read(), asked)
            if answer is None:
                continue
            doubtful = _doubtful(answer, taken)
            changed = _differing(answer, doubtful, known) if doubtful is not None else None
        except (OSError, ValueError):
            continue
        if doubtful is None or changed is None:
            continue
        if changed:
            nearly.append((path, answer, doubtful, changed))
            continue
        if any(doubtful):
            from delete_lint.cache.keeping import refresh

            refresh(path, answer, doubtful, began)
        return answer.said
    for path, answer, doubtful, changed in nearly:
        if answer.record and len(changed) <= MOST_CHANGED:
            from delete_lint.cache.keeping import makes_no_difference, refresh

            if makes_no_difference(answer, changed, known, folder):
                refresh(path, answer, doubtful, began)
                return answer.said
    return None


def tell_again(arguments: Sequence[str]) -> int | None:
    """Answers a command line as an earlier run did, and returns the exit status; None when it has to be run."""
    asked = question(arguments)
    if asked is None:
        return None
    for folder in _folders(arguments):
        looked_in.add((asked, os.path.abspath(folder)))
        said = again(asked, folder)
        if said is not None:
            for stream in (sys.stdout, sys.stderr):
                reconfigure = getattr(stream, "reconfigure", None)
                if reconfigure is not None:
                    reconfigure(errors="backslashreplace")
            try:
                return said.say()
            except OSError as error:
                from delete_lint.process import silence

                silence(sys.stdout)
                silence(sys.stderr)
                # A reader that has gone away is no error, but a full disk is.
                return said.status if isinstance(error, BrokenPipeError) else 2
    return None


def slots(asked: bytes, folder: str) -> list[str]:
    """The files in which there may be an answer."""
    name = f"{crc32(asked):08x}{crc32(asked[::-1]):08x}"
    return [os.path.join(folder, f"answer-{name}-{number}.run") for number in range(SLOTS)]


def _newest_first(paths: Iterable[str]) -> list[str]:
    found: list[tuple[int, str]] = []
    for path in paths:
        try:
            found.append((-os.stat(path).st_mtime_ns, path))
        except OSError:
            continue
    return [path for _, path in sorted(found)]


def _folders(arguments: Sequence[str]) -> Iterator[str]:
    """Where the cache may be, as far as that can be told without reading any settings."""
    for before, argument in zip(("", *arguments), arguments, strict=False):
        if before == "--cache-dir":
            yield argument
            return
        if argument.startswith("--cache-dir="):
            yield argument.partition("=")[2]
            return
    named = os.environ.get("DELETE_LINT_CACHE_DIR")
    if named:
        yield named
        return
    here = os.getcwd()
    inside = next((argument for argument in arguments if argument[:1] != "-" and os.path.isdir(argument)), here)
    for start in dict.fromkeys((here, os.path.abspath(inside))):
        folder = start
        while True:
            cache = os.path.join(folder, FOLDER)
            if os.path.isdir(cache):
                yield cache
            parent = os.path.dirname(folder)
            if parent == folder:
                break
            folder = parent


#: Signatures as they are now.
Taken = dict[str, disk.Signature]
#: What was found when it was looked at once more.
Known = dict[tuple[int, str], bytes | None]

# --- comparing ----------------------------------------------------------------------------------------------------

#: Of each `Answer.seen`, those whose signature is not as noted.
Doubtful = list[list[int]]


def _doubtful(answer: Answer, taken: Taken) -> Doubtful | None:
    """What has to be looked at more closely; None when something is surely different. Signatures are ``taken`` once
    for all answers."""
    for name, kind in answer.kinds.items():
        if disk.kind_now(name) != kind:
            return None
    for name, there in answer.there.items():
        if os.path.lexists(name) != there:
            return None
    for name, target in answer.links.items():
        if os.path.realpath(name) != target:
            return None
    return [_changed(seen, taken) for seen in answer.seen]


def _changed(seen: Seen, taken: Taken) -> list[int]:
    stat, signature = os.stat, disk.signature
    found: list[int] = []
    for index, (name, noted) in enumerate(zip(seen.names, seen.signatures, strict=True)):
        now = taken.get(name)
        if now is None:
            try:
                now = signature(stat(name))
            except OSError:
                now = _UNKNOWN
            taken[name] = now
        if now != noted or now is _UNKNOWN:
            found.append(index)
    return found


def _differing(answer: Answer, doubtful: Doubtful, known: Known) -> list[int] | None:
    """Those files among what is doubtful that do not hold what they held, by their index; None when something else is
    different. What was found is ``known`` for the next answer."""
    looks = (disk.listing_now, disk.texts_now, disk.digest_now)
    found: list[int] = []
    for kind, (seen, indexes, look) in enumerate(zip(answer.seen, doubtful, looks, strict=True)):
        for index in indexes:
            name = seen.names[index]
            if (kind, name) not in known:
                known[kind, name] = look(name)
            if known[kind, name] != seen.digest(index):
                if seen is not answer.files or known[kind, name] is None:
                    return None
                found.append(index)
    return found


# --- the file -----------------------------------------------------------------------------------------------------


def decoded(data: bytes, asked: bytes) -> Answer | None:
    """The answer in a file, if it is sound and one to this question. Raises `ValueError`."""
    body = memoryview(data)[len(MARK) + _NUMBER :]
    if not data.startswith(MARK) or crc32(body) != int.from_bytes(data[len(MARK) : len(MARK) + _NUMBER], "big"):
        return None
    parts = [bytes(part) for part in _parts(body)]
    if len(parts) != 19 or parts[0] != asked:
        return None
    kinds, there, links = _names(parts[10]), _names(parts[12]), _names(parts[14])
    said = Said(_text(parts[15]), _text(parts[16]), *_last(parts[17]))
    if not all(map(is_inert, (said.before, said.out, said.after))):
        raise ValueError("nothing that was ever said")
    return Answer(
        asked,
        _seen(*parts[1:4]),
        _seen(*parts[4:7]),
        _seen(*parts[7:10]),
        dict(zip(kinds, _names(parts[11]), strict=True)),
        {name: flag == ord("1") for name, flag in zip(there, parts[13], strict=True)},
        dict(zip(links[::2], links[1::2], strict=True)),
        said,
        parts[18],
    )


def _last(part: bytes) -> tuple[str, int]:
    if part[:1] not in (b"\0", b"\1", b"\2"):
        raise ValueError("no exit status")
    return _text(part[1:]), part[0]


def _parts(body: memoryview) -> Iterator[memoryview]:
    begin = 0
    while begin < len(body):
        length = int.from_bytes(body[begin : begin + _NUMBER], "big")
        begin += _NUMBER
        yield body[begin : begin + length]
        begin += length


def _names(part: bytes) -> list[str]:
    return part.decode("utf-8", "surrogateescape").split("\0") if part else []


def _text(part: bytes) -> str:
    return part.decode("utf-8", "surrogatepass")


def _seen(names: bytes, signatures: bytes, digests: bytes) -> Seen:
    if len(signatures) % 32:
        raise ValueError("half a signature")
    numbers = iter(memoryview(signatures).cast("q").tolist())
    found = Seen(_names(names), list(zip(numbers, numbers, numbers, numbers, strict=True)), digests)
    if not len(found.names) == len(found.signatures) == len(digests) // _DIGEST:
        raise ValueError("parts of different lengths")
    return found


def encoded(answer: Answer) -> bytes:
    """What `decoded` reads. Raises `UnicodeEncodeError`."""
    said = answer.said
    parts = (
        answer.question,
        *_encoded(answer.files),
        *_encoded(answer.folders),
        *_encoded(answer.texts),
        _joined(answer.kinds),
        _joined(answer.kinds.values()),
        _joined(answer.there),
        "".join("01"[there] for there in answer.there.values()).encode(),
        _joined(part for link in answer.links.items() for part in link),
        said.before.encode("utf-8", "surrogatepass"),
        said.out.encode("utf-8", "surrogatepass"),
        bytes([said.status]) + said.after.encode("utf-8", "surrogatepass"),
        answer.record,
    )
    body = b"".join(len(part).to_bytes(_NUMBER, "big") + part for part in parts)
    return MARK + crc32(body).to_bytes(_NUMBER, "big") + body


def _encoded(seen: Seen) -> tuple[bytes, bytes, bytes]:
    from array import array

    numbers = array("q", [number for signature in seen.signatures for number in signature])
    return _joined(seen.names), numbers.tobytes(), seen.digests


def _joined(names: Iterable[str]) -> bytes:
    return "\0".join(names).encode("utf-8", "surrogateescape")


def trusted(signature: disk.Signature, began: int) -> disk.Signature:
    """A signature that was taken after ``began``, nanoseconds since 1970; one that nothing has if it may not tell of
    a change."""
    return signature if max(signature[1], signature[2]) < began - DOUBT else _UNKNOWN
