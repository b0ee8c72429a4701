"""Numbers of statements and rows as functions of row counts: ``1 + 2 * ceil(n(shop.Order)/b)``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Count:
    """``ceil(keys * n(of)/chunk)``, where ``n`` is the number of rows that are reached; 1 where ``of`` is empty.

    ``chunk`` None stands for ``b``, the number of keys in one statement; 1 makes it a number of rows.
    """

    of: str = ""
    chunk: int | None = 1
    keys: int = 1

    def __str__(self) -> str:
        return _term(1, self, "ceil({}/{})", " * ", lambda label: f"n({label})")

    def short(self, name: Callable[[str], str]) -> str:
        """The same for people: ``⌈Order/100⌉``."""
        return _term(1, self, "⌈{}/{}⌉", "·", name)

    def value(self, rows: Callable[[str], int], keys_per_statement: int) -> int:
        """The number, when those of the rows and of ``b`` are known."""
        if not self.of:
            return 1
        return -(-self.keys * rows(self.of) // (self.chunk or keys_per_statement))


#: One statement, whatever the number of rows.
ONE = Count()


def rows(label: str) -> Count:
    return Count(label)


def hundreds(label: str) -> Count:
    """Rows are deleted and updated by primary key a hundred at a time (``GET_ITERATOR_CHUNK_SIZE``)."""
    return Count(label, 100)


@dataclass(frozen=True, slots=True)
class Sum:
    """Counts added up: what is alike stands together, the constant first."""

    terms: tuple[tuple[int, Count], ...]

    @classmethod
    def of(cls, counts: Iterable[Count]) -> Sum:
        times = Counter(counts)
        return cls(tuple(sorted(((n, count) for count, n in times.items()), key=lambda term: term[1].of != "")))

    def __str__(self) -> str:
        terms = [_term(n, count, "ceil({}/{})", " * ", lambda label: f"n({label})") for n, count in self.terms]
        return " + ".join(terms) or "0"

    def short(self, name: Callable[[str], str]) -> list[str]:
        """The terms for people: ``1``, ``2·⌈Order/100⌉``."""
        return [_term(n, count, "⌈{}/{}⌉", "·", name) for n, count in self.terms] or ["0"]


def _term(times: int, count: Count, ceiling: str, multiplied: str, name: Callable[[str], str]) -> str:
    if not count.of:
        return str(times)
    keys = f"{count.keys}{multiplied}" if count.keys > 1 else ""
    number = name(count.of) if count.chunk == 1 else ceiling.format(f"{keys}{name(count.of)}", count.chunk or "b")
    return f"{times}{multiplied}{number}" if times > 1 else number
