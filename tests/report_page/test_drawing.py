"""`delete-lint graph --format mermaid|dot|svg`: what can be shown in a README, or not at all in one line."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from lxml import etree

from delete_lint.graph.project import ProjectGraph
from delete_lint.output import svg as drawer
from delete_lint.output.dot import dot
from delete_lint.output.graph_chart import Arrow, Chart, Node, chart
from delete_lint.output.graph_drawing import Drawing, drawing
from delete_lint.output.svg import DrawingError, svg
from tests import small_shop
from tests.command import delete_lint
from tests.report_page import shop

HAS_LIBRARY = find_spec("pygraphviz") is not None
needs_graphviz = pytest.mark.skipif(
    not HAS_LIBRARY and shutil.which("dot") is None, reason="no Graphviz: pip install pygraphviz"
)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_shop.write(tmp_path_factory.mktemp("shop"), shop.FILES)


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> ProjectGraph:
    return shop.report(tmp_path_factory.mktemp("shop")).graph


def test_each_model_tells_whether_it_is_fast_and_why_not(graph: ProjectGraph) -> None:
    nodes = {node.label: (node.fate, node.lines) for node in chart(graph).nodes}
    assert nodes == {
        "shop.Customer": (
            "slow",
            ("slow: receiver shop.signals.forget_customer", "referred to by shop.Order.customer"),
        ),
        "shop.Line": ("slow", ("slow: receiver shop.signals.forget_line",)),
        "shop.Order": ("slow", ("slow: referred to by shop.Line.order",)),
    }


def test_the_cascade_of_a_model_goes_from_it_downwards(graph: ProjectGraph) -> None:
    arrows = [(arrow.start, arrow.end, arrow.label) for arrow in chart(graph, "shop.Customer").arrows]
    assert arrows == [
        ("shop.Customer", "shop.Order", "CASCADE customer"),
        ("shop.Order", "shop.Line", "CASCADE order"),
    ]
    assert {node.label for node in chart(graph, "shop.Order").nodes} == {"shop.Order", "shop.Line"}


@pytest.mark.parametrize("form", ["mermaid", "dot"])
@pytest.mark.parametrize("model", [(), ("Order",)])
def test_the_command_prints_a_drawing(form: Drawing, model: tuple[str, ...], project: Path) -> None:
    done = delete_lint("graph", ".", *model, "--format", form, folder=project)
    assert done.returncode == 0, done.stderr
    assert (
        done.stdout.splitlines()[0 if form == "dot" else 2]
        == {
            "dot": "digraph deletes {",
            "mermaid": "flowchart TD",
        }[form]
    )
    assert ("shop.Customer" in done.stdout) is not bool(model)


def _words(tree: etree._Element) -> set[str]:
    return {str(each.xpath("string()")) for each in tree.iter("{*}text")}


@needs_graphviz
def test_svg_holds_every_model_and_nothing_to_load(graph: ProjectGraph) -> None:
    tree = etree.fromstring(drawing(graph, None, "svg").encode())
    words = _words(tree)
    assert {"shop.Customer", "shop.Order", "shop.Line", "CASCADE customer"} <= words
    assert not list(tree.iter("{*}image", "{*}script"))


@needs_graphviz
def test_names_that_graphviz_would_take_for_its_own_are_drawn_as_they_are() -> None:
    names = ['a\\N"; b [URL="javascript:1"]; "', "</text><script>alert(1)</script>", "<b>bold</b>", "new\nline", "ünï"]
    drawn = Chart(
        "title",
        (names[0] + "*/ }",),
        tuple(Node(name, "slow", (name,)) for name in names),
        tuple(Arrow(names[0], name, name, "delete") for name in names),
    )
    tree = etree.fromstring(svg(dot(drawn)).encode())
    assert not list(tree.iter("{*}a", "{*}script"))
    nodes = [each for each in tree.iter("{*}g") if each.get("class") == "node"]
    assert len(nodes) == len(names)
    words = _words(tree)
    assert {name.replace("\n", "\\n") for name in names} <= words


@pytest.mark.skipif(not HAS_LIBRARY, reason="pygraphviz is not installed")
def test_the_program_of_graphviz_does_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "dot"
    program.write_text(f"#!/bin/sh\nexec {sys.executable} -c 'print(\"<svg/>\")'\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(drawer, "find_spec", lambda name: None)
    assert svg("digraph { a }") == "<svg/>"
    program.write_text("#!/bin/sh\necho 'out of ink' >&2\nexit 3\n", encoding="utf-8")
    with pytest.raises(DrawingError, match=r"ended with status 3: out of ink"):
        svg("digraph { a }")


def test_without_graphviz_one_line_says_what_to_install(project: Path, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import importlib.util as util\n"
        "found = util.find_spec\n"
        "util.find_spec = lambda name, package=None: None if name == 'pygraphviz' else found(name, package)\n",
        encoding="utf-8",
    )
    path = os.pathsep.join([str(tmp_path), str(small_shop.__file__).rsplit("/tests/", 1)[0]])
    done = subprocess.run(
        [sys.executable, "-m", "delete_lint", "graph", ".", "--format", "svg"],
        cwd=project,
        env={"PYTHONPATH": f"{path}{os.pathsep}{path.split(os.pathsep)[1]}/rules", "PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert re.fullmatch(r"delete-lint: svg: there is no Graphviz .*`--format dot`.*\n", done.stderr)
    assert done.stdout == ""
