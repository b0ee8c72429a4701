"""The bases of a class as they are written."""

from __future__ import annotations

import re

from delete_lint.source import syntax
from delete_lint.source.annotations import dotted_name, split_at_commas
from delete_lint.source.declarations import ClassDecl
from delete_lint.source.syntax import Expr

#: A base that is a dotted name, with or without something in square brackets; or a keyword, which is no base.
_PLAIN_BASE = re.compile(r"\s*(?:(\w+\s*=.*)|([A-Za-z_][\w.]*)\s*(?:\[.*\])?|)\s*", re.DOTALL)


def written_bases(decl: ClassDecl) -> list[Expr]:
    """The bases as expressions, without what stands in their square brackets. Most are plain names, which the outline
    has already: the class need not be parsed for them."""
    if decl.block is not None:
        plain = _plain_bases(decl.block.bases)
        if plain is not None:
            return plain
    return [
        arg.value.value if isinstance(arg.value, syntax.Subscript) else arg.value
        for arg in decl.node.bases
        if arg.keyword is None and not arg.star
    ]


def _plain_bases(text: str) -> list[Expr] | None:
    found: list[Expr] = []
    if "#" in text:
        return None
    for part in split_at_commas(text):
        match = _PLAIN_BASE.fullmatch(part)
        if match is None:
            return None
        if match[2]:
            found.append(dotted_name("".join(match[2].split())))
    return found
