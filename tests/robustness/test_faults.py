"""Every input that delete-lint was once at fault for."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.fuzz.faults import FAULTS
from benchmarks.fuzz.trial import SECONDS, faults_within


@pytest.mark.parametrize("name", FAULTS)
def test_what_once_went_wrong_does_not_again(name: str, tmp_path: Path) -> None:
    files = {file: text.encode() for file, text in FAULTS[name].files.items()}
    found = faults_within(files, tmp_path, seconds=2 * SECONDS, thorough=len(str(files)) < 10_000)
    assert [fault.where for fault in found] == [], found[0].message
