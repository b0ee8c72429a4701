"""Where deletes come from: the admin, views, APIs, tasks, commands and other code that leads to one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Literal, TypeVar

from delete_lint.catalog.tasks import is_task_decorator
from delete_lint.graph.place import Place
from delete_lint.graph.project import ProjectGraph
from delete_lint.graph.site import DeleteSite, EntryKind
from delete_lint.report import SourceText
from delete_lint.report_page.callers import Function, calls
from delete_lint.source.outline import Block, read_outline

Kind = Literal["admin", "view", "api", "task", "command", "receiver", "override", "migration", "code"]

#: The order in which kinds are told: what a stranger can set off first.
KINDS: tuple[Kind, ...] = (
    "view", "api", "admin", "task", "command", "receiver", "override", "migration", "code",
)  # fmt: skip

_OF_GRAPH: dict[EntryKind, Kind] = {"admin": "admin", "delete_view": "view", "drf_destroy": "api"}

_COMMAND = re.compile(r"(?:^|/)management/commands/(\w+)\.py$")
_MIGRATION = re.compile(r"(?:^|/)migrations/(\w+)\.py$")
_DECORATOR = re.compile(r"^\s*@\s*([\w.]+)", re.MULTILINE)
_FROM = re.compile(r"^\s*from\s+([\w.]+)\s+import\s+([^#\n]*)", re.MULTILINE)
#: REST views, and the mutations of GraphQL.
_API = re.compile(r"ViewSet|APIView|Mutation\b")
_REQUEST = re.compile(r"\(\s*(?:self\s*,\s*)?request\b")

#: So many calls up, a function is followed to who calls it.
_CALLS = 4

T = TypeVar("T")

#: URLs by the file of a view and its qualified name.
Urls = Mapping[tuple[str, str], tuple[str, ...]]


@dataclass(slots=True, kw_only=True)
class Entry:
    """One place from which a delete starts. ``models`` are the labels of what is deleted; ``sites`` are indices of the
    graph's delete sites in it, ``led`` of those in functions that it calls, ``through`` which it does."""

    kind: Kind
    name: str
    place: Place
    models: list[str] = field(default_factory=list)
    urls: tuple[str, ...] = ()
    sites: list[int] = field(default_factory=list)
    led: list[int] = field(default_factory=list)
    through: list[str] = field(default_factory=list)

    @property
    def order(self) -> tuple[int, str, int, str]:
        return (KINDS.index(self.kind), self.place.file, self.place.line, self.name)


def entries(
    graph: ProjectGraph, sources: Mapping[str, SourceText], urls: Urls, admin_urls: Mapping[str, str]
) -> list[Entry]:
    """All of them, in the order of `KINDS`. ``admin_urls`` are by label."""
    found: dict[tuple[str, str], Entry] = {}
    for point in graph.entry_points:
        if not graph.is_installed(point.model):
            continue
        kind = _OF_GRAPH[point.kind]
        # One admin class may be registered for several models, and each is a page of its own.
        name = f"{point.name} of {point.model}" if kind == "admin" else point.name
        entry = found.setdefault((point.place.file, name), Entry(kind=kind, name=name, place=point.place))
        _add(entry.models, point.model)
        entry.urls = (
            tuple(filter(None, [admin_urls.get(point.model)])) if kind == "admin" else _urls(urls, point.place, name)
        )
    reading = _Reading(graph, sources)
    for number, site in enumerate(graph.deletes):
        if site.kind == "other" or site.model is None or not graph.is_installed(site.model):
            continue
        owner = site.scope.rpartition(".")[0]
        entry = found.get((site.place.file, owner)) or reading.entry(found, site)
        entry.urls = entry.urls or _urls(urls, site.place, site.scope)
        _add(entry.models, site.model)
        entry.sites.append(number)
    reading.follow(found, urls)
    return sorted(found.values(), key=lambda entry: entry.order)


def _add(known: list[T], new: T) -> None:
    if new not in known:
        known.append(new)


def _urls(urls: Urls, place: Place, name: str) -> tuple[str, ...]:
    """Of a function, or of the class that it is a method of."""
    return urls.get((place.file, name)) or urls.get((place.file, name.rpartition(".")[0]), ())


@dataclass(frozen=True, slots=True)
class _Led:
    """A delete that a function leads to, and the functions on the way, its own first."""

    entry: Entry
    way: tuple[str, ...]

    def under(self, scope: str) -> _Led:
        return _Led(self.entry, (scope, *self.way))

    def add_to(self, outer: Entry) -> None:
        for label in self.entry.models:
            _add(outer.models, label)
        for site in self.entry.sites:
            _add(outer.led, site)
        _add(outer.through, " → ".join(self.way))


class _Reading:
    """Tells from the text around a delete what kind of code it is in."""

    def __init__(self, graph: ProjectGraph, sources: Mapping[str, SourceText]) -> None:
        self.sources = sources
        self.receivers = {
            (receiver.place.file, receiver.name) for receiver in graph.receivers if receiver.place is not None
        }
        self.lines = cache(self._lines)
        self.blocks = cache(self._blocks)

    def entry(self, found: dict[tuple[str, str], Entry], site: DeleteSite) -> Entry:
        kind = self._kind_of_site(site)
        return self._entry(found, kind, site.place, site.scope)

    def follow(self, found: dict[tuple[str, str], Entry], urls: Urls) -> None:
        """Adds what calls the functions that are no entry points by themselves."""
        led: dict[Function, dict[int, _Led]] = {}
        for key, entry in found.items():
            if entry.kind == "code":
                led[Function(*key)] = {id(entry): _Led(entry, (entry.name,))}
        todo = list(led)
        for _ in range(_CALLS):
            above: dict[Function, None] = {}
            for called, file, line in calls(todo, self.sources):
                way = list(_around(self.blocks(file), line))
                caller = Function(file, ".".join(block.name for block in way))
                if not caller.scope or caller == called:
                    continue
                kind = self._kind(file, caller.scope, way)
                if kind == "code":
                    known = led.setdefault(caller, {})
                    new = {key: each.under(caller.scope) for key, each in led[called].items() if key not in known}
                    known.update(new)
                    above.update({caller: None} if new else {})
                else:
                    outer = found.get((file, caller.scope.rpartition(".")[0]))
                    outer = outer or self._entry(found, kind, Place(file, line), caller.scope)
                    outer.urls = outer.urls or _urls(urls, outer.place, caller.scope)
                    for each in led[called].values():
                        each.add_to(outer)
            todo = list(above)

    def _entry(self, found: dict[tuple[str, str], Entry], kind: Kind, at: Place, scope: str) -> Entry:
        file = at.file
        way = list(_around(self.blocks(file), at.line))
        name = _name(kind, file, scope)
        # All of a command is one way in, and so is a function.
        key = (file, name if kind in ("command", "migration") else scope or name)
        place = Place(file, way[-1].line) if way else at
        return found.setdefault(key, Entry(kind=kind, name=name, place=place))

    def _kind_of_site(self, site: DeleteSite) -> Kind:
        if site.historical:
            return "migration"
        file, scope = site.place.file, site.scope
        kind = self._kind(file, scope, list(_around(self.blocks(file), site.place.line)))
        return "override" if kind == "code" and (site.override_super or scope.endswith(".delete")) else kind

    def _kind(self, file: str, scope: str, way: list[Block]) -> Kind:
        if _COMMAND.search(file):
            return "command"
        if _MIGRATION.search(file):
            return "migration"
        if (file, scope) in self.receivers:
            return "receiver"
        if any(self._is_task(file, block) for block in way):
            return "task"
        bases = " ".join(block.bases for block in way if block.kind == "class")
        if "Admin" in bases:
            return "admin"
        if _API.search(bases):
            return "api"
        if "View" in bases or any(self._takes_request(file, block) for block in way):
            return "view"
        return "code"

    def _is_task(self, file: str, block: Block) -> bool:
        if block.kind == "class":
            return bool(re.search(r"\b(?:\w*Task|JobRunner)\b", block.bases))
        above = "\n".join(self.lines(file)[block.start - 1 : block.line - 1])
        names = _DECORATOR.findall(above)
        return any(is_task_decorator(self._dotted(file, name)) for name in names)

    def _dotted(self, file: str, name: str) -> str:
        """The name with the module that it is imported from."""
        first, dot, rest = name.partition(".")
        for module, imported in _FROM.findall("\n".join(self.lines(file))):
            if first in re.findall(r"\w+", imported):
                return f"{module}.{first}{dot}{rest}"
        return name

    def _takes_request(self, file: str, block: Block) -> bool:
        header = "\n".join(self.lines(file)[block.line - 1 : block.header_end])
        return block.kind == "function" and _REQUEST.search(header) is not None

    def _lines(self, file: str) -> list[str]:
        try:
            return list(self.sources[file].lines)
        except KeyError:
            return []

    def _blocks(self, file: str) -> list[Block]:
        return read_outline("\n".join(self.lines(file))).blocks


def _name(kind: Kind, file: str, scope: str) -> str:
    """A command and a migration are called by their files, everything else by its qualified name."""
    pattern = {"command": _COMMAND, "migration": _MIGRATION}.get(kind)
    match = pattern.search(file) if pattern is not None else None
    return match[1] if match else scope or f"top level of {file.rpartition('/')[2]}"


def _around(blocks: Iterable[Block], line: int) -> Iterator[Block]:
    """The classes and functions around a line, the outermost first."""
    for block in blocks:
        if block.start <= line <= block.end:
            if block.kind in ("class", "function"):
                yield block
            yield from _around(block.children, line)
            return
