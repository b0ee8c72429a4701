"""Suppression comments: ``# delete-lint: ignore[rule] reason`` and ``# delete-lint: ignore-file[rule] reason``."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from msgspec import Struct

from delete_lint.findings import Finding
from delete_lint.graph.place import Place
from delete_lint.graph.receiver import Receiver
from delete_lint.remedies import DropSuppression
from delete_lint.report import Suppressed
from delete_lint.rule import UNUSED
from delete_lint.selection import unknown_name

#: What a file must hold for it to be worth looking for suppressions in it.
MARK = b"delete-lint:"

_COMMENT = re.compile(
    r"#\s*delete-lint:\s*(?P<word>[\w-]*)[^\S\n]*(?:\[(?P<rules>[^\]#]*)\])?(?P<reason>[^#]*)", re.IGNORECASE
)
_STATEMENT_WITH_DECORATORS = re.compile(r"\s*(?:async\s+def|def|class)\b")


class CommentedSource(Protocol):
    """What is asked of a source file: positions count from 1, ``logical_line`` is the first and last line of the
    statement that a line belongs to."""

    @property
    def lines(self) -> Sequence[str]: ...

    @property
    def comments(self) -> Iterable[tuple[int, int, str]]: ...

    def logical_line(self, line: int) -> tuple[int, int]: ...


class Suppression(Struct, frozen=True):
    """One comment; ``rules`` is None when it names none and so means all of them."""

    place: Place
    text: str
    word: str
    rules: tuple[str, ...] | None
    reason: str = ""

    @property
    def understood(self) -> bool:
        is_unclosed = self.rules is None and self.reason.startswith("[")
        return self.word in ("ignore", "ignore-file") and not is_unclosed


@dataclass
class FileSuppressions:
    """The suppressions of one file, and which of them have been of use."""

    source: CommentedSource
    suppressions: list[Suppression]
    used: set[tuple[Suppression, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        # By line (0 for the whole file) and rule (None for all): a file may have as many comments as findings.
        self._about: dict[tuple[int, str | None], list[tuple[int, Suppression]]] = {}
        for number, suppression in enumerate(self.suppressions):
            if suppression.understood:
                line = suppression.place.line if suppression.word == "ignore" else 0
                for rule in dict.fromkeys(suppression.rules or ()) if suppression.rules is not None else (None,):
                    self._about.setdefault((line, rule), []).append((number, suppression))
        self._has_lines = any(line for line, _ in self._about)

    def suppress(self, finding: Finding) -> Suppression | None:
        """The first comment that suppresses the finding."""
        rules = (finding.rule, None) if finding.rule != UNUSED else (finding.rule,)
        found = [
            each for line in (0, *self._lines(finding)) for rule in rules for each in self._about.get((line, rule), ())
        ]
        for _, suppression in found:
            # Once more without the rule: whether it was of any use.
            self.used |= {(suppression, finding.rule), (suppression, "")}
        return min(found, key=lambda each: each[0])[1] if found else None

    def _lines(self, finding: Finding) -> set[int]:
        """Those on which a comment speaks of a finding, if there is any such comment."""
        return _lines_about(self.source, finding) if self._has_lines else set()


@dataclass
class Suppressions:
    """The suppressions of all files."""

    files: dict[str, FileSuppressions]

    @classmethod
    def read(cls, sources: Mapping[str, CommentedSource], names: Iterable[str]) -> Suppressions:
        """Reads the comments of the named files."""
        files: dict[str, FileSuppressions] = {}
        for name in names:
            source = sources[name]
            found = list(suppressions_in(name, source))
            if found:
                files[name] = FileSuppressions(source, found)
        return cls(files)

    def split(self, findings: Iterable[Finding]) -> tuple[list[Finding], list[Suppressed]]:
        """The findings that stay and those that are suppressed."""
        kept: list[Finding] = []
        suppressed: list[Suppressed] = []
        for finding in findings:
            file = self.files.get(finding.place.file)
            by = file.suppress(finding) if file is not None else None
            if by is None:
                kept.append(finding)
            else:
                suppressed.append(Suppressed(finding, by.place, by.reason))
        return kept, suppressed

    def unused(self, known: Collection[str], ran: Collection[str]) -> Iterator[Finding]:
        """A finding for each comment that suppressed nothing, or names a rule that does not exist.

        Nothing is said of a rule that did not run: its findings may well be there.
        """
        for file in self.files.values():
            for suppression in file.suppressions:
                problem = _problem(suppression, file.used, known, ran)
                if problem is not None:
                    message, help_text = problem
                    yield Finding(
                        place=suppression.place,
                        message=message,
                        help=help_text,
                        identity=suppression.text.strip(),
                        remedy=_remedy(suppression, file.used, known, ran),
                    )


def _problem(
    suppression: Suppression, used: Collection[tuple[Suppression, str]], known: Collection[str], ran: Collection[str]
) -> tuple[str, str] | None:
    if not suppression.understood:
        message = f'"{suppression.text.strip()}" is not understood, and so suppresses nothing'
        return message, "write `# delete-lint: ignore[rule_name] reason`, or `ignore-file` for the whole file"
    if suppression.rules is None:
        if (suppression, "") in used or set(known) - set(ran):
            return None
        return "this suppression of all rules suppresses nothing", _removal(suppression)
    if not suppression.rules:
        return "this suppression names no rule", _removal(suppression)
    unknown = [name for name in suppression.rules if name not in known]
    if unknown:
        return "; ".join(unknown_name("rule", name, known) for name in unknown), "write the rule's name in full"
    idle = _idle(suppression, suppression.rules, used, ran)
    if not idle:
        return None
    message = f"this suppression of {' and '.join(idle)} suppresses nothing"
    if len(idle) < len(suppression.rules):
        return message, f"take {' and '.join(idle)} out of the brackets"
    return message, _removal(suppression)


def _remedy(
    suppression: Suppression, used: Collection[tuple[Suppression, str]], known: Collection[str], ran: Collection[str]
) -> DropSuppression | None:
    """For a suppression of which something is of no use. One that is not understood is better rewritten."""
    if not suppression.understood:
        return None
    if not suppression.rules:
        return DropSuppression(suppression.place)
    useless = {*_idle(suppression, suppression.rules, used, ran), *set(suppression.rules).difference(known)}
    rest = [name for name in suppression.rules if name not in useless and name != UNUSED]
    if not rest:
        return DropSuppression(suppression.place)
    return DropSuppression(suppression.place, tuple(name for name in suppression.rules if name in useless))


def _idle(
    suppression: Suppression, rules: Iterable[str], used: Collection[tuple[Suppression, str]], ran: Collection[str]
) -> list[str]:
    return [name for name in rules if name in ran and name != UNUSED and (suppression, name) not in used]


def _removal(suppression: Suppression) -> str:
    if suppression.word == "ignore-file":
        return "remove the comment"
    return "remove the comment, or move it to the line that the finding stands on"


def suppressions_in(file: str, source: CommentedSource) -> Iterator[Suppression]:
    """The comments of one file."""
    for line, column, text in source.comments:
        for match in _COMMENT.finditer(text):
            rules = match["rules"]
            start = column + match.start()
            yield Suppression(
                place=Place(file, line, start, line, start + len(match[0].rstrip())),
                text=match[0],
                word=match["word"].lower(),
                rules=None if rules is None else tuple(name.strip() for name in rules.split(",") if name.strip()),
                reason=match["reason"].strip(),
            )


def lines_of(source: CommentedSource, line: int) -> set[int]:
    """The lines on which a comment speaks of what stands at ``line``: the line itself, the first and the last of its
    statement; for a function or class all lines of its header and its decorators."""
    first, last = source.logical_line(line)
    lines = {line, first, last}
    while _is_decorator(source, first) and last < len(source.lines):
        first, last = source.logical_line(_next(source, last + 1, 1))
    if not _STATEMENT_WITH_DECORATORS.match(_text(source, first)):
        return lines
    lines.update(range(first, last + 1))
    above = _next(source, first - 1, -1)
    while above >= 1:
        first, last = source.logical_line(above)
        if not _is_decorator(source, first):
            break
        lines.update(range(first, last + 1))
        above = _next(source, first - 1, -1)
    return lines


def _lines_about(source: CommentedSource, finding: Finding) -> set[int]:
    """The lines on which a comment speaks of a finding. The head of a receiver speaks for what stands in its body, too,
    as far as that is about the receiver."""
    place = finding.place
    lines = lines_of(source, place.line)
    about = finding.subjects[0] if finding.subjects else None
    head = about.place if isinstance(about, Receiver) else None
    if head is not None and head.file == place.file and _is_in_body(source, head.line, place.line):
        lines |= lines_of(source, head.line)
    return lines


def _is_in_body(source: CommentedSource, head: int, line: int) -> bool:
    """Whether a line stands in the body of the function whose ``def`` is at ``head``."""
    begin, end = source.logical_line(head)
    while end < line:
        at = end + 1
        if _text(source, at).lstrip()[:1] not in ("", "#") and _indent(source, at) <= _indent(source, begin):
            return False
        end = max(at, source.logical_line(at)[1])
    return line > head


def _indent(source: CommentedSource, line: int) -> int:
    text = _text(source, line).expandtabs()
    return len(text) - len(text.lstrip())


def _next(source: CommentedSource, line: int, step: int) -> int:
    """The first line from ``line`` on that is neither blank nor a comment."""
    while 1 <= line <= len(source.lines) and _text(source, line).lstrip()[:1] in ("", "#"):
        line += step
    return min(line, len(source.lines))


def _is_decorator(source: CommentedSource, line: int) -> bool:
    return _text(source, line).lstrip().startswith("@")


def _text(source: CommentedSource, line: int) -> str:
    return source.lines[line - 1] if 1 <= line <= len(source.lines) else ""
