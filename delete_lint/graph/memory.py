"""How many bytes Python holds while Django deletes: instances, the rows they are made from, and lists of keys.

What is foreseen is what `tracemalloc` sees, on CPython 3.11 to 3.13: there is no constant here for a version, because
they are closer together than the sizes of the values are known. Everything that is collected is held until ``delete()``
returns. `benchmarks/memory.py` compares the model with reality.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from delete_lint.graph.collector import all_fields, is_loaded, primary_key
from delete_lint.graph.model import SKIP_HANDLERS, Field
from delete_lint.graph.project import ProjectGraph


class Size(NamedTuple):
    """Mean bytes of a column in Python: of the value in the instance, and of the ``raw`` text that the driver gave, 0
    where the value is just that. NULLs count as nothing."""

    raw: float
    value: float


#: By the name of a field, or of its attribute or column.
Sizes = Mapping[str, Size]

#: An instance, its ``ModelState``, the values of that, and its places in a list or two; without values of its own.
_INSTANCE = 180
#: ``ModelState`` where its attributes do not fit into what its instances share, see `row_bytes`.
_STATE_OF_ITS_OWN = 230
#: Descriptors of foreign keys and files write into ``__dict__``, which makes it an object; those of foreign keys look
#: into ``fields_cache``, which makes that one.
_DICT = 64
#: The parent of a multi-table child stands in the child's ``fields_cache``.
_CACHED_PARENT = 180
#: As many attributes as instances of a class can share the names of (``SHARED_KEYS_MAX_SIZE``), without ``_state``.
_SHARED = 28
#: A row from the driver is a tuple, and has its place in a list.
_ROW, _ROW_COLUMN = 42, 8
STRING = 49
#: One key in a statement: in the SQL, in the parameters, and in the lists in which Django and the driver prepare them.
_KEY = 300

#: Values by the class of their field, or by the class that it is internally.
VALUES = {
    "AutoField": 32,
    "BigAutoField": 32,
    "SmallAutoField": 32,
    "IntegerField": 32,
    "BigIntegerField": 32,
    "PositiveIntegerField": 32,
    "PositiveBigIntegerField": 32,
    "PositiveSmallIntegerField": 16,  # small integers are there already
    "SmallIntegerField": 16,
    "BooleanField": 0,
    "NullBooleanField": 0,
    "FloatField": 24,
    "DecimalField": 104,
    "DateTimeField": 48,
    "DateField": 32,
    "TimeField": 40,
    "DurationField": 40,
    "UUIDField": 96,
    "GenericIPAddressField": STRING + 12,
    "FileField": STRING + 45,
    "ImageField": STRING + 45,
    "URLField": STRING + 60,
}
_KEY_FIELDS = frozenset({"ForeignKey", "OneToOneField", "ParentalKey", "TreeForeignKey"})
_JSON_FIELDS = frozenset({"JSONField", "HStoreField"})

#: What a short text and a large column hold where nobody has measured it.
_SHORT_TEXT = 20
_LARGE_TEXT = 1000
#: JSON as Python objects by the length of its text: 1 for one long string, 2 for forty keys, 6 for a list of numbers.
JSON_FACTOR = 2.5


@dataclass(frozen=True, slots=True)
class Column:
    """A column that is read. ``kind`` is the class of its field; ``size`` was measured in Python, ``text`` are the
    bytes that it takes in the database; both are None where they are not known."""

    kind: str
    text: float | None = None
    size: Size | None = None
    large: bool = False

    @property
    def value(self) -> float:
        """Bytes of the value in the instance."""
        if self.size is not None:
            return self.size.value
        if self.text is None and not self.large and (known := VALUES.get(self.kind)) is not None:
            return known
        return STRING + self._text * (JSON_FACTOR if self._is_json else 1)

    @property
    def raw(self) -> float:
        """Bytes of what the driver gave, where that is something else than the value."""
        if self.size is not None:
            return self.size.raw
        return STRING + self._text if self._is_json else 0

    @property
    def _is_json(self) -> bool:
        return self.kind in _JSON_FIELDS or (self.large and "json" in self.kind.lower())

    @property
    def _text(self) -> float:
        if self.text is not None:
            return self.text
        return _LARGE_TEXT if self.large else _SHORT_TEXT


@dataclass(frozen=True, slots=True)
class RowBytes:
    """Bytes of one collected row: ``held`` by its instance until ``delete()`` returns, and those besides of what the
    driver gave, for as long as the rows of the same SELECT are ``read``: Django fetches all of them first."""

    held: float
    read: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Rows of one SELECT that become instances.

    ``at_once`` is how many of them are read together, None for all. ``keys_asked`` and ``keys_deleted`` are the keys in
    the longest statement that asks for rows that refer to these, and that deletes or changes such rows in the end.
    """

    label: str
    rows: int
    row: RowBytes
    at_once: int | None = None
    keys_asked: int = 0
    keys_deleted: int = 0

    @property
    def held(self) -> float:
        return self.rows * self.row.held


def row_bytes(columns: Iterable[Column], *, all_columns: int, crowded_state: bool = False) -> RowBytes:
    """What a row of these columns holds as an instance of a model that has ``all_columns``.

    ``crowded_state`` is for a process in which the attributes of ``ModelState`` do not fit into what all its instances
    share: CPython reserves less for an attribute with each instance that is made without it, so this is so where
    thirty instances were made in Python before the first one was read from a database.
    """
    columns = tuple(columns)
    held = _INSTANCE + _attributes(len(columns), all_columns) + sum(column.value for column in columns)
    if any(column.kind in _KEY_FIELDS for column in columns):
        held += 2 * _DICT
    elif any(column.kind in ("FileField", "ImageField") for column in columns):
        held += _DICT
    if crowded_state:
        held += _STATE_OF_ITS_OWN
    return RowBytes(held, _ROW + sum(_ROW_COLUMN + column.raw for column in columns))


def _attributes(read: int, all_columns: int) -> float:
    """The references to the values. One with more attributes than can be shared has a whole dictionary; else there is
    room for every attribute that some instance has had. It is not known whether others had more than this one."""
    if read <= _SHARED:
        others = min(max(read, all_columns), _SHARED)
        return 14 + 9 * (1 + (read + others) / 2)
    slots = 128
    while 1 + read > slots * 2 // 3:
        slots *= 2
    return 96 + slots * (1 if slots <= 256 else 2) + slots * 2 // 3 * 16


def peak_bytes(loads: Sequence[Load]) -> int:
    """The most that is held at any time, for loads in the order of their SELECTs."""
    held = 0.0
    collected: dict[str, int] = defaultdict(int)
    sets = 0
    peak = 0.0
    for load in loads:
        at_once = load.rows if load.at_once is None else min(load.rows, load.at_once)
        peak = max(peak, held + sets + load.held + at_once * load.row.read)
        held += load.held
        sets -= set_bytes(collected[load.label])
        collected[load.label] += load.rows
        sets += set_bytes(collected[load.label])
        peak = max(peak, held + sets + 16 * load.rows + load.keys_asked * _KEY)
    # In the end all sets but the last have become sorted lists.
    if loads:
        in_lists = 8 * sum(collected.values()) + set_bytes(collected[list(collected)[-1]])
        peak = max(peak, held + in_lists + max(load.keys_deleted for load in loads) * _KEY)
    return round(peak)


def set_bytes(size: int) -> int:
    """The table of a ``set`` that has grown to so many members one by one, as ``Collector.data`` keeps them."""
    slots = 8
    while size * 5 >= (slots - 1) * 3:
        used = -(-(slots - 1) * 3 // 5)
        wanted = used * (2 if used > 50_000 else 4)
        while slots <= wanted:
            slots *= 2
    return slots * 16


# --- by the graph -------------------------------------------------------------------------------------------------


def model_row_bytes(
    graph: ProjectGraph,
    label: str,
    columns: Iterable[str] | None,
    sizes: Sizes | None = None,
    *,
    crowded_state: bool = False,
) -> RowBytes:
    """What one loaded row of a model holds; ``columns`` are names of fields, attributes or columns, None for all.

    No columns at all are those of a multi-table parent that is made from its child: the values are the child's.
    """
    fields = all_fields(graph, label)
    by_counts = _texts_by_row_counts(graph, label)
    if columns is None:
        wanted = fields
    else:
        names = frozenset(columns)
        wanted = tuple(field for field in fields if not names.isdisjoint(_names(field)))
    row = row_bytes(
        [_column(graph, label, field, sizes or {}, by_counts) for field in wanted],
        all_columns=len(fields),
        crowded_state=crowded_state,
    )
    if wanted:
        return row
    return RowBytes(row.held + _CACHED_PARENT + _attributes(len(fields), len(fields)) - _attributes(0, len(fields)))


def instance_bytes(graph: ProjectGraph, label: str, columns: Iterable[str] | None, sizes: Sizes | None = None) -> float:
    """What one loaded row adds to the peak, if the rows of its model are most of what is loaded."""
    row = model_row_bytes(graph, label, columns, sizes)
    return row.held + max(row.read, 60)


def model_load(
    graph: ProjectGraph,
    label: str,
    columns: Iterable[str] | None,
    rows: int,
    sizes: Sizes | None = None,
    *,
    keys_per_statement: int | None = None,
    at_once: int | None = None,
    crowded_state: bool = False,
) -> Load:
    """Rows of a model as a `Load`. ``keys_per_statement`` is Django's limit for one, None if it has none; ``at_once``
    is 1 for rows that a deferred column makes Django read each on its own."""
    row = model_row_bytes(graph, label, columns, sizes, crowded_state=crowded_state)
    keys = rows if not keys_per_statement else min(rows, keys_per_statement)
    asked, deleted = _followed_by(graph, label) if at_once != 1 else (False, False)
    return Load(
        label=label,
        rows=rows,
        row=row,
        at_once=at_once,
        keys_asked=keys if asked else 0,
        keys_deleted=keys if deleted else 0,
    )


def _followed_by(graph: ProjectGraph, label: str) -> tuple[bool, bool]:
    """Whether a statement with the keys of these rows asks for others, and whether one deletes or changes others."""
    relations = [each for each in graph.candidate_relations(label) if each.on_delete not in SKIP_HANDLERS]
    relations += graph.generic_relations(label)
    loaded = [is_loaded(graph, relation.model, relation) for relation in relations]
    return any(loaded), not all(loaded)


def _column(graph: ProjectGraph, label: str, field: Field, sizes: Sizes, by_counts: Mapping[str, float]) -> Column:
    for name in _names(field):
        if name in sizes:
            return Column(field.type, size=sizes[name])
    key = None if field.type in VALUES or field.large else _reference(graph, label, field)
    if key is not None:
        return Column(field.type, size=Size(0, key))
    return Column(field.type, text=by_counts.get(field.name), large=field.large)


def _names(field: Field) -> tuple[str, str, str]:
    return field.name, field.column, f"{field.name}_id"


def _reference(graph: ProjectGraph, label: str, field: Field) -> float | None:
    """The value of a foreign key, by what it refers to."""
    seen: set[tuple[str, str]] = set()
    name = field.name
    while (label, name) not in seen:
        seen.add((label, name))
        relation = next((each for each in graph.pointing_from(label) if each.field == name), None)
        if relation is None:
            break
        label = graph.concrete(relation.target)
        name = relation.to_field or primary_key(graph, label)[0]
    if len(seen) == 1:
        return None
    target = next((each for each in all_fields(graph, label) if each.name == name), None)
    return Column(target.type).value if target is not None else VALUES["BigAutoField"]


def _texts_by_row_counts(graph: ProjectGraph, label: str) -> dict[str, float]:
    """Large columns as the row counts have them, and what these leave for each short text of a row."""
    counts = graph.row_counts
    found: dict[str, float] = {}
    if counts is None:
        return found
    for owner in (graph.concrete(label), *graph.ancestors(label)):
        table = counts.tables.get(owner)
        model = graph.models.get(owner)
        if table is None or model is None:
            continue
        found.update(table.large)
        texts = [each.name for each in model.fields if _is_short_text(graph, owner, each)]
        if texts and table.bytes:
            rest = table.bytes - 8 * (len(model.fields) - len(texts))
            found.update(dict.fromkeys(texts, min(max(rest / len(texts), 4), 255)))
    return found


def _is_short_text(graph: ProjectGraph, label: str, field: Field) -> bool:
    if field.large or field.type in _KEY_FIELDS or field.primary_key:
        return False
    return (field.type not in VALUES or field.is_file) and _reference(graph, label, field) is None
