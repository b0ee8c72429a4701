"""Runs with a cache: they say what runs without say, and sooner."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cache.shop import FILES, PLAIN, findings, hits, modules, packs, project
from tests.command import ROOT, delete_lint
from tests.repositories import DEEPER, PART, repository
from tests.repositories import SHOP as REPOSITORY
from tests.small_shop import write


@pytest.fixture(autouse=True)
def nothing_said_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DELETE_LINT_CACHE_DIR", raising=False)
    monkeypatch.delenv("DELETE_LINT_NO_CACHE", raising=False)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), str(ROOT / "rules")]))


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return project(tmp_path / "project")


def test_a_cold_and_a_warm_run_say_the_same_byte_for_byte_as_one_without_a_cache(shop: Path) -> None:
    without = findings(shop, "--no-cache")
    assert not (shop / ".delete_lint_cache").exists()
    assert findings(shop) == without
    written = {pack: pack.read_bytes() for pack in packs(shop)}
    assert written
    assert findings(shop) == without
    known, files = hits(shop)
    assert known == files >= len(FILES) - 1  # two may be the same, byte for byte
    # Only what no pack can hold is read again, and nothing is written for it.
    assert {pack: pack.read_bytes() for pack in packs(shop)} == written


def test_a_run_that_knows_all_facts_imports_no_parser_no_django_no_workers_and_no_database(tmp_path: Path) -> None:
    write(tmp_path, PLAIN)
    cold = modules(tmp_path)
    warm = modules(tmp_path, "--max-depth", "5")
    assert "delete_lint.source.front" in warm
    assert not {name for name in warm if name.startswith("delete_lint.source.lowering")}
    heavy = {"libcst", "yaml", "django", "sqlite3", "multiprocessing", "concurrent", "asyncio", "importlib.metadata"}
    assert not warm & heavy
    others = {name.partition(".")[0] for name in warm - cold_start()} - set(sys.stdlib_module_names)
    # What msgspec imports where it is installed.
    others.discard("typing_extensions")
    assert others == {"click", "delete_lint", "delete_lint_rules", "msgspec", "packaging"}
    assert warm < cold


def test_fixes_are_known_too_until_their_file_changes(tmp_path: Path) -> None:
    write(tmp_path)  # with findings that can be fixed
    first = findings(tmp_path)
    assert '"fix"' in first
    models, signals = tmp_path / "shop" / "models.py", tmp_path / "shop" / "signals.py"
    models.write_text(f"{models.read_text()}\n\nclass Extra(models.Model):\n    pass\n")
    assert "libcst" not in modules(tmp_path)
    assert findings(tmp_path) == findings(tmp_path, "--no-cache")
    signals.write_text(f"LIMIT = 1\n{signals.read_text()}")
    assert "libcst" in modules(tmp_path)
    assert findings(tmp_path) == findings(tmp_path, "--no-cache")


def cold_start() -> set[str]:
    """What Python imports before anything else, the environment's own start-up files included."""
    code = "import sys; print(*sys.modules)"
    return set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split())


def test_an_edit_is_seen_though_the_size_and_the_time_of_the_file_stay_the_same(shop: Path) -> None:
    before = findings(shop)
    file = shop / "shop" / "tasks.py"
    status = file.stat()
    file.write_text(file.read_text().replace("Customer.objects.all()", "Order.objects.all()   "))
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert (file.stat().st_size, file.stat().st_mtime_ns) == (status.st_size, status.st_mtime_ns)
    after = findings(shop)
    assert after != before
    assert after == findings(shop, "--no-cache")
    known, files = hits(shop)
    assert known == files


def test_one_changed_file_is_the_only_one_that_is_read_again(shop: Path) -> None:
    findings(shop)
    with (shop / "shop" / "tasks.py").open("a") as file:
        file.write("\n\ndef again():\n    forget_everybody()\n")
    known, files = hits(shop)
    assert known == files - 1


def test_facts_depend_on_no_other_file(shop: Path) -> None:
    """What is asked of a file hangs on its neighbours: each state of the project leaves other facts behind."""
    findings(shop)
    for name in ("shop/signals.py", "shop/models.py", "shop/tasks.py"):
        text = (shop / name).read_text()
        (shop / name).write_text("")
        delete_lint(".", folder=shop)
        (shop / name).write_text(text)
        assert findings(shop) == findings(shop, "--no-cache")


def test_the_cache_moves_with_the_project_or_without_it(shop: Path, tmp_path: Path) -> None:
    said = findings(shop)
    for pack in packs(shop):
        data = pack.read_bytes()
        assert str(tmp_path).encode() not in data
        assert b"project" not in data
    moved = shop.rename(tmp_path / "elsewhere")
    assert hits(moved)[0] == hits(moved)[1]
    clone = project(tmp_path / "clone")
    shutil.copytree(moved / ".delete_lint_cache", tmp_path / "restored")
    assert findings(clone, "--cache-dir", "../restored") == said
    known, files = hits(clone, "--cache-dir", "../restored")
    assert known == files


def test_a_renamed_file_and_a_copied_one_are_known(shop: Path) -> None:
    findings(shop)
    (shop / "shop" / "tasks.py").rename(shop / "shop" / "jobs.py")
    shutil.copy(shop / "shop" / "views.py", shop / "shop" / "pages.py")
    known, files = hits(shop)
    assert known == files
    assert findings(shop) == findings(shop, "--no-cache")


def test_text_on_stdin_uses_the_cache_and_is_not_kept_in_it(shop: Path) -> None:
    findings(shop)
    before = packs(shop)
    text = "from shop.models import Order\n\n\ndef unsaved_function():\n    Order.objects.all().delete()\n"
    path = os.pathsep.join([str(ROOT), str(ROOT / "rules")])
    done = subprocess.run(
        [sys.executable, "-m", "delete_lint", "--stdin-filename", "shop/tasks.py", "-v"],
        input=text,
        cwd=shop,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "shop/tasks.py:5" in done.stdout
    assert "cache: " in done.stderr
    assert packs(shop) == before
    assert not [pack for pack in packs(shop) if b"unsaved_function" in pack.read_bytes()]


def test_the_graph_of_a_project_is_read_from_the_same_cache(shop: Path) -> None:
    first = delete_lint("graph", ".", "--format", "json", folder=shop)
    assert packs(shop)
    assert delete_lint("graph", ".", "--format", "json", folder=shop).stdout == first.stdout
    assert delete_lint("graph", ".", "--format", "json", "-n", folder=shop).stdout == first.stdout


def test_several_runs_at_once_say_the_same_and_leave_a_sound_cache(shop: Path) -> None:
    said = findings(shop, "--no-cache")
    path = os.pathsep.join([str(ROOT), str(ROOT / "rules")])
    command = [sys.executable, "-m", "delete_lint", ".", "--format", "json"]
    runs = [
        subprocess.Popen(command, cwd=shop, env={**os.environ, "PYTHONPATH": path}, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    assert [run.communicate()[0] for run in runs] == [said] * 3
    assert findings(shop) == said
    assert not list((shop / ".delete_lint_cache").glob("*.tmp"))
    known, files = hits(shop)
    assert known == files


def test_the_hook_knows_a_changed_file_as_it_is_and_as_it_was(tmp_path: Path) -> None:
    work = repository(tmp_path / "repository", REPOSITORY)
    work.append("shop/models.py", PART)
    command = ("--changed", "shop/models.py", "--format", "json")
    without = delete_lint(*command, "--no-cache", folder=work.folder).stdout
    assert DEEPER[0] in without
    assert delete_lint(*command, folder=work.folder).stdout == without
    written = packs(work.folder)
    assert written
    assert delete_lint(*command, folder=work.folder).stdout == without
    assert packs(work.folder) == written, "nothing was new"
    assert work.git("status", "--porcelain").split() == ["M", "shop/models.py"]
    work.commit()
    known, files = hits(work.folder)
    assert known == files
