"""The project that goes through the guide: folders, and a shell to type in."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from tests.adopting.guide import FILES
from tests.command import ROOT
from tests.repositories import ENVIRONMENT


@dataclass(frozen=True)
class Project:
    """The root folder of a project, and a home folder with the commands that the guide uses."""

    folder: Path
    home: Path

    @cached_property
    def environment(self) -> dict[str, str]:
        # pre-commit lets go of most GIT_… variables, so git's settings stand in the home folder.
        kept = {name: value for name, value in ENVIRONMENT.items() if not name.startswith("GIT_CONFIG")}
        return {
            **kept,
            "HOME": str(self.home),
            "XDG_CONFIG_HOME": str(self.home / ".config"),
            "XDG_DATA_HOME": str(self.home / ".local"),
            "PRE_COMMIT_HOME": str(self.home / "pre-commit"),
            "PRE_COMMIT_COLOR": "never",
            "PATH": os.pathsep.join([str(self.home / "bin"), os.environ["PATH"]]),
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "rules")]),
            "PYTHONDONTWRITEBYTECODE": "1",
            "NO_COLOR": "1",
            "COLUMNS": "120",
        }

    def run(self, command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """As GitHub's runner does it with a ``run:`` line. What goes to stderr comes with the rest."""
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", command],
            cwd=self.folder,
            env={**self.environment, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def do(self, command: str, **environment: str) -> str:
        """Runs what must succeed, and returns what it printed."""
        done = self.run(command, **environment)
        assert done.returncode == 0, f"$ {command}\n{done.stdout}"
        return done.stdout

    def copied_to(self, folder: Path) -> Project:
        shutil.copytree(self.folder, folder, symlinks=True)
        return replace(self, folder=folder)

    def put(self, file: str) -> None:
        """Puts a file of ``examples/adopting`` where it belongs."""
        target = self.folder / file.removeprefix("later/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(FILES / file, target)
