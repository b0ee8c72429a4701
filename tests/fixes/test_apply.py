"""Fixing changes files whole or not at all, keeps their bytes outside of the edits, and comes to an end."""

from __future__ import annotations

import codecs
import os
import resource
import stat
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from delete_lint.config import load_settings
from delete_lint.findings import Edit, Finding, Fix
from delete_lint.fixes.apply import Applied, apply_fixes, preview_fixes, write_fixes
from delete_lint.fixes.editing import NotEdited, edited
from delete_lint.graph.place import Place
from delete_lint.lint import lint
from delete_lint.output.diff import diff
from delete_lint.output.style import Style
from delete_lint.report import Report, SourceText
from delete_lint.source.decoding import decode
from tests.fixes.harness import Project, project

IDLE = "  # delete-lint: ignore[delete_in_loop] old"
MODELS = "from django.db import models\n\nclass Order(models.Model):\n    pass\n"


def shop(folder: Path, data: bytes, name: str = "a.py") -> Project:
    small = project(folder, {"models.py": MODELS})
    (folder / name).write_bytes(data)
    return small


# --- bytes ----------------------------------------------------------------------------------------------------------

KEPT = {
    "windows": b"x = 1\r\ny = 2#\r\n\r\nz = 3\r\n",
    "old mac": b"x = 1\ry = 2#\rz = 3\r",
    "mixed": b"x = 1\ny = 2#\r\nz = 3\rw = 4\n\r\n",
    "byte order mark": codecs.BOM_UTF8 + b"y = 2#\nz = '\xc3\xbc\xf0\x9f\x98\x80'\n",
    "latin-1": b"# -*- coding: latin-1 -*-\nx = '\xfc'\ny = 2#\n",
    "latin-1 on windows": b"#!python\r\n# vim: set fileencoding=iso-8859-15 :\r\nx = '\xa4'\r\ny = 2#\r\n",
    "shift-jis": "# coding: shift_jis\nx = '表示'\ny = 2#\n".encode("shift_jis"),
    "no last line end": b"x = 1\r\ny = 2#",
    "form feed": b"x = 1\n\x0c\ny = 2#\n\x0cz = 3\n",
    "nothing but the comment": b"y = 2#",
}


@pytest.mark.parametrize("data", KEPT.values(), ids=KEPT)
def test_every_byte_outside_of_the_edit_stays(data: bytes, tmp_path: Path) -> None:
    small = shop(tmp_path, data.replace(b"2#", b"2" + IDLE.encode()))
    applied = small.fix()
    assert (tmp_path / "a.py").read_bytes() == data.replace(b"2#", b"2")
    assert applied.fixed == {"unused_suppression": 1}


def test_lines_that_are_put_in_end_as_those_around_them() -> None:
    data = b"a\nb\r\nc\r\nd"
    text = decode(data)
    edits = [Edit(2, 2, "1\n"), Edit(4, 4, "2\n3\n"), Edit(7, 7, "\n")]
    assert edited(data, text, edits) == b"a\n1\nb\r\n2\r\n3\r\nc\r\nd\r\n"
    assert edited(b"a\rb", "a\nb", [Edit(0, 0, "x\n"), Edit(2, 2, "y\n")]) == b"x\ra\ry\rb"


def test_what_the_encoding_does_not_have_is_not_written() -> None:
    data = b"# coding: ascii\n"
    with pytest.raises(NotEdited, match="ascii"):
        edited(data, decode(data), [Edit(0, 0, "ü")])


def test_bytes_that_would_not_come_back_are_not_touched() -> None:
    data = b"# coding: utf-7\nx = '+AGE-'\n"
    with pytest.raises(NotEdited, match="utf-7"):
        edited(data, decode(data), [Edit(0, 0, "y")])


# --- files ----------------------------------------------------------------------------------------------------------


def test_a_file_that_changed_since_it_was_read_is_left_alone(tmp_path: Path) -> None:
    small = shop(tmp_path, f"x = 1{IDLE}\n".encode())
    (tmp_path / "b.py").write_text(f"y = 1{IDLE}\n")
    report = small.lint()
    assert report.sources["a.py"].lines
    (tmp_path / "a.py").write_text(f"# new\nx = 1{IDLE}\n")
    applied = apply_fixes(report, tmp_path, lambda: replace(report, findings=()), unsafe=False)
    assert small.read("a.py") == f"# new\nx = 1{IDLE}\n"
    assert small.read("b.py") == "y = 1\n"
    assert applied.problems == ("a.py is not fixed: changed since it was read: run again",)
    assert [change.name for change in applied.changes] == ["b.py"]


def test_a_file_that_is_gone_is_told_of(tmp_path: Path) -> None:
    small = shop(tmp_path, f"x = 1{IDLE}\n".encode())
    report = small.lint()
    (tmp_path / "a.py").unlink()
    assert apply_fixes(report, tmp_path, small.lint, unsafe=False).problems == (
        "a.py is not fixed: cannot be read: No such file or directory",
    )


def test_the_mode_stays_and_nothing_is_left_beside_the_file(tmp_path: Path) -> None:
    small = shop(tmp_path, f"x = 1{IDLE}\n".encode())
    os.chmod(tmp_path / "a.py", 0o751)
    small.fix()
    assert stat.S_IMODE((tmp_path / "a.py").stat().st_mode) == 0o751
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in tmp_path.glob("*.py")}


def test_a_read_only_file_stays_as_it_is(tmp_path: Path) -> None:
    small = shop(tmp_path, f"x = 1{IDLE}\n".encode())
    os.chmod(tmp_path / "a.py", 0o444)
    applied = apply_fixes(small.lint(), tmp_path, small.lint, unsafe=True)
    assert applied.problems == ("a.py is not fixed: is read-only: make it writable (chmod u+w) to have it fixed",)
    assert not applied.changes
    assert IDLE in small.read("a.py")


def test_when_the_new_file_cannot_be_put_there_the_old_one_stays(tmp_path: Path) -> None:
    small = shop(tmp_path, f"x = 1{IDLE}\n".encode())
    before = sorted(tmp_path.iterdir())
    report = small.lint()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3, limits[1]))
    try:
        applied = apply_fixes(report, tmp_path, lambda: report, unsafe=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert applied.problems == ("a.py is not fixed: cannot be written: File too large",)
    assert small.read("a.py") == f"x = 1{IDLE}\n"
    assert sorted(tmp_path.iterdir()) == before


def test_a_link_inside_the_tree_has_its_target_changed_and_stays_a_link(tmp_path: Path) -> None:
    small = shop(tmp_path, b"", "b.py")
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "real.txt").write_text(f"x = 1{IDLE}\n")
    (tmp_path / "a.py").symlink_to("kept/real.txt")
    small.fix()
    assert (tmp_path / "a.py").is_symlink()
    assert (tmp_path / "kept" / "real.txt").read_text() == "x = 1\n"


def test_one_file_of_two_names_is_fixed_once(tmp_path: Path) -> None:
    small = shop(tmp_path, f"x = 1{IDLE}\n".encode())
    (tmp_path / "b.py").symlink_to("a.py")
    small.fix()
    assert small.read("a.py") == "x = 1\n"
    assert (tmp_path / "b.py").is_symlink()


def test_a_link_out_of_the_tree_is_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "elsewhere.py"
    outside.write_text(f"x = 1{IDLE}\n")
    (tmp_path / "shop").mkdir()
    small = shop(tmp_path / "shop", b"")
    (tmp_path / "shop" / "a.py").unlink()
    (tmp_path / "shop" / "a.py").symlink_to(outside)
    report = small.lint()
    assert report.findings
    applied = apply_fixes(report, small.root, small.lint, unsafe=True)
    assert outside.read_text() == f"x = 1{IDLE}\n"
    assert "is a link to" in applied.problems[0]
    assert len(applied.problems) == 1


# --- rounds ---------------------------------------------------------------------------------------------------------


def made(
    file: str, safety: str, *edits: Edit, rule: str = "some_rule", imports: frozenset[Edit] = frozenset()
) -> Finding:
    fix = Fix(file, "a change", "safe" if safety == "safe" else "unsafe", tuple(edits), imports)
    return Finding(place=Place(file, 1), message="", help="", identity="", fix=fix, rule=rule)


def applied_to(folder: Path, source: str, *findings: Finding, rounds: int = 1) -> tuple[str, Applied]:
    """What becomes of ``a.py`` when these are the findings of the first ``rounds`` runs."""
    small = shop(folder, source.encode())
    left = [findings] * (rounds - 1)

    def again() -> Report:
        return replace(small.lint(), findings=left.pop() if left else ())

    report = replace(small.lint(), findings=findings)
    report.sources.get("a.py")
    applied = apply_fixes(report, folder, again, unsafe=True)
    return small.read("a.py"), applied


def test_fixes_that_overlap_are_left_for_the_next_round(tmp_path: Path) -> None:
    first = made("a.py", "safe", Edit(0, 1, "b"))
    second = made("a.py", "safe", Edit(0, 3, "ccc"), rule="other_rule")
    assert applied_to(tmp_path, "aaa\n", first, second)[0] == "ccc\n"


def test_imports_that_several_fixes_add_are_added_once(tmp_path: Path) -> None:
    shared = Edit(0, 0, "import m\n")
    both = [made("a.py", "safe", shared, Edit(at, at + 1, "m.x"), imports=frozenset({shared})) for at in (4, 8)]
    text, applied = applied_to(tmp_path, "a = b + c\n", *both)
    assert text == "import m\na = m.x + m.x\n"
    assert applied.fixed == {"some_rule": 2}


def test_two_findings_with_one_fix_have_it_made_once(tmp_path: Path) -> None:
    one = made("a.py", "safe", Edit(0, 0, "x\n"))
    text, applied = applied_to(tmp_path, "a\n", one, replace(one, rule="other_rule"))
    assert text == "x\na\n"
    assert applied.fixed == {"other_rule": 1, "some_rule": 1}


def test_unsafe_fixes_are_made_only_when_asked_for(tmp_path: Path) -> None:
    small = shop(tmp_path, b"aaa\n")
    report = replace(small.lint(), findings=(made("a.py", "unsafe", Edit(0, 1, "b")),))
    assert not apply_fixes(report, tmp_path, small.lint, unsafe=False).changes
    assert small.read("a.py") == "aaa\n"


def test_a_fix_that_breaks_the_file_is_not_written(tmp_path: Path) -> None:
    text, applied = applied_to(tmp_path, "a = 1\n", made("a.py", "safe", Edit(0, 0, "(")))
    assert text == "a = 1\n"
    assert "a.py is not fixed: the fix of some_rule would leave it with a syntax error" in applied.problems[0]


def test_a_file_that_cannot_be_parsed_is_not_changed(tmp_path: Path) -> None:
    text, applied = applied_to(tmp_path, "a = = 1\n", made("a.py", "safe", Edit(0, 1, "b")))
    assert text == "a = = 1\n"
    assert applied.problems == ("a.py is not fixed: cannot be parsed: repair it first",)


def test_syntax_that_this_python_does_not_know_is_no_hindrance(tmp_path: Path) -> None:
    source = "type X[T = int] = list[T]\ntry:\n    a = 1\nexcept A, B:\n    a = 2\n"
    text, applied = applied_to(tmp_path, source, made("a.py", "safe", Edit(0, 0, "b = 0\n")))
    assert text == f"b = 0\n{source}"
    assert not applied.problems


def test_fixes_that_undo_each_other_come_to_an_end(tmp_path: Path) -> None:
    small = shop(tmp_path, b"a\n")

    def turned() -> Report:
        other = "b" if small.read("a.py") == "a\n" else "a"
        return replace(small.lint(), findings=(made("a.py", "safe", Edit(0, 1, other)),))

    applied = apply_fixes(turned(), tmp_path, turned, unsafe=True)
    assert applied.problems == ("a.py is not fixed: the fixes of some_rule undo each other",)


def test_fixes_without_end_are_stopped(tmp_path: Path) -> None:
    small = shop(tmp_path, b"a\n")
    report = small.lint()

    def again() -> Report:
        again_report = replace(report, findings=(made("a.py", "safe", Edit(0, 0, "a")),))
        return replace(again_report, sources=lint_sources())

    def lint_sources() -> dict[str, SourceText]:
        return {"a.py": _Text((tmp_path / "a.py").read_text().split("\n"))}

    applied = apply_fixes(again(), tmp_path, again, unsafe=True)
    assert "50 rounds" in applied.problems[0]


class _Text:
    def __init__(self, lines: list[str]) -> None:
        self.lines: Sequence[str] = lines

    def line(self, number: int) -> str | None:
        return self.lines[number - 1] if 1 <= number <= len(self.lines) else None


def test_lists_of_fixes_can_be_written(tmp_path: Path) -> None:
    small = shop(tmp_path, b"a = 1\nb = 2\n")
    fixes = [Fix("a.py", "", "safe", (Edit(at, at, "  # note"),)) for at in (5, 11)]
    applied = write_fixes(fixes, small.lint(), tmp_path)
    assert small.read("a.py") == "a = 1  # note\nb = 2  # note\n"
    assert [change.name for change in applied.changes] == ["a.py"]


def test_a_fixer_that_fails_hides_no_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop(tmp_path, f"x = 1{IDLE}\n".encode())

    def broken(*_: object) -> None:
        raise RuntimeError("oh\nno")

    monkeypatch.setattr("delete_lint.fixes.drop_suppression.fix", broken)
    report = lint([tmp_path], load_settings(tmp_path), tmp_path)
    assert [finding.rule for finding in report.findings] == ["unused_suppression"]
    (problem,) = report.problems
    assert "the fix of unused_suppression at a.py:1 failed" in problem
    assert "RuntimeError: oh no" in problem
    assert report.findings[0].fix is None


# --- previews -------------------------------------------------------------------------------------------------------


def test_a_preview_shows_what_fixing_does_and_writes_nothing(tmp_path: Path) -> None:
    def again(contents: Mapping[str, bytes]) -> Report:
        return lint([tmp_path], load_settings(tmp_path), tmp_path, contents=contents)

    source = f"x = 1{IDLE}{IDLE}\r\ny = 2\r\n"
    small = shop(tmp_path, source.encode())
    preview = preview_fixes(small.lint(), tmp_path, again, unsafe=True)
    assert (tmp_path / "a.py").read_bytes() == source.encode()
    assert preview.fixed == {"unused_suppression": 2}
    patch = [line for change in preview.changes for line in diff(change.name, change.before, change.after, Style())]
    small.fix()
    fixed = (tmp_path / "a.py").read_bytes()
    (tmp_path / "a.py").write_bytes(source.encode())
    subprocess.run(["patch", "--binary", "-p0"], input="\n".join(patch).encode(), cwd=tmp_path, check=True)
    assert (tmp_path / "a.py").read_bytes() == fixed


def test_a_diff_looks_like_ruff_s() -> None:
    assert list(diff("a/b.py", b"a\nb\nc", b"a\nc", Style())) == [
        "--- a/b.py",
        "+++ a/b.py",
        "@@ -1,3 +1,2 @@",
        " a",
        "-b",
        " c",
        "\\ No newline at end of file",
        "",
    ]


def test_a_diff_cannot_drive_a_terminal() -> None:
    lines = list(diff("a\x1b[31m.py", b"a\x1b]0;x\x07\n\tb\rc\n", b"\tb\rc\n", Style(colour=False)))
    assert not {*"\x1b\x07\r"} & {*"".join(lines)}
    assert any("\t" in line for line in lines)
