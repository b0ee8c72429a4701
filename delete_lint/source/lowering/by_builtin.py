"""From a text to statements by way of the standard library's parser: ten times as fast as libcst, and already imported.

It reads the syntax of the running Python only, and its tree leaves some things out: both end in `GiveUp`.
"""

from __future__ import annotations

import ast
import unicodedata
import warnings
from collections.abc import Sequence

from delete_lint.source import syntax
from delete_lint.source.lowering.builtin_statements import BuiltinStatements
from delete_lint.source.lowering.places import GiveUp, Places
from delete_lint.source.tokens import tokens

_COMPOUND = (
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.If,
    ast.For,
    ast.AsyncFor,
    ast.While,
    ast.With,
    ast.AsyncWith,
    ast.Try,
    ast.TryStar,
    ast.Match,
)


def lower_with_builtin(text: str, origin: Sequence[int]) -> list[list[syntax.Stmt]]:
    """As `delete_lint.source.lowering.lower` says. Raises `GiveUp` when libcst must be asked."""
    if not text.isascii() and _renames(text):
        raise GiveUp
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # such as invalid escape sequences
            module = compile(text, "<block>", "exec", ast.PyCF_ONLY_AST, dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError, SystemError):
        raise GiveUp from None
    assert isinstance(module, ast.Module)
    lowering = BuiltinStatements(Places(text, origin))
    found: list[list[syntax.Stmt]] = []
    line_end = 0
    for node in module.body:
        statement = lowering.statement(node)
        # What stands behind a semicolon belongs to the line of what is in front of it.
        if node.lineno == line_end and not isinstance(node, _COMPOUND):
            found[-1].append(statement)
        else:
            found.append([statement])
        line_end = node.end_lineno or 0
    return found


def _renames(text: str) -> bool:
    """Whether a name would be another one in Python's normal form, in which the tree has it."""
    if unicodedata.is_normalized("NFKC", text):
        return False
    return any(
        not (token.isascii() or token[-1] in "\"'" or unicodedata.is_normalized("NFKC", token))
        for token in tokens(text).texts
    )
