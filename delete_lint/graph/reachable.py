"""What can be come to from one place, step by step."""

from __future__ import annotations

from collections.abc import Collection, Mapping


def reachable(ahead: Mapping[str, Collection[str]], start: str) -> set[str]:
    """All that ``ahead`` leads to from ``start``, in one step or many; ``start`` itself only where a way leads back."""
    seen: set[str] = set()
    todo = [start]
    while todo:
        for other in ahead.get(todo.pop(), ()):
            if other not in seen:
                seen.add(other)
                todo.append(other)
    return seen
