"""What two articles on Django's deletes tell their readers, as projects: the bad code is found, the good code passes.

One warns of slow work in ``pre_delete`` receivers, the other of what ``delete()`` loads when models hang on each other.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.command import document

ARTICLES = Path(__file__).resolve().parent

LISTENER = """
from django.db.models.signals import post_delete
from django.dispatch import receiver
from sensors.models import Reading

seen = set()


@receiver(post_delete, sender=Reading)
def forget(sender, instance, **kwargs):
    seen.discard(instance.pk)
"""


def project(name: str, folder: Path) -> Path:
    """A copy of one of the projects, away from the folder called tests, which is left out of a run."""
    return Path(shutil.copytree(ARTICLES / name, folder / name))


def rules_at(findings: list[dict[str, Any]], file: Path, text: str) -> set[str]:
    """Names of the rules that speak at or below the line of the file that holds ``text``, up to the next blank one."""
    lines = file.read_text().splitlines()
    first = next(number for number, line in enumerate(lines, 1) if text in line)
    last = next((number for number in range(first, len(lines) + 1) if not lines[number - 1]), len(lines))
    return {
        finding["rule"]
        for finding in findings
        if finding["file"].endswith(file.name) and first <= finding["line"] <= last
    }


@pytest.fixture(scope="module")
def cleanup(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict[str, Any]]]:
    folder = project("cleanup", tmp_path_factory.mktemp("articles"))
    return folder / "albums" / "signals.py", document(".", folder=folder)["findings"]


def test_slow_work_in_a_receiver_is_found(cleanup: tuple[Path, list[dict[str, Any]]]) -> None:
    file, findings = cleanup
    blocking = [finding for finding in findings if finding["rule"] == "blocking_receiver"]
    assert ["time.sleep" in str(finding) for finding in blocking] == [True]
    assert {"blocking_receiver", "cascading_receiver"} <= rules_at(findings, file, "def heavy_cleanup")


def test_a_receiver_that_hands_its_work_to_a_thread_is_not_called_blocking(
    cleanup: tuple[Path, list[dict[str, Any]]],
) -> None:
    file, findings = cleanup
    assert rules_at(findings, file, "def async_cleanup") == {"thread_in_receiver"}


def test_deleting_the_root_over_a_wide_table_is_found(tmp_path: Path) -> None:
    folder = project("cascade", tmp_path)
    file = folder / "sensors" / "services.py"
    assert rules_at(document(".", folder=folder)["findings"], file, "def close") & {
        "unbatched_cascade",
        "wide_rows_fetched",
    }


def test_a_receiver_on_the_wide_table_is_known_to_load_it_whole(tmp_path: Path) -> None:
    folder = project("cascade", tmp_path)
    (folder / "sensors" / "signals.py").write_text(LISTENER)
    graph = document("graph", ".", folder=folder)
    reading = next(model for model in graph["models"] if model["label"] == "sensors.Reading")
    assert reading["large_fields"] == ["data"]
    assert "receiver" in [reason["reason"] for reason in reading["slow_because"]]

    findings = document(".", folder=folder)["findings"]
    at_delete = [finding for finding in findings if finding["file"].endswith("services.py")]
    assert any("Reading" in finding["message"] and "data" in finding["message"] for finding in at_delete), at_delete


def test_the_same_delete_in_batches_from_the_leaves_up_is_clean(tmp_path: Path) -> None:
    folder = project("batched", tmp_path)
    assert document(".", folder=folder)["findings"] == []
