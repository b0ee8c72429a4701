"""One Django for the whole test process: content types, a database in memory, and real ones for the tests that ask."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases.connect import DATABASES, connected, missing
from tests.databases.django_settings import configure

configure()


@pytest.fixture(autouse=True)
def _nobody_stays_elsewhere() -> Iterator[None]:
    """A test that leaves its worker in another folder breaks those after it, whichever they are."""
    here = Path.cwd()
    yield
    assert Path.cwd() == here


def _alias(database: str) -> Iterator[str]:
    if reason := missing(database):
        pytest.skip(reason)
    with connected(database) as alias:
        yield alias


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The alias of an empty PostgreSQL database; the server is brought up for the tests and goes with them."""
    yield from _alias("postgresql")


@pytest.fixture(scope="session")
def mariadb() -> Iterator[str]:
    """The alias of an empty database on the MariaDB that DELETE_LINT_TEST_MARIADB names."""
    yield from _alias("mariadb")


@pytest.fixture(params=DATABASES)
def alias(request: pytest.FixtureRequest) -> str:
    """The alias of a database, each test once on every vendor. Tests leave it as empty as they found it."""
    return "default" if request.param == "sqlite" else str(request.getfixturevalue(request.param))
