"""Packaging: the pinned files, and nothing else, out of wheels of the package index."""

from __future__ import annotations

import hashlib
import importlib.util
import shutil
import sys
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

from tests.command import ROOT


def _hook() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A source tree that names one library, in a wheel that pip finds in a folder."""
    root = tmp_path / "tree"
    (root / "delete_lint" / "report_page").mkdir(parents=True)
    return root


def _wheel(folder: Path, script: bytes) -> str:
    folder.mkdir(exist_ok=True)
    path = folder / "drawing-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("drawing/lines.js", script)
        archive.writestr("drawing-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: drawing\nVersion: 1.0\n")
        archive.writestr(
            "drawing-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr("drawing-1.0.dist-info/RECORD", "")
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _pin(tree: Path, wheel: str, script: bytes) -> None:
    pins = {
        "name": "lines", "distribution": "drawing", "release": "1.0", "wheel": wheel, "member": "drawing/lines.js",
        "file": "lines.js", "sha256": hashlib.sha256(script).hexdigest(),
    }  # fmt: skip
    lines = "".join(f'{key} = "{value}"\n' for key, value in pins.items())
    (tree / "delete_lint" / "report_page" / "libraries.toml").write_text(f"[[library]]\n{lines}", encoding="utf-8")


def test_a_library_is_taken_from_the_index_that_pip_is_set_up_with(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _pin(tree, _wheel(tmp_path / "index", b"lines()"), b"lines()")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "index"))
    hook = _hook()
    assert hook.bring_libraries(tree) == ["lines"]
    assert (tree / "delete_lint/report_page/bundled/lines.js").read_bytes() == b"lines()"
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "gone"))
    assert hook.bring_libraries(tree) == [], "what is there is not asked for again"


@pytest.mark.parametrize("changed", ["wheel", "file"])
def test_another_file_than_the_pinned_one_is_refused(
    changed: str, tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = _wheel(tmp_path / "index", b"lines()")
    _pin(tree, "0" * 64 if changed == "wheel" else wheel, b"lines()" if changed == "wheel" else b"other()")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "index"))
    hook = _hook()
    with pytest.raises(hook.LibraryError):
        hook.bring_libraries(tree)
    assert not list(tree.rglob("*.js"))


def test_the_libraries_of_this_tree_are_those_that_are_pinned(tmp_path: Path) -> None:
    tree = tmp_path / "copy"
    shutil.copytree(ROOT / "delete_lint" / "report_page", tree / "delete_lint" / "report_page")
    assert _hook().bring_libraries(tree) == [], f"run {sys.executable} hatch_build.py"
