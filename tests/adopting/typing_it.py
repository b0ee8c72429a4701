"""The guide's commands are typed in a project, and what they print is compared with what the guide shows."""

from __future__ import annotations

import re

from tests.adopting.guide import BLOCKS
from tests.adopting.project import Project

#: The command lines of the guide that end with status 1, as there is something to find.
FINDING = frozenset(
    {
        "delete-lint src/ --statistics",
        "delete-lint src/ --select blocking_receiver",
        "delete-lint src/ --no-baseline --select dispatch_before_commit",
        "delete-lint src/ --no-baseline --select dispatch_before_commit --unsafe-fixes --diff",
    }
)


def go_through(part: str, project: Project) -> None:
    """Puts the files of this part where they belong and types its commands, from top to bottom."""
    for block in BLOCKS:
        if block.part != part:
            continue
        if block.is_of_a_file and block.file is not None:
            project.put(block.file)
        if block.language == "console":
            for command, shown in block.typed:
                done = project.run(command)
                assert done.returncode == int(command in FINDING), f"$ {command}\n{done.stdout}"
                assert _pattern(shown).fullmatch(_words(done.stdout)), f"$ {command}\n{done.stdout}"


def _pattern(shown: list[str]) -> re.Pattern[str]:
    """`…` stands for anything, and a number for any."""
    words = re.escape(_words("\n".join(shown)))
    return re.compile(re.sub(r"(\\ )?…(\\ )?", ".*", words))


def _words(text: str) -> str:
    """The text on one line, with all numbers the same: the guide wraps long lines, and the shop grows."""
    return " ".join(re.sub(r"\d+", "0", text).split())
