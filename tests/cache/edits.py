"""Random changes to a project, and whether a warm run says after each what a cold one says.

`python -m tests.cache.edits FOLDER --steps 200 --seed 1` tries it on a copy of a real project, which it changes.
"""

from __future__ import annotations

import argparse
import io
import os
import random
import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path

from delete_lint.cache import answers
from delete_lint.cli import run
from tests.repositories import Work

#: Lines that add something to say, or take it away, or do neither.
LINES = (
    "# nothing\n",
    "\n",
    "LIMIT = 10\n",
    "\n\ndef forget_all():\n    Order.objects.all().delete()\n",
    "\n\ndef forget_each(orders):\n    for order in orders:\n        order.delete()\n",
    "import time\n",
    "class Broken(:\n",
    "# delete-lint: ignore-file[unfiltered_delete] on purpose\n",
    "\nfrom django.db import models\n\n\nclass Extra(models.Model):\n"
    '    order = models.ForeignKey("shop.Order", on_delete=models.CASCADE)\n',
)
#: What may be put between two other things: ``NAME`` and ``BODY`` are filled in.
DEFINITIONS = (
    b"def NAME(self, *args):\n    BODY\n\n",
    b"def NAME(self, order=None):\n    BODY\n\n",
    b"async def NAME(instance):\n    BODY\n\n",
    b"@property\ndef NAME(self):\n    BODY\n\n",
    b"NAME = 3\n",
    b"NAME = NAME2 = [1, 2]\n",
    b"from some.where import NAME\n",
    b"from some.where import other as NAME\n",
    b"import NAME\n",
)
BODIES = (
    b"return self",
    b"return self.objects.all()",
    b"order.delete()",
    b"print(order)",
    b"post_delete.connect(self)",
    b"self.name = order",
    b"return NAME(1)",
    b"import time; time.sleep(1)",
)
SETTINGS = (
    "",
    "max-depth = 1\n",
    'ignore = ["unfiltered_delete"]\n',
    'extend-exclude = ["shop/tasks.py"]\n',
    'django-version = "4.2"\n',
    'exclude = ["nothing"]\n',
    "include-tests = true\n",
)
IGNORED = ("", "tasks.py\n", "*_copy.py\n", "shop/\n", "__pycache__/\n")
OPTIONS: tuple[tuple[str, ...], ...] = (
    (".",),
    (".", "--format", "json"),
    (".", "--format", "sarif"),
    (".", "--statistics"),
    ("shop",),
    (".", "--isolated"),
    (".", "--include-tests", "--include-migrations"),
    (".", "-q", "--select", "unfiltered_delete"),
)


@dataclass
class Said:
    status: int
    out: str
    err: str


def said(folder: Path, *arguments: str) -> Said:
    out, err = io.StringIO(), io.StringIO()
    with chdir(folder), redirect_stdout(out), redirect_stderr(err):
        status = run(list(arguments))
    return Said(status, out.getvalue(), err.getvalue())


@dataclass
class Edits:
    """Changes ``folder``, a git repository. ``done`` tells what was changed, ``replayed`` how often a warm run was
    answered from an earlier one."""

    folder: Path
    chance: random.Random
    done: list[str] = field(default_factory=list)
    replayed: int = 0

    def step(self) -> None:
        """One change (or none), and a warm and a cold run. Raises `AssertionError` when they do not say the same."""
        choices: list[Callable[[], str]] = [
            lambda: "nothing",
            self._append,
            self._append,
            self._insert,
            self._take_out,
            *[self._word] * 6,
            *[self._define] * 4,
            self._comment,
            self._line,
            self._add,
            self._delete,
            self._rename,
            self._settings,
            self._ignored,
            self._touch,
            self._rewrite,
            self._branch,
            self._move,
            self._requirements,
            self._link,
            self._noise,
        ]
        self.done.append(self.chance.choice(choices)())
        options = self.chance.choice(OPTIONS)
        if not (self.folder / options[0]).is_dir():
            options = (".", *options[1:])
        before = AGAIN.hits
        warm = said(self.folder, *options)
        self.replayed += AGAIN.hits - before
        cold = said(self.folder, *options, "--no-cache")
        assert warm == cold, f"{options} after {self.done}"

    def _files(self) -> list[Path]:
        found = [path for path in self.folder.rglob("*.py") if ".git" not in path.parts and path.is_file()]
        return sorted(found)

    def _append(self) -> str:
        file = self.chance.choice(self._files())
        line = self.chance.choice(LINES)
        with file.open("a", encoding="utf-8") as stream:
            stream.write(line)
        return f"append {line!r} to {file.name}"

    def _insert(self) -> str:
        file = self.chance.choice(self._files())
        text = file.read_bytes()
        file.write_bytes(b"# one line more\n" + text)
        return f"move {file.name} down"

    def _take_out(self) -> str:
        file = self.chance.choice(self._files())
        lines = file.read_bytes().splitlines(keepends=True)
        if lines:
            del lines[self.chance.randrange(len(lines))]
        file.write_bytes(b"".join(lines))
        return f"take a line out of {file.name}"

    def _word(self) -> str:
        """One word in the place of another, which most often changes nothing that matters."""
        file = self.chance.choice(self._files())
        text = file.read_bytes()
        words = list(re.finditer(rb"\w+", text))
        if words:
            old, new = self.chance.choice(words), self.chance.choice(words)
            file.write_bytes(text[: old.start()] + new[0] + text[old.end() :])
        return f"put another word into {file.name}"

    def _define(self) -> str:
        """Something of a new name, or of one that somebody may ask for, between two other things."""
        file = self.chance.choice(self._files())
        lines = file.read_bytes().splitlines(keepends=True)
        places = [number for number, line in enumerate(lines) if re.match(rb"(?:    )?(?:@|def |class |\w+ = )", line)]
        number = self.chance.choice([*places, len(lines)])
        indent = b"    " if number < len(lines) and lines[number].startswith(b" ") else b""
        words = re.findall(rb"[a-z_]\w+", self.chance.choice([file, self.chance.choice(self._files())]).read_bytes())
        name = self.chance.choice([b"brand_new", b"delete", b"ready", *self.chance.sample(words, min(len(words), 9))])
        body = self.chance.choice(BODIES)
        text = self.chance.choice(DEFINITIONS).replace(b"NAME", name).replace(b"BODY", body)
        added = [indent + line for line in text.splitlines(keepends=True)]
        if number < len(lines) and number in places and self.chance.random() < 0.2:
            number += 1  # which may be no place for it
        file.write_bytes(b"".join([*lines[:number], *added, *lines[number:]]))
        return f"define {text!r} in line {number} of {file.name}"

    def _line(self) -> str:
        file = self.chance.choice(self._files())
        lines = file.read_bytes().splitlines(keepends=True)
        lines.insert(self.chance.randrange(len(lines) + 1), self.chance.choice([b"\n", b"# a line more\n"]))
        file.write_bytes(b"".join(lines))
        return f"a line more in {file.name}"

    def _comment(self) -> str:
        file = self.chance.choice(self._files())
        lines = file.read_bytes().splitlines(keepends=True)
        if lines:
            number = self.chance.randrange(len(lines))
            lines[number] = lines[number].rstrip(b"\r\n") + b"  # here\n"
        file.write_bytes(b"".join(lines))
        return f"comment on a line of {file.name}"

    def _add(self) -> str:
        file = self.chance.choice(self._files())
        new = file.with_name(f"{file.stem}_copy.py")
        shutil.copy(file, new)
        return f"add {new.name}"

    def _delete(self) -> str:
        file = self.chance.choice(self._files()[1:] or self._files())
        if len(self._files()) < 5:
            return "nothing"
        file.unlink()
        return f"delete {file.name}"

    def _rename(self) -> str:
        file = self.chance.choice(self._files())
        file.rename(file.with_name(f"r{self.chance.randrange(9)}_{file.name}"))
        return f"rename {file.name}"

    def _settings(self) -> str:
        text = self.chance.choice(SETTINGS)
        (self.folder / "delete-lint.toml").write_text(text, encoding="utf-8")
        return f"settings {text!r}"

    def _ignored(self) -> str:
        text = self.chance.choice(IGNORED)
        place = self.chance.choice([self.folder, self.chance.choice(self._files()).parent])
        (place / ".gitignore").write_text(text, encoding="utf-8")
        return f"ignore {text!r} in {place.name}"

    def _touch(self) -> str:
        """As a checkout, or an archive, sets times."""
        moment = self.chance.randrange(1_600_000_000, 1_700_000_000)
        for file in self._files():
            os.utime(file, (moment, moment))
        return "touch all"

    def _rewrite(self) -> str:
        """Other bytes of the same size, and the times as they were."""
        file = self.chance.choice(self._files())
        status = file.stat()
        data = file.read_bytes()
        there, back = (b"delete(", b"delet3(") if b"delete(" in data else (b"delet3(", b"delete(")
        file.write_bytes(data.replace(there, back))
        os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
        return f"rewrite {file.name}"

    def _branch(self) -> str:
        work = Work(self.folder)
        work.git("add", "-A")
        work.git("commit", "-q", "--allow-empty", "--no-verify", "-m", "so far")
        name = self.chance.choice(["one", "two"])
        known = f" {name}\n" in work.git("branch")
        work.git("checkout", "-q", *([] if known else ["-b"]), name)
        return f"branch {name}"

    def _move(self) -> str:
        new = self.folder.with_name(f"{self.folder.name[:8]}{self.chance.randrange(999)}")
        if not new.exists():
            self.folder = self.folder.rename(new)
        return "move all"

    def _requirements(self) -> str:
        version = self.chance.choice(["4.2.1", "5.2", "6.0"])
        (self.folder / "requirements.txt").write_text(f"django=={version}\n", encoding="utf-8")
        return f"pin {version}"

    def _link(self) -> str:
        link = self.folder / "linked.py"
        link.unlink(missing_ok=True)
        link.symlink_to(self.chance.choice([*self._files(), Path("nowhere.py")]))
        return "link"

    def _noise(self) -> str:
        (self.folder / "README.md").write_text(str(self.chance.random()), encoding="utf-8")
        (self.chance.choice(self._files()).parent / "__pycache__").mkdir(exist_ok=True)
        return "noise"


class _Counted:
    """How often somebody was answered from an earlier run."""

    def __init__(self) -> None:
        self.hits = 0
        self._asked = answers.again

    def __call__(self, asked: bytes, folder: str) -> answers.Said | None:
        found = self._asked(asked, folder)
        self.hits += found is not None
        return found


AGAIN = _Counted()


def counted() -> None:
    """Has the answers from earlier runs counted that are given in this process from now on."""
    answers.again = AGAIN


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    counted()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch, "project")
        shutil.copytree(given.folder, folder, ignore=shutil.ignore_patterns(".git", ".delete_lint_cache"))
        Work(folder).git("init", "-q")
        edits = Edits(folder, random.Random(given.seed))
        for number in range(given.steps):
            edits.step()
            print(f"{number + 1}: {edits.done[-1]} ({edits.replayed} replayed)", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
