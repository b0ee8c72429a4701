"""One trial: everything that delete-lint can be asked about a project, and what went wrong with it.

Reading, rules, formats, graph and plans, the facts' way to the cache and back, fixes and suppressions, which are made
on a disk and must leave Python where there was Python.
"""

from __future__ import annotations

import json
import shutil
import signal
import tempfile
import traceback
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType
from xml.etree import ElementTree

from msgspec import structs

from delete_lint.add_ignores import ignores_for
from delete_lint.fixes.apply import apply_fixes, write_fixes
from delete_lint.graph.plan import delete_plan
from delete_lint.lint import lint_tree
from delete_lint.output.formats import FORMATS, render
from delete_lint.output.graph_json import graph_json
from delete_lint.output.graph_text import graph_overview, graph_tree
from delete_lint.output.plan_json import plan_json
from delete_lint.output.plan_mermaid import plan_mermaid
from delete_lint.output.plan_text import plan_text
from delete_lint.output.statistics import statistics, statistics_json
from delete_lint.output.style import Style
from delete_lint.report import Report
from delete_lint.settings import Settings
from delete_lint.source.discover import SourcePath, Tree
from delete_lint.source.facts import Known

#: Seconds of processor time that one project may take; other people's work on the machine does not count.
SECONDS = 5.0
_MODELS = 3
_DJANGO = ("4.2", "5.0", "5.2", "6.0", "6.1")
#: What a report says when delete-lint itself, and not what it read, is at fault.
_OWN_FAULTS = ("internal error", "failed: ", "mistake in delete-lint", "undo each other", "rounds of fixing")


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that must not happen. ``where`` is the same for what has the same cause."""

    where: str
    message: str


class TooSlow(BaseException):
    """Raised from outside when a trial takes too long; nothing in delete-lint may take it for an error of its own."""


@dataclass
class _Remembering(Known):
    """Facts as a second run finds them in a cache."""

    first: Known = field(default_factory=Known)

    def __post_init__(self) -> None:
        super().__init__()

    def _stored(self, key: bytes) -> bytes | None:
        known = self.first._facts.get(key)
        return known.encoded() if known is not None else None


def faults_of(project: Mapping[str, bytes], scratch: Path, thorough: bool = True) -> Iterator[Fault]:
    """Does everything with a project, files by their names. ``scratch`` is a folder in which some can be made. Without
    ``thorough`` things are left out that take as long as all others together, and the facts are not read back."""
    trial = _Trial(project, scratch)
    known = Known()
    try:
        report = trial.report(known)
    except Exception as error:
        yield fault(error)
        return
    yield from _told(report)
    # The pages of the rules, which SARIF carries, take longer than all the rest.
    for name in FORMATS:
        if thorough or name != "sarif":
            yield from _rendered(report, name, (False, True) if thorough else (False,))
    yield from _shown(report)
    if thorough:
        yield from trial.again(report, known)
    if any(finding.fix is not None for finding in report.findings):
        yield from trial.on_disk(_fixed)
    if thorough and report.findings:
        yield from trial.on_disk(_ignored)


def faults_within(project: Mapping[str, bytes], scratch: Path, *, seconds: float, thorough: bool = True) -> list[Fault]:
    """The faults of a project, with taking too long among them. For the main thread only."""
    found: list[Fault] = []
    before = signal.signal(signal.SIGPROF, _too_slow)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        found += faults_of(project, scratch, thorough)
    except TooSlow as late:
        found.append(Fault(f"more than {seconds:.0f} s", "".join(traceback.format_exception(late))[-3000:]))
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    return found


def _too_slow(number: int, frame: FrameType | None) -> None:
    raise TooSlow


def fault(error: BaseException) -> Fault:
    """What an exception means, by the innermost place in delete-lint that it passed."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "delete_lint" in frame.filename]
    where = f"{Path(frames[-1].filename).name}:{frames[-1].name}" if frames else "outside"
    return Fault(f"{type(error).__name__} in {where}", "".join(traceback.format_exception(error))[-3000:])


@dataclass(frozen=True, slots=True)
class _Trial:
    """A project, and a folder in which a copy of it can be made."""

    project: Mapping[str, bytes]
    scratch: Path

    @property
    def settings(self) -> Settings:
        version = _DJANGO[sum(map(len, self.project.values())) % len(_DJANGO)]
        return Settings(include_tests=True, include_migrations=True, django_version=version)

    def report(self, known: Known) -> Report:
        return lint_tree(self._tree(self.scratch), self.settings, known=known)

    def again(self, report: Report, known: Known) -> Iterator[Fault]:
        """What a second run finds in the cache has to lead to the same findings."""
        try:
            second = self.report(_Remembering(known))
        except Exception as error:
            yield fault(error)
            return
        if second.findings != report.findings:
            differing = {*second.findings} ^ {*report.findings}
            rules = sorted({finding.rule for finding in differing})
            yield Fault(f"other findings from the cache: {rules}", "\n".join(map(str, differing)))

    def on_disk(self, change: Callable[[Callable[[], Report], Path], Iterable[Fault]]) -> Iterator[Fault]:
        """Changes a copy: what was Python has to be Python still."""
        folder = Path(tempfile.mkdtemp(dir=self.scratch))
        try:
            for name, data in self.project.items():
                file = folder / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(data)
            tree = self._tree(folder)
            tree = structs.replace(tree, files=tuple(replace(file, content=None) for file in tree.files))
            yield from change(lambda: lint_tree(tree, self.settings), folder)
            for name, data in self.project.items():
                after = (folder / name).read_bytes()
                if after != data and _compiles(data) and not _compiles(after):
                    yield Fault("no longer Python", f"{name}\n{after.decode('utf-8', 'backslashreplace')}")
        except Exception as error:
            yield fault(error)
        finally:
            shutil.rmtree(folder)

    def _tree(self, root: Path) -> Tree:
        files = []
        for name, data in sorted(self.project.items()):
            parts = name.removesuffix(".py").split("/")
            module = ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)
            files.append(SourcePath(str(root / name), name, module, root, content=data))
        return Tree(root, root, tuple(files))


def _told(report: Report) -> Iterator[Fault]:
    for problem in report.problems:
        if any(words in problem for words in _OWN_FAULTS):
            last = next((line for line in reversed(report.details) if line.startswith("  File ")), "")
            yield Fault(f"{problem[:60]} {last.strip()[-60:]}", "\n".join((problem, *report.details)))
    for finding in report.findings:
        if finding.rule == "internal_error":
            yield Fault(f"internal_error: {finding.message[:80]}", f"{finding.place}: {finding.message}")
        lines = len(report.sources[finding.place.file].lines) if finding.place.file in report.sources else None
        if lines is not None and not 1 <= finding.place.line <= lines:
            yield Fault(f"a place that is not there: {finding.rule}", f"{finding.place}: {finding.message}")


def _rendered(report: Report, name: str, colours: Iterable[bool]) -> Iterator[Fault]:
    for colour in colours:
        try:
            lines = list(render(report, name, Style(colour)))
            text = "".join(f"{line}\n" for line in lines)
            text.encode("utf-8", "backslashreplace")
            if name in ("json", "sarif", "gitlab", "rdjson"):
                json.loads(text)
            elif name == "jsonl":
                for line in lines:
                    json.loads(line)
            elif name == "junit":
                ElementTree.fromstring(text)
            if name in ("json", "jsonl", "sarif", "gitlab", "rdjson", "junit"):
                text.encode("utf-8")
                break  # they have no colours
        except Exception as error:
            found = fault(error)
            yield Fault(f"--format {name}: {found.where}", found.message)


def _shown(report: Report) -> Iterator[Fault]:
    try:
        json.dumps(graph_json(report.graph))
        graph_overview(report.graph, True)
        list(statistics(report, Style(True)))
        json.loads(statistics_json(report))
        for label in sorted(report.graph.models)[:_MODELS]:
            graph_tree(report.graph, label)
            plan = delete_plan(report.graph, label)
            plan_text(report.graph, plan, True)
            json.dumps(plan_json(plan))
            plan_mermaid(plan)
    except Exception as error:
        yield fault(error)


def _fixed(report: Callable[[], Report], folder: Path) -> Iterator[Fault]:
    applied = apply_fixes(report(), folder, report, unsafe=True)
    yield from _told(applied.report)
    yield from _own(applied.problems)


def _ignored(report: Callable[[], Report], folder: Path) -> Iterator[Fault]:
    found = report()
    applied = write_fixes(ignores_for(found, "known"), found, folder)
    yield from _own(applied.problems)


def _own(problems: Iterable[str]) -> Iterator[Fault]:
    for problem in problems:
        if any(words in problem for words in _OWN_FAULTS):
            yield Fault(problem.partition(": ")[2][:80], problem)


def _compiles(data: bytes) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(data, "", "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError, SystemError):
            return False
    return True
