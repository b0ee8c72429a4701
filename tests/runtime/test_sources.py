"""Where the classes and functions of a running project stand. A wrong line sends the reader of a finding astray."""

from __future__ import annotations

import importlib
import importlib.util
import py_compile
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent
from types import ModuleType
from typing import Any

import pytest

from delete_lint.runtime.sources import Sources

Write = Callable[[str], ModuleType]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.syspath_prepend(str(tmp_path))
    known = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - known:
        if name.partition(".")[0] in ("written", "package"):
            del sys.modules[name]


@pytest.fixture
def write(folder: Path) -> Write:
    def make(text: str) -> ModuleType:
        (folder / "written.py").write_text(dedent(text).lstrip("\n"), encoding="utf-8")
        return importlib.import_module("written")

    return make


def class_line(folder: Path, cls: type) -> int | None:
    place = Sources(folder).class_place(cls)
    assert place is None or place.file == "written.py"
    return None if place is None else place.line


def test_a_class_is_found_on_its_class_line_under_its_decorators(folder: Path, write: Write) -> None:
    module = write('''
        """class Order: the words in a docstring are no class."""

        def kept(cls): return cls

        class OrderLine: pass

        @kept
        @kept
        class Order(
            OrderLine,
        ):
            class Meta:
                pass
    ''')
    assert class_line(folder, module.Order) == 9
    assert class_line(folder, module.OrderLine) == 5
    assert class_line(folder, module.Order.Meta) == 12


def test_of_classes_with_one_name_the_right_one_is_found(folder: Path, write: Write) -> None:
    module = write('''
        class First:
            class Meta:
                one = 1

        class Second:
            """
        class Meta: not this one
            """

            class Meta:
                two = 2

        class Meta:
            three = 3
    ''')
    assert class_line(folder, module.First.Meta) == 2
    assert class_line(folder, module.Second.Meta) == 10
    assert class_line(folder, module.Meta) == 13


def test_of_the_branches_of_a_condition_the_one_that_was_taken_is_found(folder: Path, write: Write) -> None:
    module = write("""
        if True:
            class Order:
                def save(self): pass
        else:
            class Order:
                def save(self): pass
    """)
    assert class_line(folder, module.Order) == 2


def test_a_class_that_was_written_nowhere_has_no_line(folder: Path, write: Write) -> None:
    module = write("""
        Made = type("Made", (), {})
        Elsewhere = type("Elsewhere", (), {"__module__": "nowhere.at.all"})
        classic = 1
    """)
    assert class_line(folder, module.Made) is None
    assert class_line(folder, module.Elsewhere) is None
    assert class_line(folder, int) is None


def test_a_class_that_gives_out_another_module_is_found_where_it_is(folder: Path) -> None:
    (folder / "package").mkdir()
    (folder / "package" / "__init__.py").write_text("from package.pages import Page\n")
    (folder / "package" / "pages.py").write_text("\n\nclass Page: pass\n\nPage.__module__ = 'package'\n")
    page = importlib.import_module("package").Page
    assert str(Sources(folder).class_place(page)) == "package/pages.py:3"


def test_fields_and_options_are_found_in_the_body_that_has_them(folder: Path, write: Write) -> None:
    module = write('''
        class Base:
            title = "inherited"  # title = 1

            class Meta:
                base_manager_name = "objects"

        class Order(
            Base
        ):
            """customer = of the shop
        """
            # customer = None
            customer: "int" = 1
            note: int = 2; other = 3
            payload = dict(
                title=1,
            )

            def total(self):
                amount = 1
                return amount

            late = total

        title = "of the module"
    ''')
    sources = Sources(folder)

    def line(name: str) -> int | None:
        place = sources.attribute_place(module.Order, name)
        return place.line if place is not None else None

    assert line("customer") == 13
    assert line("title") == 2
    assert line("late") == 23
    assert line("amount") is None
    assert line("missing") is None
    assert str(sources.option_place(module.Order, "base_manager_name")) == "written.py:5"


def test_a_function_is_found_on_its_def_line_whatever_decorates_it(folder: Path, write: Write) -> None:
    module = write("""
        def kept(*args, **kwargs): return lambda function: function

        @kept("def handle():")
        @kept(
            lambda: 1,
            name='''
        def handled(): pass
        ''',
        )
        # def handle():
        async def handle(**kwargs):
            def handle(): pass

        @kept()
        def later(): pass
    """)
    sources = Sources(folder)
    assert str(sources.function_place(module.handle)) == "written.py:11"
    assert str(sources.function_place(module.later)) == "written.py:15"


@pytest.mark.parametrize("ends", ["\r\n", "\r"])
def test_lines_count_as_python_counts_them(folder: Path, ends: str) -> None:
    text = "x = '''\x0c\x1c'''\n\nclass Order:\n    a = 1\n\n@staticmethod\ndef handle(): pass\n"
    (folder / "written.py").write_bytes(text.replace("\n", ends).encode())
    module = importlib.import_module("written")
    sources = Sources(folder)
    assert class_line(folder, module.Order) == 3
    assert str(sources.attribute_place(module.Order, "a")) == "written.py:4"
    assert str(sources.function_place(module.handle.__func__)) == "written.py:7"


def test_a_file_outside_the_root_has_its_whole_path(folder: Path, write: Write, tmp_path_factory: Any) -> None:
    module = write("class Order: pass")
    place = Sources(tmp_path_factory.mktemp("elsewhere")).class_place(module.Order)
    assert place is not None
    assert place.file == (folder / "written.py").as_posix()


def test_a_project_reached_through_a_link_is_still_named_from_its_root(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "written_behind_link.py").write_text("class Order: pass\n")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    monkeypatch.syspath_prepend(str(tmp_path / "link"))
    module = importlib.import_module("written_behind_link")
    assert str(Sources(tmp_path / "real").class_place(module.Order)) == "written_behind_link.py:1"
    assert str(Sources(tmp_path / "link").class_place(module.Order)) == "written_behind_link.py:1"


def test_a_package_in_an_archive_is_read_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = tmp_path / "packed.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("packed_app/__init__.py", "")
        packed.writestr("packed_app/models.py", "\nclass Order: pass\n\n@staticmethod\ndef handle(): pass\n")
    monkeypatch.syspath_prepend(str(archive))
    module = importlib.import_module("packed_app.models")
    sources = Sources(tmp_path)
    assert str(sources.class_place(module.Order)) == "packed.zip/packed_app/models.py:2"
    assert str(sources.function_place(module.handle.__func__)) == "packed.zip/packed_app/models.py:5"


def test_of_a_package_without_sources_the_functions_are_still_told(folder: Path) -> None:
    source = folder / "written.py"
    source.write_text("class Order: pass\n\ndef handle(): pass\n")
    py_compile.compile(str(source), cfile=str(folder / "written.pyc"), dfile="/build/written.py")
    source.unlink()
    module = importlib.import_module("written")
    sources = Sources(folder)
    assert sources.class_place(module.Order) is None
    assert str(sources.function_place(module.handle)) == "written.py:3"


def test_a_file_that_has_changed_since_does_not_stop_the_reading(folder: Path, write: Write) -> None:
    module = write("\n" * 50 + "class Order:\n    a = 1\n\ndef handle(): pass\n")
    (folder / "written.py").write_text("short = 1")
    sources = Sources(folder)
    assert sources.class_place(module.Order) is None
    assert sources.function_place(module.handle) is not None
    (folder / "written.py").unlink()
    assert Sources(folder).class_place(module.Order) is None
