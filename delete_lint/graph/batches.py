"""How many keys Django's collector puts into one statement (``bulk_batch_size``)."""

from __future__ import annotations

from delete_lint.graph.project import ProjectGraph


def keys_per_statement(graph: ProjectGraph, keys: int) -> int | None:
    """How many keys fit into one statement if each is there ``keys`` times: 0 for all, None if it cannot be told."""
    sizes: dict[str, int | None] = {
        "sqlite": None if graph.django.at_least(6, 0) else 500 if keys == 1 else 999 // keys,
        "oracle": 65535 // keys,
    }
    chunks = {sizes.get(vendor, 0) for vendor in graph.databases}
    return chunks.pop() if len(chunks) == 1 else None


def keys_in_words(graph: ProjectGraph) -> str:
    """The same as it reads after "keys in one statement:"."""
    limit = "as many as the connection takes variables" if graph.django.at_least(6, 0) else "500"
    sizes = {"sqlite": f"{limit} on SQLite", "oracle": "65535 on Oracle"}
    known = dict.fromkeys(sizes.get(vendor, "all of them") for vendor in sorted(graph.databases))
    return " or ".join(known) or f"all of them on PostgreSQL and MySQL, {sizes['sqlite']}"
