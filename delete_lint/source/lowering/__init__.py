"""From libcst's tree to the facts of `delete_lint.source.syntax`.

libcst gives positions only through its metadata wrapper, which costs twice the parsing. Here the tree is walked in
the order of the source, and each name, number, string and bracket takes the next token of the same text.
"""

from delete_lint.source.lowering.module import NotParsed, lower

__all__ = ["NotParsed", "lower"]
