"""Messages for places that render Markdown: spans of code stay what they are, everything else is plain text."""

from __future__ import annotations

import re

from delete_lint.output.style import printable

_CODE = re.compile(r"(?<!`)`([^`]+)`(?!`)")
#: What begins or ends markup in running text. A ``_`` in front of a letter ends none. Mentions, autolinks and
#: references to issues know no backslash: a character without width parts them.
_MARKUP = re.compile(r"(?P<slash>[\\`*\[\]<>|~]|!(?=\[)|&(?=[#\w])|_(?![^\W_]))|(?P<part>@|:(?=//)|#(?=\d)|www(?=\.))")
#: What makes a block of the line that it starts.
_BLOCK = re.compile(r"\A([#+-]|\d+(?=[.)]))")


def markdown(text: str) -> str:
    """One line of text that reads the same when it is rendered."""
    pieces: list[str] = []
    end = 0
    shown = printable(text)
    for code in _CODE.finditer(shown):
        pieces += [_plain(shown[end : code.start()]), code[0]]
        end = code.end()
    pieces.append(_plain(shown[end:]))
    return _BLOCK.sub(_at_the_start, "".join(pieces).strip())


def _plain(text: str) -> str:
    return _MARKUP.sub(lambda match: f"\\{match[0]}" if match["slash"] else f"{match[0]}\u200b", text)


def _at_the_start(match: re.Match[str]) -> str:
    return f"{match[1]}\\" if match[1].isdigit() else f"\\{match[1]}"
