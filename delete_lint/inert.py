r"""What must not come out as it is: a terminal or the log of a CI service would do something with it.

Nothing is imported here that takes long.
"""

from __future__ import annotations

#: Control characters, and the invisible ones that turn the direction of text around or end a line.
UNPRINTABLE = "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
#: How the lines start by which GitHub Actions shows findings beside the code.
ANNOTATIONS = ("::error file=", "::warning file=", "::notice file=")


def is_inert(text: str) -> bool:
    """Whether a terminal and a CI service do nothing with it but show it, colour it, and annotate files. It may come
    from a cache that a stranger has written."""
    return all(map(_is_line_inert, text.split("\n")))


def _is_line_inert(line: str) -> bool:
    if not line.isprintable() and _is_unprintable(line):
        return False
    if line.lstrip().startswith("::") and not line.startswith(ANNOTATIONS):
        return False
    # What CI services obey wherever it stands: `##[group]`, `##vso[task.complete]`.
    words = (part.partition("[") for part in line.split("##")[1:])
    return not any(bracket and (not word or word.replace("_", "x").isalnum()) for word, bracket, _ in words)


def _is_unprintable(line: str) -> bool:
    import re

    return re.search(UNPRINTABLE, re.sub("\x1b\\[[0-9;]{0,4}m", "", line)) is not None
