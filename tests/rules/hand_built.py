"""Small project graphs made by hand, to ask single rules about."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from delete_lint.findings import Finding
from delete_lint.graph.model import Field, Model, Relation
from delete_lint.graph.place import Place
from delete_lint.graph.project import DjangoVersion, ProjectGraph
from delete_lint.graph.receiver import Receiver
from delete_lint.graph.site import DeleteSite
from delete_lint.rule import load_rules
from delete_lint.settings import Thresholds

_TYPES = {"payload": "JSONField", "note": "TextField", "upload": "FileField"}


def model(name: str, *columns: str, line: int = 1, **more: Any) -> Model:
    """A model of the app ``shop``; ``payload`` and ``note`` are large columns, ``upload`` is a file."""
    key = () if more.get("parents") else (Field(name="id", column="id", type="AutoField", primary_key=True),)
    rest = tuple(
        Field(
            name=column,
            column=column,
            type=_TYPES.get(column, "CharField"),
            large=column in ("payload", "note"),
            is_file=column == "upload",
        )
        for column in columns
    )
    return Model(
        label=f"shop.{name}",
        module="shop.models",
        name=name,
        place=Place("shop/models.py", line),
        fields=key + rest,
        concrete=f"shop.{name}",
        **more,
    )


def edge(child: str, parent: str, on_delete: str = "CASCADE", *, line: int = 2, **more: Any) -> Relation:
    """``child`` points at ``parent`` through a field named after it."""
    given = {"kind": "fk", "field": parent.lower(), "place": Place("shop/models.py", line), **more}
    return Relation(model=f"shop.{child}", target=f"shop.{parent}", on_delete=on_delete, **given)


def generic(owner: str, behind: str, field: str = "tags") -> Relation:
    """``owner`` has a GenericRelation to ``behind``."""
    return edge(behind, owner, kind="generic", field=field, line=9)


def parent_link(child: str, parent: str) -> Relation:
    return edge(child, parent, kind="parent_link", field=f"{parent.lower()}_ptr", place=None)


def listener(*senders: str, name: str = "forget", **more: Any) -> Receiver:
    """A receiver of ``post_delete``, for every model when no sender is named."""
    return Receiver(
        module="shop.signals",
        name=name,
        place=Place("shop/signals.py", 31),
        signals=("post_delete",),
        senders=tuple(f"shop.{sender}" for sender in senders) or None,
        **more,
    )


def site(name: str | None, kind: str = "queryset", *, line: int = 7, **more: Any) -> DeleteSite:
    given: dict[str, Any] = {"unbounded": kind == "queryset", "filter": "other", "scope": "clean", **more}
    place = Place("shop/views.py", line)
    return DeleteSite(place=place, kind=kind, model=f"shop.{name}" if name else None, **given)  # type: ignore[arg-type]


def graph(
    *parts: Model | Relation | Receiver | DeleteSite, django: tuple[int, int] = (6, 1), **more: Any
) -> ProjectGraph:
    """A project made of these parts."""
    return ProjectGraph(
        root=".",
        source="static",
        django=DjangoVersion(*django),
        models={part.label: part for part in parts if isinstance(part, Model)},
        relations=tuple(part for part in parts if isinstance(part, Relation)),
        receivers=tuple(part for part in parts if isinstance(part, Receiver)),
        deletes=tuple(part for part in parts if isinstance(part, DeleteSite)),
        **more,
    )


def with_sites(project: ProjectGraph, *sites: DeleteSite) -> ProjectGraph:
    return replace(project, deletes=sites)


def ask(rule: str, project: ProjectGraph, **thresholds: int) -> list[Finding]:
    """What a rule has to say about a project."""
    check = load_rules()[rule].check
    assert check is not None
    return list(check(project, Thresholds(**thresholds)))


def said(rule: str, project: ProjectGraph, **thresholds: int) -> Finding:
    """The one thing that a rule has to say."""
    (finding,) = ask(rule, project, **thresholds)
    return finding
