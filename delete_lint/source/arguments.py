"""The evaluated arguments of a call."""

from __future__ import annotations

from msgspec import Struct, field

from delete_lint.source.values import UNKNOWN, Constant, DictOf, ListOf, Value, Values, join


class Arguments(Struct, frozen=True):
    """``positional`` and ``keywords`` as written; ``rest`` are the elements of ``*args``, ``others`` the values of
    ``**kwargs`` whose keys are not known. ``open`` when a ``**kwargs`` may hold any key at all."""

    positional: tuple[Values, ...] = ()
    keywords: tuple[tuple[str, Values], ...] = ()
    rest: Values = UNKNOWN
    others: Values = UNKNOWN
    open: bool = False

    def get(self, position: int, keyword: str | None = None) -> Values:
        """The argument at a position or of a name; what a ``*args`` may put there counts."""
        for name, values in self.keywords:
            if name == keyword:
                return values
        if 0 <= position < len(self.positional):
            return self.positional[position]
        return self.rest

    def keyword(self, name: str) -> Values | None:
        for key, values in self.keywords:
            if key == name:
                return values
        return None

    def bound_to(self, value: Value) -> Arguments:
        """These arguments behind a first one, as a bound method passes them on."""
        return Arguments((frozenset((value,)), *self.positional), self.keywords, self.rest, self.others, self.open)

    def behind(self, positional: tuple[Values, ...], keywords: tuple[tuple[str, Values], ...]) -> Arguments:
        """These arguments behind those that a ``partial`` holds."""
        given = {name for name, _ in self.keywords}
        return Arguments(
            positional + self.positional,
            tuple(pair for pair in keywords if pair[0] not in given) + self.keywords,
            self.rest,
            self.others,
            self.open,
        )

    def all_values(self) -> Values:
        return join(*self.positional, *(values for _, values in self.keywords), self.rest, self.others)


NO_ARGUMENTS = Arguments()


class ArgumentsBuilder(Struct):
    """Collects arguments in the order in which they are written."""

    positional: list[Values] = field(default_factory=list)
    keywords: dict[str, Values] = field(default_factory=dict)
    rest: Values = UNKNOWN
    others: Values = UNKNOWN
    spread: bool = False
    open: bool = False

    def add(self, values: Values, keyword: str | None, star: int) -> None:
        if star == 1:
            self._spread(values)
        elif star == 2:
            known = [value for value in values if isinstance(value, DictOf)]
            self.open = self.open or not known or any(not value.items for value in known)
            for value in known:
                for name, item in value.items:
                    self.keywords.setdefault(name, item)
                self.others = frozenset((*self.others, *value.value))
        elif keyword is not None:
            self.keywords[keyword] = values
        elif self.spread:
            self.rest = join(self.rest, values)
        else:
            self.positional.append(values)

    def _spread(self, values: Values) -> None:
        lists = [value for value in values if isinstance(value, ListOf)]
        if len(lists) == 1 and lists[0].exact is not None and not self.spread:
            self.positional.extend(lists[0].exact)
            return
        self.spread = True
        self.rest = join(self.rest, *(value.element for value in lists))

    def build(self) -> Arguments:
        return Arguments(tuple(self.positional), tuple(self.keywords.items()), self.rest, self.others, self.open)


def constant_text(values: Values) -> str | None:
    """The string among these values, when there is just one (``getattr(settings, "X", "default")`` has others)."""
    found = [value.value for value in values if isinstance(value, Constant) and isinstance(value.value, str)]
    return found[0] if len(found) == 1 else None
