"""Completion in real shells on a real terminal: what is typed, a tab, and what the command is then given."""

from __future__ import annotations

import os
import re
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("needs a terminal as Unix has it", allow_module_level=True)

import pty

ROOT = Path(__file__).resolve().parents[2]
SHELLS = {
    "bash": ["--noprofile", "--norc", "-i"],
    "zsh": ["-f", "-i"],
    "fish": ["--no-config", "-i"],
}
SETUP = {
    "bash": "PS1='READY> '; source ./script",
    "zsh": "PROMPT='READY> '; unsetopt prompt_sp beep; autoload -U compinit; compinit -u -D; source ./script",
    "fish": "function fish_prompt; echo -n 'READY> '; end; source ./script",
}
#: It tells what it was given, and answers the shell's questions as the real command does.
COMMAND = """\
#!/bin/sh
if [ -n "$_DELETE_LINT_COMPLETE" ]; then {python} -m delete_lint; echo >> {asked}; exit; fi
echo "GIVEN<$*>"
"""


_ON_A_TERMINAL = """\
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execvp(sys.argv[1], sys.argv[1:])
"""


class Terminal:
    """A shell on a terminal. Each question of the shell leaves a line in the file ``asked``."""

    def __init__(self, shell: str, folder: Path, environment: dict[str, str], asked: Path) -> None:
        self.asked = asked
        self.master, slave = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-c", _ON_A_TERMINAL, shell, *SHELLS[shell]],
            cwd=folder,
            env=environment,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)

    def send(self, text: str) -> None:
        os.write(self.master, text.encode())

    def until(self, pattern: str, seconds: float) -> str:
        """What is shown until the pattern is; fails when it does not come."""
        shown = ""
        end = time.monotonic() + seconds
        while re.search(pattern, shown) is None:
            if time.monotonic() > end or not self._is_ready(max(0.0, end - time.monotonic())):
                raise AssertionError(f"no {pattern!r} in {shown!r}")
            shown += os.read(self.master, 4096).decode(errors="replace")
        return shown

    def settled(self, seconds: float) -> None:
        """Waits until nothing more is shown for a while."""
        while self._is_ready(seconds):
            os.read(self.master, 4096)

    def complete(self, text: str) -> None:
        """Types the text and a tab, and waits for what comes of it."""
        before = self._questions()
        self.send(text + "\t")
        end = time.monotonic() + 20
        while self._questions() == before and time.monotonic() < end:
            self.settled(0.05)
        self.settled(0.3)

    def _questions(self) -> int:
        return len(self.asked.read_bytes()) if self.asked.exists() else 0

    def _is_ready(self, seconds: float) -> bool:
        return bool(select.select([self.master], [], [], seconds)[0])

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.master)


@pytest.fixture(params=SHELLS)
def terminal(request: pytest.FixtureRequest, project: Path, tmp_path: Path) -> Iterator[Terminal]:
    shell: str = request.param
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    commands = tmp_path / "bin"
    commands.mkdir()
    (commands / "delete-lint").write_text(COMMAND.format(python=sys.executable, asked=tmp_path / "asked"))
    (commands / "delete-lint").chmod(0o755)
    environment = {
        **os.environ,
        "PATH": os.pathsep.join([str(commands), os.environ["PATH"]]),
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "rules")]),
        "HOME": str(tmp_path),
        "XDG_DATA_HOME": str(tmp_path),
        "TERM": "dumb",
    }
    script = subprocess.run(
        [sys.executable, "-m", "delete_lint", "completion", shell],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert script.stderr == ""
    (project / "script").write_text(script.stdout)
    found = Terminal(shell, project, environment, tmp_path / "asked")
    try:
        found.settled(1)
        found.send(SETUP[shell] + "; echo SET''UP\n")
        found.until("SETUP", 20)
        found.settled(0.5)
        yield found
    finally:
        found.close()


def test_a_shell_completes_commands_options_rules_formats_and_paths(terminal: Terminal) -> None:
    for typed, given in (
        ("rul", "rule"),
        ("rule blocking_rec", "rule blocking_receiver"),
        ("shop/mod", "shop/models.py"),
        ("--exit-z", "--exit-zero"),
        ("shop --ignore delete_in_loop,senderless_r", "shop --ignore delete_in_loop,senderless_receiver"),
        ("--format sar", "--format sarif"),
        ("plan Order sho", "plan Order shop"),
    ):
        terminal.complete(f"delete-lint {typed}")
        terminal.send("\n")
        shown = terminal.until(r"GIVEN<[^>]*>", 20)
        assert re.findall(r"GIVEN<([^>]*)>", shown)[-1].strip().rstrip("/") == given
        terminal.settled(0.2)


def test_names_of_rules_come_with_what_they_say(project: Path) -> None:
    """For zsh and fish, which show it."""
    done = subprocess.run(
        [sys.executable, "-m", "delete_lint"],
        cwd=project,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "rules")]),
            "_DELETE_LINT_COMPLETE": "fish_complete",
            "COMP_WORDS": "delete-lint rule senderless",
            "COMP_CWORD": "senderless",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    name, _, about = done.stdout.strip().partition("\t")
    assert name == "plain,senderless_receiver"
    assert about != ""
