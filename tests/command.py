"""Running delete-lint as its users do: in a process of its own, from a folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def delete_lint(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the command in a folder. The tree under test comes first on the path, installed or not."""
    path = os.pathsep.join([str(ROOT), str(ROOT / "rules")])
    environment = {**os.environ, "PYTHONPATH": path, "NO_COLOR": "1", "COLUMNS": "120"}
    command = [sys.executable, "-m", "delete_lint", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def document(*arguments: str, folder: Path) -> dict[str, Any]:
    """The JSON that a command prints; findings (status 1) are an answer, a run that could not be done is not."""
    done = delete_lint(*arguments, "--format", "json", folder=folder)
    assert done.returncode in (0, 1), done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
