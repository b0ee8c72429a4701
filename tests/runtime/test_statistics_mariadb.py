"""MariaDB tells little and is not asked for more than anybody may read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connections

from delete_lint.runtime.statistics import read_statistics
from tests.databases.connect import added
from tests.runtime.counted_shop import LINES, MOST_LINES, MOST_ORDERS, ORDERS, Shop, fill, shop


@pytest.fixture
def found(mariadb: str) -> Iterator[Shop]:
    with shop(mariadb) as made:
        fill(made)
        yield made


@pytest.fixture
def reader(found: Shop) -> Iterator[str]:
    """The alias of a user who may only select, from this database only."""
    settings = connections[found.using].settings_dict
    name = f"counts_{settings['NAME'].rpartition('_')[2]}"
    with connections[found.using].cursor() as cursor:
        cursor.execute("SELECT SUBSTRING_INDEX(USER(), '@', -1)")
        user = f"'{name}'@'{cursor.fetchone()[0]}'"  # a nameless user of this host would go before one of any host
    found.execute(f"CREATE USER {user} IDENTIFIED BY 'reads'")
    found.execute(f"GRANT SELECT ON {settings['NAME']}.* TO {user}")
    try:
        with added("reader", {**settings, "USER": name, "PASSWORD": "reads"}) as alias:
            yield alias
    finally:
        found.execute(f"DROP USER {user}")


@pytest.mark.parametrize("count", [True, False], ids=["counted", "statistics"])
def test_a_user_who_may_only_select_is_enough(found: Shop, reader: str, count: bool) -> None:
    tables = read_statistics(reader, found.models, count=count).tables
    assert tables["zoo.Order"].per["customer"].worst == MOST_ORDERS
    assert tables["zoo.Line"].per["order"].worst == MOST_LINES
    assert tables["zoo.Line"].large["payload"] > 3_000


def test_wide_rows_that_mariadb_takes_for_fewer_are_put_right_by_their_key(found: Shop) -> None:
    """With statistics a third too low, a mean fan-out would be a third too low as well."""
    tables = read_statistics(found.using, found.models).tables
    assert tables["zoo.Line"].rows == LINES
    assert tables["zoo.Order"].rows == ORDERS


def test_sizes_are_right_after_a_mass_delete(found: Shop) -> None:
    found.rows("Line").filter(order_id=7)._raw_delete(found.using)
    line = read_statistics(found.using, found.models).tables["zoo.Line"]
    assert line.large["payload"] == pytest.approx(3_000, rel=0.05)
    assert line.rows == LINES - MOST_LINES
