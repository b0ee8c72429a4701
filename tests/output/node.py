"""Readers of formats that are to be had for Node only: DELETE_LINT_TEST_NODE_MODULES names the folder they are in."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

VARIABLE = "DELETE_LINT_TEST_NODE_MODULES"


def node_module(name: str) -> Path:
    """The folder of a package; the test is skipped where it is not installed."""
    folder = os.environ.get(VARIABLE)
    if not folder or not shutil.which("node"):
        pytest.skip(f"wants Node and {VARIABLE}")
    found = Path(folder).resolve() / name
    if not found.is_dir():
        pytest.skip(f"{VARIABLE} has no {name}")
    return found


def run(*command: str | Path) -> str:
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return done.stdout
