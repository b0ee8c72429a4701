"""Drawing the project graph from what the linking found."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from delete_lint.catalog.listeners import listening_packages
from delete_lint.graph.model import RUN_ON_LOADING, Field, Model, QuerySetClass, Relation
from delete_lint.graph.place import Place
from delete_lint.graph.project import DjangoVersion, ProjectGraph
from delete_lint.graph.receiver import Receiver
from delete_lint.graph.site import DeleteSite, EntryPoint, Mute
from delete_lint.source import syntax
from delete_lint.source.arguments import NO_ARGUMENTS
from delete_lint.source.declarations import ClassDecl
from delete_lint.source.discover import Tree
from delete_lint.source.frame import Frame
from delete_lint.source.listening import Listening
from delete_lint.source.receivers import Connection
from delete_lint.source.schema import ModelDecl
from delete_lint.source.values import ClassValue, Manager, QuerySet, ordered

if TYPE_CHECKING:
    from delete_lint.source.evaluate import Evaluator


#: A receiver that is told of each row that is loaded: the signal, not the method of dataclasses.
_POST_INIT = re.compile(rb"(?<!_)\bpost_init\b")


class Draw:
    """Turns declarations into the dataclasses of the graph."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.evaluator = evaluator
        self.schema = evaluator.schema

    def graph(
        self,
        tree: Tree,
        django: DjangoVersion,
        connections: list[Connection],
        deletes: list[DeleteSite],
        entry_points: list[EntryPoint],
    ) -> ProjectGraph:
        receivers = Listening(self.evaluator).receivers(connections)
        models = {model.label: model for model in self._models()}
        relations = [relation for relation in self._relations() if relation.target in models]
        for through in self._through_models():
            models.setdefault(through.label, through)
        return ProjectGraph(
            root=str(tree.root),
            source="static",
            django=django,
            models=dict(sorted(models.items())),
            relations=tuple(relations),
            receivers=tuple(sorted(receivers, key=_receiver_order)),
            deletes=tuple(sorted(deletes, key=lambda site: site.place)),
            entry_points=tuple(entry_points),
            queryset_classes=tuple(self._queryset_classes()),
            mutes=tuple(_mutes(deletes)),
            databases=self.evaluator.apps.databases,
            files=len(tree.files),
            unseen_listeners=self._unseen_listeners(),
        )

    def _unseen_listeners(self) -> tuple[str, ...]:
        """Packages that are installed or imported, by what the source says."""
        project = self.evaluator.project
        names = {name: name.encode() for name in listening_packages()}
        mentioned = project.mentioned(names.values())
        found: list[str] = []
        for name, needle in names.items():
            if needle not in mentioned:
                continue
            named = re.compile(rb"(?:from|import)[ \t]+%b\b|[\"']%b[\"'.]" % (needle, needle))
            if any(project.matches(source, named) for source in project.files_with(needle)):
                found.append(name)
        return tuple(found)

    @cached_property
    def _hears_of_loading(self) -> bool:
        """Whether the project has receivers of ``post_init``, of whatever models."""
        project = self.evaluator.project
        return any(project.matches(source, _POST_INIT) for source in project.files_with(b"post_init"))

    # --- models -------------------------------------------------------------------------------------------------

    def _drawn(self) -> Iterator[ModelDecl]:
        """Models in the graph; of several classes with one label the one that took it first."""
        for decl, model in self.schema.models.items():
            if model.abstract and decl.known is not None:
                continue
            if model.abstract or self.schema.by_label(model.label) is decl:
                yield model

    def _models(self) -> Iterator[Model]:
        for model in self._drawn():
            decl = model.decl
            override = self.evaluator.project.find_method(decl, "delete")
            manager, filters = self._base_manager(model)
            fields = [] if model.proxy else list(self._fields(model))
            yield Model(
                label=model.label,
                module=decl.module.name if decl.module else decl.known.module if decl.known else "",
                name=decl.name,
                place=decl.place,
                abstract=model.abstract,
                proxy=model.proxy,
                concrete=self._label(model.concrete),
                managed=model.managed,
                swapped=self._swapped(model),
                own=decl.known is None,
                package=decl.known.module.partition(".")[0] if decl.known else None,
                parents=tuple(self._label(parent) for parent in self._direct_parents(model)),
                fields=tuple(fields),
                delete_override=override.place if override is not None and not model.abstract else None,
                override_owner=override.owner.qualname if override is not None and override.owner else None,
                loading_override=self._hears_of_loading
                or any(self.evaluator.project.find_method(decl, name) for name in RUN_ON_LOADING),
                inherits_delete=any(base.known is not None and base.known.delete for base in self._bases(decl)),
                unread_base=any(_is_unread(name) for name in self.evaluator.project.external_bases(decl)),
                base_manager=manager,
                base_manager_filters=filters,
                base_manager_place=(
                    decl.module.place(*model.base_manager_place)
                    if model.base_manager_place is not None and decl.module is not None
                    else None
                ),
            )

    def _bases(self, decl: ClassDecl) -> Iterator[ClassDecl]:
        return (base for base in self.evaluator.project.mro(decl) if isinstance(base, ClassDecl))

    def _label(self, decl: ClassDecl) -> str:
        return self.schema.models[decl].label

    def _swapped(self, model: ModelDecl) -> str | None:
        if model.swappable is None:
            return None
        label = self.evaluator.apps.setting(model.swappable)
        return label if label is not None and label.lower() != model.label.lower() else None

    def _direct_parents(self, model: ModelDecl) -> list[ClassDecl]:
        """Multi-table parents that are not parents of another parent already."""
        return [
            parent
            for parent in (self.schema.models[p].concrete for p in model.parents)
            if not any(parent in self.schema.models[other].parents for other in model.parents if other is not parent)
        ]

    def _fields(self, model: ModelDecl) -> Iterator[Field]:
        for field in model.fields.values():
            if field.kind in ("m2m", "generic_relation", "generic_fk", "virtual"):
                continue
            yield Field(
                name=field.name,
                column=f"{field.name}_id" if field.kind in ("fk", "o2o") else field.name,
                type=field.type,
                large=field.large,
                primary_key=field.primary_key,
                is_file=field.kind == "file",
                null=field.null,
                place=field.place,
            )

    def _base_manager(self, model: ModelDecl) -> tuple[str | None, bool]:
        name = model.base_manager_name
        if name is None:
            return None, False
        frame = Frame(self.schema.any_module(model.decl))
        for value in ordered(self.evaluator.attributes.get(ClassValue(model.decl), name, None, frame)):
            if isinstance(value, Manager):
                node = syntax.Call(syntax.Opaque(), [], 1, 1)
                rows = self.evaluator.calls.method(value, "get_queryset", NO_ARGUMENTS, node, frame)
                filters = any(isinstance(r, QuerySet) and r.query.filter != "none" for r in rows)
                decl = value.decl or value.queryset
                return (decl.qualname if decl is not None else "Manager"), filters
        return name, False

    # --- relations ----------------------------------------------------------------------------------------------

    def _relations(self) -> Iterator[Relation]:
        for model in self._drawn():
            if model.abstract or model.proxy:
                continue
            linked = set()
            for field in model.fields.values():
                target = self.schema.models.get(field.target) if field.target is not None else None
                if target is None:
                    continue
                label = target.label
                if field.kind in ("fk", "o2o"):
                    is_link = (
                        field.kind == "o2o"
                        and target.decl in model.parents
                        and (field.parent_link or not any(p.known for p in model.parents))
                    )
                    if is_link:
                        linked.add(target.decl)
                    yield Relation(
                        model=model.label,
                        target=label,
                        field=field.name,
                        kind="parent_link" if is_link else "fk" if field.kind == "fk" else "o2o",
                        on_delete=field.on_delete,
                        null=field.null,
                        to_field=field.to_field,
                        db_constraint=field.db_constraint,
                        wraps_cascade=field.wraps_cascade,
                        place=field.place,
                    )
                elif field.kind == "generic_relation":
                    yield Relation(
                        model=label, target=model.label, field=field.name, kind="generic", on_delete="CASCADE",
                        place=field.place,
                    )  # fmt: skip
                elif field.kind == "m2m" and field.through is None:
                    yield from self._through_relations(model, field.name, target, field.db_constraint)
            for parent in self._direct_parents(model):
                if parent not in linked:
                    yield Relation(
                        model=model.label, target=self._label(parent), field=f"{parent.name.lower()}_ptr",
                        kind="parent_link", on_delete="CASCADE", place=model.decl.place,
                    )  # fmt: skip

    def _through_relations(
        self, model: ModelDecl, name: str, target: ModelDecl, db_constraint: bool
    ) -> Iterator[Relation]:
        """Both keys of an automatic many-to-many table (``create_many_to_many_intermediary_model``)."""
        source, other = model.decl.name.lower(), target.decl.name.lower()
        if target.decl is model.decl or source == other:
            source, other = f"from_{source}", f"to_{other}"
        for label, field in ((model.label, source), (target.label, other)):
            yield Relation(
                model=f"{model.label}_{name}", target=label, field=field, kind="m2m_through", on_delete="CASCADE",
                db_constraint=db_constraint,
            )  # fmt: skip

    def _through_models(self) -> Iterator[Model]:
        for model in self._drawn():
            if model.abstract or model.proxy:
                continue
            for field in model.fields.values():
                if field.kind == "m2m" and field.through is None and field.target is not None:
                    label = f"{model.label}_{field.name}"
                    yield Model(
                        label=label,
                        module=model.decl.module.name if model.decl.module else "",
                        name=label.partition(".")[2],
                        place=field.place,
                        concrete=label,
                        auto_created=True,
                        managed=model.managed,
                        own=model.decl.known is None,
                    )

    # --- classes that override delete ---------------------------------------------------------------------------

    def _queryset_classes(self) -> Iterator[QuerySetClass]:
        project = self.evaluator.project
        for name in sorted(project.possible_subclasses("QuerySet")):
            for source, _ in project.class_names[name]:
                if not project.holds(source, b"def delete"):
                    continue
                module = project.module_of(source)
                decl = module.classes.get(name) if module is not None else None
                if (
                    module is None
                    or decl is None
                    or "delete" not in decl.functions
                    or not self.schema.managers.is_queryset(decl)
                ):
                    continue
                exposed, models = self._exposure(decl)
                yield QuerySetClass(
                    module=module.name,
                    name=decl.qualname,
                    delete=decl.functions["delete"].place,
                    queryset_only=_queryset_only(decl),
                    exposed_by=exposed,
                    models=tuple(models),
                )

    def _exposure(self, decl: ClassDecl) -> tuple[Place | None, list[str]]:
        """Where this class becomes a manager, and the models that have it."""
        place: Place | None = None
        models: list[str] = []
        for model in self.schema.models.values():
            if model.decl.module is None:
                continue
            for name, assigned in model.decl.attributes.items():
                if name in model.fields or not any(isinstance(a.value, syntax.Call) for a in assigned):
                    continue
                frame = Frame(model.decl.module)
                for value in ordered(self.evaluator.attributes.get(ClassValue(model.decl), name, None, frame)):
                    if not isinstance(value, Manager):
                        continue
                    mro = self.evaluator.project.mro
                    made = value.exposes and value.queryset is not None and decl in mro(value.queryset)
                    inherited = value.decl is not None and decl in mro(value.decl)
                    if made or inherited:
                        models.append(model.label)
                        place = place or model.decl.module.place(assigned[-1].line, assigned[-1].column)
        return place, sorted(set(models))


def _queryset_only(decl: ClassDecl) -> bool:
    """``delete.queryset_only = True`` in the class body."""
    for statement in decl.node.body:
        if isinstance(statement, syntax.Assign) and isinstance(statement.value, syntax.Constant):
            for target in statement.targets:
                if (
                    isinstance(target, syntax.Attribute)
                    and target.name == "queryset_only"
                    and isinstance(target.value, syntax.Name)
                    and target.value.id == "delete"
                ):
                    return statement.value.value is True
    return False


def _mutes(deletes: Iterable[DeleteSite]) -> Iterator[Mute]:
    seen = set()
    for site in deletes:
        if site.muted == "receivers_emptied" and site.muted_at is not None and site.muted_at not in seen:
            seen.add(site.muted_at)
            yield Mute(
                place=site.muted_at, kind="receivers_emptied", call=site.muted_call,
                signals=("pre_delete", "post_delete"), deletes=True, model=site.model, scope=site.scope,
            )  # fmt: skip


def _receiver_order(receiver: Receiver) -> tuple[str, int, str]:
    place = receiver.place
    return (place.file if place else "", place.line if place else 0, f"{receiver.module}.{receiver.name}")


def _is_unread(dotted: str) -> bool:
    """Whether a class outside the project is one that nothing is known of."""
    package = dotted.partition(".")[0]
    return package != "django" and package not in sys.stdlib_module_names
