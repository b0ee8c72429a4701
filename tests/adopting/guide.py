"""The guide to adopting delete-lint, taken apart."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby

from delete_lint import __version__
from tests.command import ROOT

GUIDE = ROOT / "docs" / "adopting.md"
FILES = ROOT / "examples" / "adopting"
HOME_PAGE = "https://github.com/OWNER/delete-lint"
INSTALLED = f"delete-lint @ git+{HOME_PAGE}@v{__version__}"
SHELLS = ("bash", "zsh", "fish")


@dataclass(frozen=True)
class Block:
    """A box of the guide. ``file`` is the one in ``examples/adopting`` that was named last before it."""

    part: str
    language: str
    text: str
    file: str | None

    @property
    def is_of_a_file(self) -> bool:
        return self.language in ("yaml", "toml", "python")

    @property
    def typed(self) -> list[tuple[str, list[str]]]:
        """The commands, each with the lines that are shown below it."""
        found: list[tuple[str, list[str]]] = []
        for line in self.text.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            else:
                found[-1][1].append(line)
        return found


def _blocks() -> list[Block]:
    found: list[Block] = []
    for part in re.split(r"^## ", GUIDE.read_text(), flags=re.MULTILINE)[1:]:
        title, _, text = part.partition("\n")
        file = None
        for match in re.finditer(
            r"\]\(\.\./examples/adopting/(?P<file>[^)]+)\)|^```(?P<language>\w+)\n(?P<text>.*?)^```$",
            text,
            re.MULTILINE | re.DOTALL,
        ):
            if match["file"]:
                file = match["file"]
            else:
                found.append(Block(title, match["language"], match["text"], file))
    return found


BLOCKS = _blocks()
PARTS = [part for part, _ in groupby(BLOCKS, key=lambda block: block.part)]
