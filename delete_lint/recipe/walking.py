"""The part of a recipe that finds rows: what points at others, a page at a time, children first."""

from __future__ import annotations

from collections.abc import Iterator

from delete_lint.recipe.steps import Recipe
from delete_lint.recipe.tables import all_pointers, has_columns

_SIMPLE = '''
def _leaf_first(
    model: ModelClass, keys: Keys, using: str, size: int{AMONG}
) -> Iterator[tuple[ModelClass, Keys]]:
    """Yields these rows and all that hang on them in batches, children first.

    Each batch has to be gone before the next one is asked for{UNLESS}.
    """
    stack = [(model, keys, _below(model, keys, using, size{among}))]
    while stack:
        model, keys, below = stack[-1]
        found = next(below, None)
        if found is None:
            yield model, keys
            stack.pop()
        else:
            stack.append((*found, _below(*found, using, size{among})))
'''

_TANGLED = '''
@dataclass
class Batch:
    """Rows that go in one transaction: those of one model, or those of a ring.

    ``emptied`` are keys that lead back here from rows that go later. ``lowest`` is the
    place on the stack of the lowest batch that is in one ring with this one.{TAKES}
    """

    rows: list[tuple[ModelClass, Keys]]
    below: Iterator[tuple[ModelClass, str, Keys]]
    lowest: int
    ring: bool = False
    emptied: list[tuple[ModelClass, str, Keys]] = field(default_factory=list)
{FIELD}

def _leaf_first(
    model: ModelClass, keys: Keys, using: str, size: int{AMONG}{SEEN}
) -> Iterator[Batch]:
    """Yields these rows and all that hang on them in batches, children first.

    Each batch has to be gone before the next one is asked for{UNLESS}.
    A row that refers to another one further up the stack goes later than that one. If
    its key can be NULL it is emptied first: the row is found again without it. If not,
    all batches between the two make a ring, whose rows go together.
    """
    below = _below(model, keys, using, size{among})
    stack = [Batch([(model, keys)], below, lowest=0)]
{TAKE_FIRST}    place = {({IDENTITY}, key): 0 for key in keys}
    while stack:
        batch = stack[-1]
        found = next(batch.below, None)
        if found is not None:
            model, name, keys = found
            known = {CONCRETE}
            again = [key for key in keys if (known, key) in place]
            fresh = [key for key in keys if (known, key) not in place]{FILTER}
            if again and name:
                if model._meta.get_field(name).null:
                    batch.emptied.append((model, name, again))
                else:
                    batch.ring = True
                    lowest = min(place[known, key] for key in again)
                    batch.lowest = min(batch.lowest, lowest)
            if fresh:
                place.update({(known, key): len(stack) for key in fresh})
                below = _below(model, fresh, using, size{among})
                stack.append(Batch([(model, fresh)], below, lowest=len(stack)))
{TAKE_NEXT}        elif batch.lowest < len(stack) - 1:
            ring = stack[batch.lowest :]
            del stack[batch.lowest :]
            rows = [each for one in ring for each in one.rows]
            for model, keys in rows:
                known = {IDENTITY}
                place.update({(known, key): len(stack) for key in keys})
            stack.append(
                Batch(
                    rows,
                    chain.from_iterable([one.below for one in ring]),
                    lowest=min(one.lowest for one in ring),
                    ring=True,
                    emptied=[each for one in ring for each in one.emptied],
                )
            )
{TAKE_RING}        else:
{PARENTS}            yield batch
            stack.pop()
            for model, keys in batch.rows:
                for key in keys:
                    del place[{IDENTITY}, key]
'''

_TAKES = """
    ``parents`` are the rows of their multi-table parents, ``also`` those that go now."""

_FIELD = """    parents: dict[ModelClass, set[Any]] = field(default_factory=dict)
    also: list[tuple[ModelClass, Keys]] = field(default_factory=list)
"""

_WITH_PARENTS = """            for parent, above in batch.parents.items():
                # One on the stack, or going with a row there, has its turn later.
                alone = {key for key in above if (parent, key) not in place}
                for one in stack[:-1]:
                    alone -= one.parents.get(parent, set())
                keys = sorted(alone)
                for start in range(0, len(keys), size):
                    batch.also.append((parent, keys[start : start + size]))
"""

_PARENTS = '''
def _parents(
    found: list[tuple[ModelClass, Keys]], using: str
) -> dict[ModelClass, set[Any]]:
    """The keys of the multi-table parents of these rows, the nearest parents first."""
    parents: dict[ModelClass, set[Any]] = {}
    for model, keys in found:
        for parent, name in PARENTS.get(model, []):
            above: Iterable[Any] = keys
            if name != "pk":
                rows = _rows(model, keys, using).order_by()
                above = rows.values_list(name, flat=True)
            parents.setdefault(parent, set()).update(above)
    return parents
'''


def walking(recipe: Recipe) -> Iterator[str]:
    """The functions that walk through the rows."""
    among = ", among" if recipe.checks else ""
    parts = {
        "AMONG": ", among: Collection[ModelClass] | None = None" if recipe.checks else "",
        "among": among,
        "UNLESS": "" if not recipe.checks else ", unless they are only\n    looked at: those of the models ``among``",
    }
    if recipe.tangled:
        identity = "model._meta.concrete_model" if recipe.proxies else "model"
        seen = recipe.checks
        text = _TANGLED
        text = text.replace("{CONCRETE}", identity).replace("{IDENTITY}", identity)
        text = text.replace("{SEEN}", ", seen: Set[tuple[ModelClass, Any]] = frozenset()" if seen else "")
        text = text.replace(
            "{FILTER}", "\n            fresh = [key for key in fresh if (known, key) not in seen]" if seen else ""
        )
        if not recipe.proxies:  # then a model is its own concrete model
            lines = [line for line in text.split("\n") if line.strip() != "known = model"]
            text = "\n".join(lines).replace("known", "model")
        takes = bool(recipe.parents)
        text = text.replace("{PARENTS}", _WITH_PARENTS if takes else "")
        text = text.replace("{TAKES}", _TAKES if takes else "").replace("{FIELD}", _FIELD if takes else "")
        for name, pad in (("FIRST", 4), ("NEXT", 16), ("RING", 12)):
            taken = f"{' ' * pad}stack[-1].parents = _parents(stack[-1].rows, using)\n"
            text = text.replace(f"{{TAKE_{name}}}", taken if takes else "")
    else:
        text = _SIMPLE
    for name, value in parts.items():
        text = text.replace(f"{{{name}}}", value)
    yield _signature(text)
    yield _signature(_below(recipe))
    if recipe.parents:
        yield _PARENTS
    yield from _pointing(recipe)
    yield _PAGES


def _below(recipe: Recipe) -> str:
    found = "tuple[ModelClass, str, Keys]" if recipe.tangled else "tuple[ModelClass, Keys]"
    among = ", among: Collection[ModelClass] | None" if recipe.checks else ""
    column = ", column" if has_columns(recipe) else ""
    way = f"child, name{column}"
    named = ", name" if recipe.tangled else ""
    lines = [
        "",
        "def _below(",
        f"    model: ModelClass, keys: Keys, using: str, size: int{among}",
        f") -> Iterator[{found}]:",
        f'    """Pages of the rows that go before these{_and_field(recipe)}."""',
    ]
    meant = ", model, column" if column else ""
    page = f"yield child{named}, page"
    lines.append(f"    for {way} in CASCADES.get(model, []):")
    pad = " " * 8
    if recipe.checks:
        lines.append(f"{pad}if among is None or child in among:")
        pad += " " * 4
    lines += [
        f"{pad}rows = _pointing(child, name{meant}, keys, using)",
        f"{pad}for page in _pages(rows, size):",
        f"{pad}    {page}",
    ]
    if recipe.held:
        lines += [
            "    if among is None:",
            f"        for {way} in HELD.get(model, []):",
            f"            rows = _referring(child, name{meant}, keys, using)",
            "            for page in _pages(rows, size):",
            f"                {page}",
        ]
    if recipe.generic:
        lines += _generic(recipe)
    return "\n".join(lines) + "\n"


def _generic(recipe: Recipe) -> Iterator[str]:
    pad, owner, keys = " " * 4, "model", "keys"
    if recipe.shared_tags:
        yield f"{pad}# A parent's row goes with these, and might have been reached by itself as well."
        yield f"{pad}above = _parents([(model, keys)], using)"
        yield f"{pad}for owner, meant in [(model, keys), *above.items()]:"
        pad, owner, keys = " " * 8, "owner", "meant"
    yield f"{pad}for child, name in GENERIC.get({owner}, []):"
    pad += " " * 4
    if recipe.checks:
        yield f"{pad}if among is None or child in among:"
        pad += " " * 4
    yield f"{pad}relation: Any = {owner}._meta.get_field(name)"
    yield f"{pad}# Django asks so for the rows, and needs but the key of an instance."
    yield f"{pad}owners = [SimpleNamespace(pk=key) for key in {keys}]"
    yield f"{pad}rows = relation.bulk_related_objects(owners, using)"
    yield f"{pad}if isinstance(rows, QuerySet):  # taggit's manager has an empty list"
    yield f"{pad}    for page in _pages(rows, size):"
    yield f"{pad}        yield child{', ' + chr(34) * 2 if recipe.tangled else ''}, page"


def _and_field(recipe: Recipe) -> str:
    if not recipe.tangled:
        return ""
    return ", and the field that points at them"


def _pointing(recipe: Recipe) -> Iterator[str]:
    columns = has_columns(recipe)
    several = any(pointer.column == "*" for pointer in all_pointers(recipe))
    given = ("child, name, " if several else "") if columns else None
    yield _finding(
        "_pointing",
        given,
        "    # Django's cascade asks the base manager, too.",
        '    return child._base_manager.using(using).filter(**{f"{name}__in": keys})',
    )
    if recipe.held or recipe.dangling:
        rows = 'QuerySet(child, using=using).filter(**{f"{name}__in": keys})'
        yield _finding(
            "_referring",
            given,
            '    """What the database sees though Django does not: no manager hides it."""',
            *(_hidden(rows, columns) if recipe.half_hidden else [f"    return {rows}"]),
        )
    if columns:
        yield _MEANT_SEVERAL if several else _MEANT


def _finding(name: str, given: str | None, *body: str) -> str:
    """A function that finds rows; what is ``given`` besides to the one that tells which column is meant, if any is."""
    if given is None:
        lines = [f"def {name}(child: ModelClass, name: str, keys: Keys, using: str) -> QuerySet[Any]:", *body]
    else:
        parameters = "child: ModelClass, name: str, model: ModelClass, column: str, keys: Keys, using: str"
        lines = [f"def {name}(", f"    {parameters}", ") -> QuerySet[Any]:", *body]
        lines.insert(4 if '"""' in body[0] else 3, f"    meant = _meant({given}model, column, keys, using)")
        lines = [line.replace(": keys}", ": meant}") for line in lines]
    return "\n".join(["", *lines, ""])


def _hidden(rows: str, columns: bool) -> list[str]:
    return [
        f"    rows: QuerySet[Any] = {rows}",
        "    field: Any = child._meta.get_field(name)",
        "    if field.remote_field.on_delete not in (DO_NOTHING, RESTRICT):",
        "        # Django sees to those that the base manager shows.",
        f"        seen = _pointing(child, name, {'model, column, ' if columns else ''}keys, using)",
        '        rows = rows.exclude(pk__in=seen.values("pk"))',
        "    return rows",
    ]


_MEANT = '''
def _meant(model: ModelClass, column: str, keys: Keys, using: str) -> Any:
    """What others refer to these rows by."""
    if column == "pk":
        return keys
    return _rows(model, keys, using).order_by().values(column)
'''

_MEANT_SEVERAL = '''
def _meant(
    child: ModelClass, name: str, model: ModelClass, column: str, keys: Keys, using: str
) -> Any:
    """What others refer to these rows by."""
    if column == "pk":
        return keys
    columns = [column]
    if column == "*":  # all that a ForeignObject refers to
        field: Any = child._meta.get_field(name)
        columns = [each.name for each in field.foreign_related_fields]
    return _rows(model, keys, using).order_by().values(*columns)
'''

_PAGES = '''
def _pages(rows: QuerySet[Any], size: int) -> Iterator[Keys]:
    """The primary keys of these rows, ``size`` of them at a time."""
    keys = rows.order_by("pk").values_list("pk", flat=True)
    page = list(keys[:size])
    while page:
        yield page
        page = list(keys.filter(pk__gt=page[-1])[:size]) if len(page) == size else []


def _rows(model: ModelClass, keys: Keys, using: str) -> QuerySet[Any]:
    return QuerySet(model, using=using).filter(pk__in=keys)
'''


def _signature(text: str) -> str:
    """A parameter list that is too long for one line takes one line a parameter."""
    lines = []
    for line in text.split("\n"):
        if line.startswith("    model: ModelClass, keys: Keys, using: str") and len(line) > 88:
            lines += [f"    {each}," for each in _split(line.strip())]
        else:
            lines.append(line)
    return "\n".join(lines)


def _split(parameters: str) -> list[str]:
    found, depth, start = [], 0, 0
    for place, character in enumerate(parameters):
        depth += (character in "[(") - (character in "])")
        if character == "," and not depth:
            found.append(parameters[start:place].strip())
            start = place + 1
    return [*found, parameters[start:].strip()]
