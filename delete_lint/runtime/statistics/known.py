"""What a database knows about its tables without looking into them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ColumnStatistics:
    """``nulls`` is a share of the rows, ``width`` the mean bytes of what is not NULL, ``most`` the number of rows with
    the most frequent value; None where the database does not say."""

    nulls: float | None = None
    width: float | None = None
    most: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TableStatistics:
    """What is known of a table. Without ``rows`` the table has to be counted, and ``note`` may say why."""

    rows: int | None = None
    columns: Mapping[str, ColumnStatistics] = field(default_factory=dict)
    note: str = ""
