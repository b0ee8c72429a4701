"""Takes a suppression that suppresses nothing out of the source, or single rules out of its brackets."""

from __future__ import annotations

import re

from delete_lint.findings import Edit
from delete_lint.fixes.context import Context
from delete_lint.fixes.granted import Granted
from delete_lint.remedies import DropSuppression

_brackets = re.compile(r"\[(?P<rules>[^\]#]*)\]")
_piece = re.compile(r"[^,]*,?")


def fix(remedy: DropSuppression, context: Context) -> Granted | None:
    place = remedy.comment
    line = context.source.lines[place.line - 1]
    begin, end = place.column - 1, place.end_column - 1
    if place.end_line != place.line or not line.startswith("#", begin):
        return None
    first = context.offset(place.line, 1)
    if remedy.rules is not None:
        brackets = _brackets.search(line, begin, end)
        kept = _without(brackets["rules"], remedy.rules) if brackets else None
        if brackets and kept:
            edit = Edit(first + brackets.start("rules"), first + brackets.end("rules"), kept)
            return Granted(f"take {_named(remedy.rules)} out of the brackets", "safe", (edit,))
    return Granted("remove the comment", "safe", (_removal(context.text, first, line, begin, end),))


def _without(written: str, rules: tuple[str, ...]) -> str:
    """What stands between the brackets, as it is written but for these rules."""
    pieces = [piece for piece in _piece.findall(written) if piece.strip(" \t,") not in (*rules, "")]
    return "".join(pieces).strip().removesuffix(",").rstrip()


def _removal(text: str, first: int, line: str, begin: int, end: int) -> Edit:
    before, after = line[:begin], line[end:]
    if after.strip():  # another comment follows: it takes the place of this one
        return Edit(first + begin, first + end + len(after) - len(after.lstrip()), "")
    if before.strip():
        return Edit(first + len(before.rstrip()), first + len(line), "")
    stop = min(first + len(line) + 1, len(text))
    return Edit(first, stop, "")


def _named(rules: tuple[str, ...]) -> str:
    return " and ".join(rules)
