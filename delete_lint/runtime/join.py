"""The running project and its source put together: the registries say what is, the source says where and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cached_property

from delete_lint.graph.model import Field, Model, Relation
from delete_lint.graph.project import ProjectGraph
from delete_lint.graph.receiver import Receiver
from delete_lint.graph.site import DeleteSite, Loop

#: What reading a receiver's body tells (`delete_lint.source.body.Body`).
_BODY = (
    "work",
    "dispatches",
    "threads",
    "creations",
    "parent_reads",
    "reads",
    "origin_guard",
    "knows_origin",
    "sender_guard",
)


def join(runtime: ProjectGraph, static: ProjectGraph) -> ProjectGraph:
    """The graph of the running project with the places of the source, and with what only source has: delete sites,
    entry points, QuerySet classes, receivers that are never or not always connected."""
    return _Join(runtime, static).graph()


def differences(runtime: ProjectGraph, static: ProjectGraph) -> tuple[str, ...]:
    """What the source has and the running project has not, a line each."""
    return tuple(_Join(runtime, static).differences())


class _Join:
    def __init__(self, runtime: ProjectGraph, static: ProjectGraph) -> None:
        self.runtime = runtime
        self.static = static
        self.labels = dict(_same_models(runtime, static))
        self.sources = {label: static.models[known] for known, label in self.labels.items()}

    def graph(self) -> ProjectGraph:
        runtime, static = self.runtime, self.static
        return replace(
            runtime,
            root=static.root,
            models={label: self._model(model) for label, model in runtime.models.items()},
            relations=tuple(map(self._relation, runtime.relations)),
            receivers=tuple(self._receivers()),
            deletes=tuple(map(self._site, static.deletes)),
            entry_points=tuple(
                replace(entry, model=self.labels[entry.model])
                for entry in static.entry_points
                if entry.model in self.labels
            ),
            queryset_classes=tuple(replace(cls, models=self._known(cls.models)) for cls in static.queryset_classes),
            mutes=tuple(replace(mute, model=self._label(mute.model)) for mute in static.mutes),
            databases=runtime.databases or static.databases,
            files=static.files,
            row_counts=static.row_counts or runtime.row_counts,
            measured=static.measured or runtime.measured,
        )

    def differences(self) -> Iterator[str]:
        for label, model in self.static.models.items():
            if model.own and not model.abstract and label not in self.labels:
                yield f"{label} ({model.place}) is no model of the running project"
        for receiver in self._unconnected:
            if not _is_kept(receiver):
                yield f"{receiver.module}.{receiver.name} ({receiver.place}) is not connected in the running project"

    def _label(self, label: str | None) -> str | None:
        return self.labels.get(label) if label is not None else None

    def _known(self, labels: Iterable[str]) -> tuple[str, ...]:
        return tuple(self.labels[label] for label in labels if label in self.labels)

    # --- models and relations -----------------------------------------------------------------------------------

    def _model(self, model: Model) -> Model:
        source = self.sources.get(model.label)
        if source is None or not source.own:
            return model
        places = {field.name: field.place for field in source.fields}

        def placed(field: Field) -> Field:
            return replace(field, place=places.get(field.name) or field.place)

        same_override = model.override_owner == source.override_owner
        return replace(
            model,
            place=source.place or model.place,
            own=True,
            package=None,
            fields=tuple(map(placed, model.fields)),
            delete_override=(source.delete_override if same_override else None) or model.delete_override,
            loading_override=model.loading_override or source.loading_override,
            base_manager_filters=model.base_manager_filters
            or (model.base_manager is not None and source.base_manager_filters),
            base_manager_place=(
                source.base_manager_place or model.base_manager_place if model.base_manager is not None else None
            ),
        )

    @cached_property
    def _edges(self) -> dict[tuple[str | None, str | None, str, bool], Relation]:
        return {
            (self._label(edge.model), self._label(edge.target), edge.field, edge.kind == "generic"): edge
            for edge in self.static.relations
        }

    def _relation(self, edge: Relation) -> Relation:
        source = self._edges.get((edge.model, edge.target, edge.field, edge.kind == "generic"))
        if source is None:
            return edge
        wraps = edge.wraps_cascade or (source.wraps_cascade and source.on_delete == edge.on_delete)
        return replace(edge, place=source.place or edge.place, wraps_cascade=wraps)

    # --- delete sites -------------------------------------------------------------------------------------------

    def _site(self, site: DeleteSite) -> DeleteSite:
        loop = Loop(site.loop.place, self._label(site.loop.model)) if site.loop is not None else None
        return replace(site, model=self._label(site.model), loop=loop, leaf_first=self._known(site.leaf_first))

    # --- receivers ----------------------------------------------------------------------------------------------

    def _receivers(self) -> Iterator[Receiver]:
        for number, receiver in enumerate(self.runtime.receivers):
            source = self._pairs.get(number)
            yield receiver if source is None else self._joined(receiver, source)
        yield from (self._translated(receiver) for receiver in self._unconnected if _is_kept(receiver))

    @cached_property
    def _pairs(self) -> dict[int, Receiver]:
        """The receiver of the source for each of the running project's that has one."""
        found = _Index(self.static.receivers)
        pairs: dict[int, Receiver] = {}
        for number, receiver in enumerate(self.runtime.receivers):
            candidates = found.of(receiver)
            alive = [candidate for candidate in candidates if candidate.alive == receiver.alive]
            if candidates:
                pairs[number] = (alive or candidates)[0]
        return pairs

    @cached_property
    def _unconnected(self) -> list[Receiver]:
        """Receivers of the source that stand for no connection of the running project.

        One that the source takes for dead counts as connected when the running project has it alive for the senders
        it names: something holds it that the source does not show.
        """
        connected = self.runtime.receivers
        paired = {id(source) for number, source in self._pairs.items() if source.alive == connected[number].alive}
        index = _Index(connected)
        return [
            receiver
            for receiver in self.static.receivers
            if id(receiver) not in paired
            and not (receiver.dead is not None and any(self._covers(other, receiver) for other in index.of(receiver)))
        ]

    def _covers(self, connected: Receiver, receiver: Receiver) -> bool:
        if not connected.alive or connected.senders is None or receiver.senders is None:
            return connected.alive and connected.senders is None
        known = self._known(receiver.senders)
        return bool(known) and set(known) <= set(connected.senders)

    def _joined(self, receiver: Receiver, source: Receiver) -> Receiver:
        """The connected function, with the places of its source. Where the project was imported from elsewhere than
        the source that is linted, its body is that of the source, too."""
        here = source.place is not None and receiver.place is not None and source.place.file == receiver.place.file
        unread = not any(getattr(receiver, name) for name in _BODY)
        body = receiver if here and not unread else source
        translated = self._translated(source)
        return replace(
            receiver,
            place=source.place or receiver.place,
            senders=translated.senders if receiver.dead is not None and source.dead is not None else receiver.senders,
            registrations=translated.registrations or receiver.registrations,
            own=receiver.own or source.own,
            package=None if source.own else receiver.package,
            dead=(source.dead or receiver.dead) if receiver.dead is not None else None,
            is_async=receiver.is_async or source.is_async,
            **{name: getattr(body, name) for name in _BODY},
        )

    def _translated(self, receiver: Receiver) -> Receiver:
        """A receiver of the source with the running project's labels; a label that it does not know stays."""
        creations = tuple(
            replace(creation, model=self.labels.get(creation.model, creation.model)) for creation in receiver.creations
        )
        registrations = tuple(
            replace(registration, senders=self._senders(registration.senders))
            for registration in receiver.registrations
        )
        senders = self._senders(receiver.senders)
        return replace(receiver, senders=senders, registrations=registrations, creations=creations)

    def _senders(self, senders: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return None if senders is None else tuple(self.labels.get(label, label) for label in senders)


def _is_kept(receiver: Receiver) -> bool:
    """What never fires, and what is connected for a while only, is not there when the project has been set up."""
    return receiver.dead is not None or receiver.temporary


# --- what is the same ---------------------------------------------------------------------------------------------


def _same_models(runtime: ProjectGraph, static: ProjectGraph) -> Iterator[tuple[str, str]]:
    """Labels of the source and those of the running project: by class, since source shows no app's label for sure."""
    by_place: dict[tuple[str, str], str] = {}
    by_class: dict[tuple[str, str], str] = {}
    by_name: dict[str, list[Model]] = defaultdict(list)
    for label, model in runtime.models.items():
        by_class[model.module, model.name] = label
        by_name[model.name].append(model)
        if model.place is not None:
            by_place[model.place.file, model.name] = label
    for label, model in static.models.items():
        place = model.place
        found = by_place.get((place.file, model.name)) if place is not None else None
        found = found or by_class.get((model.module, model.name))
        if found is None and label in runtime.models and runtime.models[label].name == model.name:
            found = label
        if found is None:
            near = [other.label for other in by_name[model.name] if _is_same_module(other.module, model.module)]
            found = near[0] if len(near) == 1 else None
        if found is not None:
            yield label, found


def _is_same_module(one: str, other: str) -> bool:
    """Whether two names may be one module's, counted from different folders."""
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")


class _Index:
    """Receivers by where they stand, and by their names."""

    def __init__(self, receivers: Iterable[Receiver]) -> None:
        self._by_place: dict[tuple[str, int], list[Receiver]] = defaultdict(list)
        self._by_name: dict[str, list[Receiver]] = defaultdict(list)
        for receiver in receivers:
            if receiver.place is not None:
                self._by_place[receiver.place.file, receiver.place.line].append(receiver)
            self._by_name[_plain(receiver.name)].append(receiver)

    def of(self, receiver: Receiver) -> list[Receiver]:
        """Those that are the same function."""
        place = receiver.place
        found = self._by_place.get((place.file, place.line), []) if place is not None else []
        same = [other for other in found if _last(other) == _last(receiver)] or found
        return same or [
            other
            for other in self._by_name.get(_plain(receiver.name), ())
            if _is_same_module(other.module, receiver.module)
        ]


def _plain(name: str) -> str:
    return name.replace(".<locals>", "")


def _last(receiver: Receiver) -> str:
    return receiver.name.rpartition(".")[2]
