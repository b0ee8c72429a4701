"""Reports to be put into formats: of real runs, of a project with the worst names, and of Hypothesis's making."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from contextlib import chdir
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import strategies as st

from delete_lint.config import load_settings
from delete_lint.findings import SEVERITIES, Edit, Finding, Fix, Note, Severity
from delete_lint.graph.model import Model
from delete_lint.graph.place import Place
from delete_lint.graph.project import DjangoVersion, ProjectGraph
from delete_lint.graph.receiver import Hop, Receiver, Work
from delete_lint.lint import lint
from delete_lint.report import Report, Summary, Suppressed
from delete_lint.rule import load_rules
from delete_lint.source.file import SourceFile
from tests.command import ROOT

SHOP = ROOT / "examples" / "shop"

NASTY_NAMES: tuple[bytes, ...] = (
    b"::error::x.py",
    b" ::stop-commands::x.py",
    b"##[add-mask]x.py",
    b"##vso[task.complete]x.py",
    b"a,b=c:d%0A%25;e.py",
    b"<b>&'\"]]>-->.py",
    b"[x](javascript:y) `z` *w* @v.py",
    b"bell\x07 gone\x7f red\x1b[31m blue\xc2\x9b34m.py",
    b"line\nbreak\r\ttab.py",
    b"no utf-8 \xff.py",
    "turned \u202e round \u2028 日本 𐐀 \ufeff \ufffe.py".encode(),
    b"back\\slash #1?.py",
)

_MODELS = """\
from django.db import models


class Author(models.Model):
    name = models.TextField()


class Book(models.Model):
    author = models.ForeignKey(Author, models.CASCADE)
"""

_NASTY = """\
import time

import requests
from django.db import models
from django.db.models.signals import post_delete
from django.dispatch import receiver


class 日本(models.Model):
    pass


def 𐐀(instance):
    requests.post("##[group]::error::", instance.pk)


def quietly(instance):
    time.sleep(1)
    𐐀(instance)


@receiver(post_delete, sender=日本)
def on_delete(sender, instance, **kwargs):  # delete-lint: ignore[dead_receiver] [a](b) ::error:: ##[group] <b>
    quietly(instance)
    quietly(instance)
"""

_QUIET = """\
from library.models import Author


def clear():
    Author.objects.all().delete()  # delete-lint: ignore[unfiltered_delete, wide_rows_fetched] said [so](here) <b>
"""


def run(folder: Path) -> Report:
    """A run over a folder from within it, by its own settings."""
    with chdir(folder):
        report = lint(["."], load_settings(folder), folder)
        # What a report shows of a file it may read later, when the folder is gone.
        return replace(report, sources={name: report.sources[name] for name in report.files if name in report.sources})


@cache
def shop() -> Report:
    """Every rule, with row counts, notes, ways of calls and fixes."""
    return run(SHOP)


@cache
def nasty() -> Report:
    """Files whose names and contents are made to be taken for something else."""
    with TemporaryDirectory() as name:
        folder = Path(name).resolve()
        library = folder / "library"
        library.mkdir()
        (folder / "pyproject.toml").write_text('[project]\nname = "x"\ndependencies = ["django==5.2"]\n')
        (library / "__init__.py").touch()
        (library / "models.py").write_text(_MODELS)
        (library / "quiet.py").write_text(_QUIET)
        for nasty_name in NASTY_NAMES:
            (folder / os.fsdecode(nasty_name)).write_text(_NASTY)
        return run(folder)


def adopted(report: Report) -> Report:
    """The same run with a baseline that knows the first half of the findings, about a change of some of the files."""
    half = len(report.findings) // 2
    return replace(
        report,
        findings=report.findings[half:],
        baselined=report.findings[:half],
        gone=("blocking_receiver: shop.signals.gone ##[group]",),
        changed=frozenset(sorted({finding.place.file for finding in report.findings[half:]})[::2]),
        problems=("the rule x failed: \x1b[2J", "::error::second ##[group]"),
        warnings=("odd",),
    )


def nothing() -> Report:
    return replace(shop(), findings=(), suppressed=(), files=())


def real() -> list[Report]:
    return [shop(), nasty(), adopted(shop()), adopted(nasty()), nothing()]


# --- made by Hypothesis -------------------------------------------------------------------------------------------

_TEXT = st.text(max_size=30) | st.sampled_from(
    [
        "::error::x",
        "##[group]",
        "a\nb\r\nc",
        "</failure>",
        "]]>",
        "[a](b)",
        "`c`",
        "\x1b[2J",
        "%0A,:",
        "\x7f",
        "\udcff\ud800",
    ]
)
_LINE = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("\t日𐐀#`"), min_size=1, max_size=12)
_LINES = st.lists(_LINE, min_size=3, max_size=6).map("\n".join)
_FILES = st.sampled_from([os.fsdecode(name) for name in NASTY_NAMES] + ["a.py", "b/c.py", "/abs/d.py"])


@st.composite
def _places(draw: st.DrawFn) -> Place:
    number = st.integers(min_value=1, max_value=9)
    end = draw(st.tuples(number, number) | st.just((0, 0)))
    return Place(draw(_FILES), draw(number), draw(number), *end)


@st.composite
def _fixes(draw: st.DrawFn, sources: Mapping[str, SourceFile]) -> Fix:
    file = draw(st.sampled_from(sorted(sources)))
    offsets = st.integers(0, len(sources[file].text))
    ends = sorted(draw(st.lists(offsets, min_size=draw(st.sampled_from([0, 2, 4])), max_size=4, unique=True)))
    edits = [Edit(begin, end, draw(_LINE | _LINES)) for begin, end in zip(ends[::2], ends[1::2], strict=False)]
    return Fix(file, draw(_TEXT), draw(st.sampled_from(["safe", "unsafe"])), tuple(edits))


@st.composite
def _receivers(draw: st.DrawFn) -> Receiver:
    path = tuple(Hop(draw(_places()), draw(_TEXT)) for _ in range(draw(st.integers(1, 3))))
    return Receiver(
        module=draw(_TEXT),
        name=draw(_TEXT),
        place=draw(_places() | st.none()),
        signals=("post_delete",),
        senders=None,
        work=(Work(category="http", call=path[-1].call, path=path),),
    )


@st.composite
def _findings(draw: st.DrawFn, sources: Mapping[str, SourceFile]) -> Finding:
    models = st.builds(Model, label=_TEXT, module=_TEXT, name=_TEXT, place=_places() | st.none())
    subjects = tuple(draw(st.lists(_receivers() | models, max_size=2)))
    notes = [Note(draw(_places()), draw(_TEXT)) for _ in range(draw(st.integers(0, 2)))]
    for subject in subjects:
        if isinstance(subject, Receiver) and draw(st.booleans()):
            notes += [Note(hop.place, f"calls {hop.call}") for hop in subject.work[0].path]
    finding = Finding(
        place=draw(_places()),
        message=draw(_TEXT),
        help=draw(_TEXT),
        identity=draw(st.sampled_from("ab")),
        notes=tuple(notes),
        subjects=subjects,
        fix=draw(st.none() | _fixes(sources)),
    )
    severity: Severity = draw(st.sampled_from(SEVERITIES))
    return finding.stamped(draw(st.sampled_from(["blocking_receiver", "dead_receiver", "of_a_plugin"])), severity)


@st.composite
def reports(draw: st.DrawFn) -> Report:
    sources = {name: SourceFile(name, draw(_LINES).encode()) for name in ("a.py", "b/c.py")}
    some = st.lists(_findings(sources), max_size=3).map(tuple)
    lines = st.lists(_TEXT, max_size=2).map(tuple)
    suppressed = [Suppressed(finding, draw(_places()), draw(_TEXT)) for finding in draw(some)]
    rules = load_rules()
    return Report(
        findings=draw(some),
        suppressed=tuple(suppressed),
        baselined=draw(some),
        gone=draw(lines),
        changed=draw(st.none() | st.frozensets(_FILES, max_size=3)),
        rules=tuple((rules[name], rules[name].severity) for name in draw(st.sets(st.sampled_from(sorted(rules))))),
        problems=draw(lines),
        warnings=draw(lines),
        files=tuple(draw(st.lists(_FILES, max_size=4, unique=True))),
        summary=Summary(files=1, models=1, receivers=1, delete_sites=1, django="5.2", django_source=draw(_TEXT)),
        graph=ProjectGraph(root=".", source="static", django=DjangoVersion(5, 2), models={}, relations=()),
        sources=sources,
    )


# --- reading back ---------------------------------------------------------------------------------------------------


def applied(text: str, replacements: list[tuple[int, int, int, int, str]]) -> str:
    """The text after replacements given by lines and columns from 1 with exclusive ends, made from the last one on."""
    lines = re.split(r"(?<=\n)", text)
    starts = [sum(map(len, lines[:number])) for number in range(len(lines) + 1)]
    for line, column, end_line, end_column, new in sorted(replacements, reverse=True):
        begin, end = starts[line - 1] + column - 1, starts[end_line - 1] + end_column - 1
        text = text[:begin] + new + text[end:]
    return text


def fixed(report: Report, fix: Fix) -> str:
    """The text after a fix, by its offsets."""
    text = "\n".join(report.sources[fix.file].lines)
    for edit in sorted(fix.edits, reverse=True):
        text = text[: edit.begin] + edit.text + text[edit.end :]
    return text
