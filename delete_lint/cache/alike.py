"""Whether a file that changed still gives the answers that a run had from it (`delete_lint.source.questions`): then all
that the run found holds, and nothing has to be linked anew.

Most edits are of this kind: in the body of a function that deletes nothing and that no receiver calls.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence

import msgspec

from delete_lint.cache.added import Added, Asked, told_apart
from delete_lint.source.facts import Facts
from delete_lint.source.file import SourceFile, Unreadable
from delete_lint.source.mistakes import known_mistake
from delete_lint.source.outline import Block
from delete_lint.source.questions import (
    DECORATORS,
    Nested,
    TextQuestions,
    digest,
    flat,
    found_digest,
    import_rows,
    imported,
    parts,
    placed,
    rows,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from delete_lint.source.contents import Contents
    from delete_lint.source.discover import Tree

#: Those of the `parts` that every block has.
_ALWAYS = (0, 1)
#: A pattern: what it is made of, and its flags.
_Pattern = tuple[str, int]


class _Text(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What was asked of one text, and what it said. Blocks are counted as `flat` gives them, patterns as in the
    `Record`; ranges are two numbers, the block and which of its `parts`. ``shown`` is how many lines at the top may not
    change at all, ``top`` stands for what they hold. Places may be named down to the line ``told``, and ``placed``
    tells where the blocks are down to there. ``imports`` are rows, too. Names that were ``missed`` may not come up, nor
    may those be imported that were ``sought``."""

    shown: int
    top: bytes
    rows: bytes
    told: int
    placed: bytes
    missed: list[str]
    sought: list[str]
    imports: bytes | None
    lowered: list[tuple[int, bytes]]
    ranges: list[tuple[int, int, bytes]]
    searches: list[tuple[int, int, int, bool]]


class _Held(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Which of the first ``seen`` linted files hold something."""

    holders: list[int]
    seen: int


class Record(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What a run asked of its files, and what they answered. ``files`` are the names of the linted ones, in their
    order, ``more`` of those that are read for their names only, ``paths`` those names that are no path from the
    working folder, with their paths. Nothing of those in ``whole`` may change, and none may come to hold the ``mark``.
    """

    mark: bytes
    files: list[str]
    more: list[str]
    paths: dict[str, str]
    whole: list[str]
    texts: dict[str, _Text]
    text_patterns: list[_Pattern]
    needles: list[tuple[list[bytes], _Held]]
    patterns: list[tuple[_Pattern, _Held]]
    found: list[tuple[_Pattern, dict[str, bytes]]]
    matched: list[tuple[_Pattern, dict[str, bool]]]
    held: list[tuple[bytes, dict[str, bool]]]
    mentioned: dict[bytes, bool]


_encoder = msgspec.msgpack.Encoder()
_record = msgspec.msgpack.Decoder(Record)

# --- noting -------------------------------------------------------------------------------------------------------


def record(
    tree: Tree,
    contents: Contents,
    mark: bytes,
    whole: Collection[str],
    plain: Collection[str],
    told: Callable[[str], int],
    path_of: Callable[[str], str],
) -> bytes:
    """The record of a run that failed at nothing. Of files that hold the ``mark`` nothing may change, nor of those that
    are ``whole``, by their names, and ``plain``, by their locations. ``told`` gives the last line of a file, by its
    name, in which something may be found. ``path_of`` gives the path of a location that the record is asked for.

    Raises `OSError` when a file can no longer be read, and `UnicodeEncodeError` for odd names.
    """
    questions = contents.questions
    linted = {source.name for source in tree.files}
    more = [source for source in (*tree.migrations, *tree.others) if source.name not in linted]
    sources = {source.name: source for source in (*tree.files, *more)}
    fixed = {*whole, *(name for name, source in sources.items() if source.location in plain)}
    texts: dict[str, _Text] = {}
    patterns: dict[re.Pattern[str], int] = {}
    for name, asked in questions.texts.items():
        if asked.is_idle:
            continue
        if name in sources and not asked.is_whole and name not in fixed:
            text = _text(contents.unasked(sources[name]), asked, patterns, told(name))
            if text is not None:
                texts[name] = text
                continue
        fixed.add(name)
    paths = {name: path for name, source in sources.items() if (path := path_of(source.location)) != name}
    return _encoder.encode(
        Record(
            mark,
            [source.name for source in tree.files],
            [source.name for source in more],
            paths,
            sorted(fixed),
            texts,
            [_bare(pattern) for pattern in patterns],
            [(list(words), _Held(held.holders, held.seen)) for words, held in questions.needles.items()],
            [(_bare(pattern), _Held(held.holders, held.seen)) for pattern, held in questions.patterns.items()],
            [(_bare(pattern), found) for pattern, found in questions.found.items()],
            [(_bare(pattern), found) for pattern, found in questions.matched.items()],
            list(questions.held.items()),
            questions.mentioned,
        )
    )


def _text(file: SourceFile, asked: TextQuestions, patterns: dict[re.Pattern[str], int], told: int) -> _Text | None:
    """None when it cannot be said in short."""
    if not file.is_sound:
        return None
    nested = flat(file.outline)
    blocks = [each.block for each in nested]
    numbers = {block.begin: number for number, block in enumerate(blocks)}
    wanted = {*asked.ranges, *((begin, end) for begin, end, _ in asked.searches)}
    ranges = _numbered(blocks, {begin for begin, _ in wanted})
    if not asked.lowered <= numbers.keys() or not all(each in ranges or each[0] >= each[1] for each in wanted):
        return None
    return _Text(
        asked.shown,
        _range(file, 0, asked.shown),
        file.rows(nested),
        told,
        placed(nested, told),
        sorted(asked.missed),
        sorted(asked.sought),
        import_rows(imported(file.imports)) if asked.imports else None,
        [(numbers[begin], file.digest(blocks[numbers[begin]])) for begin in sorted(asked.lowered)],
        [(*ranges[each], _range(file, *each)) for each in sorted(asked.ranges) if each in ranges],
        [
            (*ranges[begin, end], patterns.setdefault(pattern, len(patterns)), found)
            for (begin, end, pattern), found in asked.searches.items()
            if (begin, end) in ranges
        ],
    )


def _numbered(blocks: Sequence[Block], begins: Collection[int]) -> dict[tuple[int, int], tuple[int, int]]:
    """Which part of which block a range is, of those that begin at these lines. Of blocks that share their lines, as in
    ``if x: y = 1``, none is there: no one can tell them apart when they have moved. Decorators that are none are not
    there either, nor is the inside of what is no function."""
    found: dict[tuple[int, int], tuple[int, int]] = {}
    shared: set[tuple[int, int]] = set()
    for number, block in enumerate(blocks):
        if block.start - 1 not in begins and block.line - 1 not in begins and block.line not in begins:
            continue
        for part, each in enumerate(parts(block)):
            if part in _ALWAYS or (block.start < block.line if part == DECORATORS else block.kind == "function"):
                if each in found and found[each][0] != number:
                    shared.add(each)
                found.setdefault(each, (number, part))
    return {each: number for each, number in found.items() if each not in shared}


def _range(file: SourceFile, begin: int, end: int) -> bytes:
    return digest(file.between(begin, end).encode("utf-8", "surrogatepass"))


def _bare(pattern: re.Pattern[str] | re.Pattern[bytes]) -> _Pattern:
    made_of = pattern.pattern
    return made_of.decode("latin-1") if isinstance(made_of, bytes) else made_of, pattern.flags


# --- asking again -------------------------------------------------------------------------------------------------


class Alike:
    """Asks changed files what a run asked. Files go by their paths, as in the record."""

    def __init__(self, kept: bytes) -> None:
        """Raises `ValueError` when nothing of this kind was kept."""
        try:
            self._record = _record.decode(kept)
        except (msgspec.MsgspecError, RecursionError) as error:
            raise ValueError("no record") from error
        self._numbers = {name: number for number, name in enumerate(self._record.files)}
        self._whole = frozenset(self._record.whole)
        self._in_place = True

    def all_answer_alike(self, paths: Collection[str], data: Callable[[str], bytes], *, in_place: bool) -> bool:
        """Whether these, all that changed, say what they said, and, ``in_place``, of the same lines. ``data`` gives the
        bytes of any file as they are now. Raises the `OSError` that it raises, and `ValueError` when the record is one
        that nobody kept."""
        self._in_place = in_place
        try:
            return self._all_answer_alike(paths, data)
        except (IndexError, OverflowError, RecursionError, re.error) as error:
            raise ValueError("no record") from error

    def _all_answer_alike(self, paths: Collection[str], data: Callable[[str], bytes]) -> bool:
        names = {path: name for name, path in self._record.paths.items()}
        more = frozenset(self._record.more)
        changed: dict[str, bytes] = {}
        for path in paths:
            name = names.get(path, path)
            if name in self._whole or (name not in self._numbers and name not in more):
                return False
            changed[name] = data(path)
            if not self._answers_alike(name, changed[name]):
                return False
        return self._is_mentioned_alike(changed, lambda name: data(self._record.paths.get(name, name)))

    def _answers_alike(self, name: str, data: bytes) -> bool:
        if self._record.mark in data or not self._bytes_answer_alike(name, data):
            return False
        facts = Facts()
        if known_mistake(data, facts) is not None:
            return False
        asked = self._record.texts.get(name)
        if asked is None:
            return True
        try:
            return self._text_answers_alike(asked, SourceFile(name, data, facts))
        except Unreadable:
            return False

    def _bytes_answer_alike(self, name: str, data: bytes) -> bool:
        record, number = self._record, self._numbers.get(name)
        for needles, held in record.needles:
            if number is not None and number < held.seen:
                if any(needle in data for needle in needles) is not (number in held.holders):
                    return False
        for made_of, held in record.patterns:
            if number is not None and number < held.seen:
                if (_of_bytes(made_of).search(data) is not None) is not (number in held.holders):
                    return False
        for needle, said in record.held:
            if name in said and (needle in data) is not said[name]:
                return False
        for made_of, said in record.matched:
            if name in said and (_of_bytes(made_of).search(data) is not None) is not said[name]:
                return False
        for made_of, digests in record.found:
            if name in digests and found_digest(_of_bytes(made_of).findall(data)) != digests[name]:
                return False
        return True

    def _text_answers_alike(self, asked: _Text, file: SourceFile) -> bool:
        nested = self._as_before(asked, file) if file.is_sound else None
        if nested is None or _range(file, 0, asked.shown) != asked.top:
            return False
        if self._in_place and placed(nested, asked.told) != asked.placed:
            return False
        blocks = [each.block for each in nested]
        return (
            all(file.digest(blocks[number]) == said for number, said in asked.lowered)
            and all(_range(file, *parts(blocks[block])[part]) == said for block, part, said in asked.ranges)
            and all(
                file.holds(self._of_text(number), *parts(blocks[block])[part]) is said
                for block, part, number, said in asked.searches
            )
        )

    def _as_before(self, asked: _Text, file: SourceFile) -> list[Nested] | None:
        """The blocks that were there, if no others are there that matter, nor other imports."""
        nested = flat(file.outline)
        found = told_apart(nested, rows(nested), asked.rows)
        names = imported(file.imports)
        before = import_rows(names) if asked.imports is None else asked.imports
        found_names = told_apart(names, import_rows(names), before)
        if found is None or found_names is None:
            return None
        if not found[1] and not found_names[1]:
            return found[0]
        holding = {number for number, _, _, said in asked.searches if said}
        busy = {*(number for number, _ in asked.lowered), *(number for number, _, _ in asked.ranges), *holding}
        searched = ((block, part, number) for block, part, number, _ in asked.searches)
        patterns = [self._of_text(number) for number in range(len(self._record.text_patterns))]
        added = Added(found[0], found_names[0], Asked(busy, searched, asked.missed, asked.sought), patterns)
        is_idle = added.are_idle_blocks(found[1], file) and added.are_idle_imports(found_names[1])
        return found[0] if is_idle else None

    def _of_text(self, number: int) -> re.Pattern[str]:
        made_of, flags = self._record.text_patterns[number]
        return re.compile(made_of, flags)

    def _is_mentioned_alike(self, changed: dict[str, bytes], data: Callable[[str], bytes]) -> bool:
        """Whether the needles that any linted file held are the same."""
        linted = [text for name, text in changed.items() if name in self._numbers]
        missing: list[bytes] = []
        for needle, said in self._record.mentioned.items():
            if any(needle in text for text in linted) is not said:
                if not said:
                    return False
                missing.append(needle)
        # What the changed files do not hold (any more) another one may.
        return all(any(needle in data(name) for name in self._record.files) for needle in missing)


def _of_bytes(pattern: _Pattern) -> re.Pattern[bytes]:
    made_of, flags = pattern
    return re.compile(made_of.encode("latin-1"), flags)
