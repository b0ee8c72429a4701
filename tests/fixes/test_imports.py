"""Imports that fixes add stand where isort would have them, and a file keeps all of its own lines and comments."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from delete_lint.findings import Edit
from delete_lint.fixes.context import Context
from delete_lint.fixes.imports import import_edits
from delete_lint.source.file import SourceFile
from tests.fixes.harness import source_of

TRANSACTION = ("django.db", "transaction")
PARTIAL = ("functools", "partial")


def with_imports(source: str, *imports: tuple[str, str], name: str = "shop/signals.py") -> str:
    """The source with imports added for what stands on the line that says HERE."""
    text = source_of(source)
    line = next(number for number, line in enumerate(text.split("\n"), 1) if "HERE" in line)
    edits = import_edits(Context(SourceFile(name, text.encode()), line), imports)
    return edited(text, edits)


def edited(text: str, edits: list[Edit]) -> str:
    for edit in sorted(edits, reverse=True):
        text = text[: edit.begin] + edit.text + text[edit.end :]
    return text


def head(source: str) -> str:
    """The part of a source in front of its first definition."""
    return source[: min(found for word in ("\ndef ", "\nclass ", "\n@") if (found := source.find(word)) >= 0)].rstrip()


FUNCTION = "\n\ndef on_delete(sender, instance, **kwargs):\n    HERE(instance)\n"

PLACES = {
    "own line in the group of its package": (
        "from django.db.models.signals import post_delete\n\nfrom shop.models import Product\n",
        "from django.db import transaction\nfrom django.db.models.signals import post_delete\n\n"
        "from shop.models import Product\n",
    ),
    "after those that sort before it": (
        "from django.apps import apps\nfrom django.conf import settings  # keep\nfrom django.utils import timezone\n",
        "from django.apps import apps\nfrom django.conf import settings  # keep\nfrom django.db import transaction\n"
        "from django.utils import timezone\n",
    ),
    "after plain imports": (
        "import celery\nimport zlib_ng\nfrom django.apps import apps\n",
        "import celery\nimport zlib_ng\nfrom django.apps import apps\nfrom django.db import transaction\n",
    ),
    "merged": (
        "from django.db import IntegrityError, connection, models\n",
        "from django.db import IntegrityError, connection, models, transaction\n",
    ),
    "merged in its order": (
        "from django.db import connection, utils  # both\n",
        "from django.db import connection, transaction, utils  # both\n",
    ),
    "merged into brackets": (
        "from django.db import (\n    connection,  # one\n    # two\n    utils,\n)\n",
        "from django.db import (\n    connection,  # one\n    transaction,\n    # two\n    utils,\n)\n",
    ),
    "merged into brackets without a last comma": (
        "from django.db import (\n    connection,\n    models  # last\n)\n",
        "from django.db import (\n    connection,\n    models,  # last\n    transaction\n)\n",
    ),
    "merged into brackets on one line": (
        "from django.db import (connection, models,)\n",
        "from django.db import (connection, models, transaction,)\n",
    ),
    "merged behind a backslash": (
        "from django.db import connection, \\\n    models\n",
        "from django.db import connection, \\\n    models, transaction\n",
    ),
    "merged into a line that grows too long": (
        "from django.db import DatabaseError, IntegrityError, OperationalError, connection, models\n",
        "from django.db import (\n    DatabaseError,\n    IntegrityError,\n    OperationalError,\n    connection,\n"
        "    models,\n    transaction,\n)\n",
    ),
    "one name on each line": (
        "from django.core import mail\nfrom django.db import models\nfrom django.db.models import F\n"
        "from django.db.models import Q\n",
        "from django.core import mail\nfrom django.db import models\nfrom django.db import transaction\n"
        "from django.db.models import F\nfrom django.db.models import Q\n",
    ),
    "a group of its own": (
        "from __future__ import annotations\n\nimport os\n\nfrom . import tasks\n",
        "from __future__ import annotations\n\nimport os\n\nfrom django.db import transaction\n\nfrom . import tasks\n",
    ),
    "behind the docstring": (
        '"""Signals."""\n',
        '"""Signals."""\n\nfrom django.db import transaction\n',
    ),
    "behind __future__": (
        '"""Signals."""\nfrom __future__ import annotations\n',
        '"""Signals."""\nfrom __future__ import annotations\n\nfrom django.db import transaction\n',
    ),
    "below the head of the file": (
        "#!/usr/bin/env python\n# Licence: MIT\n",
        "#!/usr/bin/env python\n# Licence: MIT\n\n\nfrom django.db import transaction\n",
    ),
    "not in TYPE_CHECKING and not in try": (
        "from typing import TYPE_CHECKING\n\ntry:\n    import celery\nexcept ImportError:\n    celery = None\n\n"
        "if TYPE_CHECKING:\n    from django.db import models\n",
        "from typing import TYPE_CHECKING\n\nfrom django.db import transaction\n\ntry:\n    import celery\n"
        "except ImportError:\n    celery = None\n\nif TYPE_CHECKING:\n    from django.db import models\n",
    ),
    "the project's own come after it": (
        "from shop.models import Product\n",
        "from django.db import transaction\n\nfrom shop.models import Product\n",
    ),
    "a comment stays with its import": (
        "# Django first\n\n# of the signals\nfrom django.dispatch import receiver  # noqa: F401\n",
        "# Django first\n\nfrom django.db import transaction\n# of the signals\n"
        "from django.dispatch import receiver  # noqa: F401\n",
    ),
}


@pytest.mark.parametrize(("before", "after"), PLACES.values(), ids=PLACES)
def test_the_import_goes_where_one_would_write_it(before: str, after: str) -> None:
    assert with_imports(before + FUNCTION, TRANSACTION).removesuffix(FUNCTION).rstrip() == after.rstrip()


def test_the_import_goes_in_front_of_code_that_starts_the_file() -> None:
    assert with_imports(FUNCTION.lstrip(), PARTIAL, TRANSACTION) == (
        "from functools import partial\n\nfrom django.db import transaction\n\n\n" + FUNCTION.lstrip()
    )


@pytest.mark.parametrize(
    "before",
    [
        "import os\nfrom collections import OrderedDict\n\nfrom celery import shared_task\nfrom shopping import cart\n",
        "from __future__ import annotations\n\nimport sys\n",
        "from django.apps import apps\n\nfrom .models import Product\n",
        "from django.db import models\nfrom django.db.models.signals import post_delete\nfrom yard import views\n",
        '"""Signals."""\n',
    ],
)
def test_ruff_has_nothing_to_move(before: str, tmp_path: Path) -> None:
    file = tmp_path / "signals.py"
    file.write_text(with_imports(before + FUNCTION, PARTIAL, TRANSACTION, ("django.db.models", "F")))
    ruff = Path(sys.executable).with_name("ruff")
    command = [str(ruff), "check", "--isolated", "--select=I001", "--output-format=concise", str(file)]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + file.read_text()


REACHED = {
    "from django.db import transaction": "transaction",
    "from django.db import transaction as tx": "tx",
    "from django import db": "db.transaction",
    "import django.db": "django.db.transaction",
    "import django.db.transaction": "django.db.transaction",
    "import django.db as database": "database.transaction",
    "try:\n    from django.db import transaction\nexcept ImportError:\n    raise": "transaction",
    "with quiet():\n    from django.db import transaction": "transaction",
    "import os; from django.db import transaction": "transaction",
}


@pytest.mark.parametrize(("statement", "name"), REACHED.items())
def test_what_is_imported_is_used_as_it_is(statement: str, name: str) -> None:
    text = statement + FUNCTION
    context = Context(SourceFile("a.py", text.encode()), text.split("\n").index("    HERE(instance)") + 1)
    assert context.name_for(*TRANSACTION) == name
    assert not import_edits(context, [TRANSACTION])


TAKEN = {
    "from shop.money import transaction": "db_transaction",
    "transaction = None": "db_transaction",
    "def transaction(): ...": "db_transaction",
    "from shop import transaction\ndb_transaction = 1": "db_transaction_",
    "for transaction in rows:\n    pass": "db_transaction",
    "if x:\n    with open(y) as transaction:\n        pass": "db_transaction",
    "def set_it():\n    global transaction\n    transaction = 1": "db_transaction",
    "try:\n    from django.db import transaction\nexcept ImportError:\n    transaction = None": "db_transaction",
    "if old:\n    from django.db import transaction": "transaction",
    "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from django.db import transaction": "transaction",
    "import django": "transaction",
    "from shop.everything import *\n\nprint(transaction)": "db_transaction",
    "from shop.everything import *": "transaction",
    "class Other:\n    transaction = 1\n\n\ndef other(transaction): ...": "transaction",
    "x = y.transaction": "transaction",
}


@pytest.mark.parametrize(("statement", "name"), TAKEN.items())
def test_a_name_that_stands_for_something_else_is_left_to_it(statement: str, name: str) -> None:
    text = statement + FUNCTION
    context = Context(SourceFile("a.py", text.encode()), text.split("\n").index("    HERE(instance)") + 1)
    assert context.name_for(*TRANSACTION) == name
    result = edited(text, import_edits(context, [TRANSACTION]))
    wanted = "transaction" if name == "transaction" else f"transaction as {name}"
    assert f"from django.db import {wanted}\n" in result
    compile(result, "a.py", "exec")


LOCAL = {
    "def f(transaction):\n    HERE()": "db_transaction",
    "def f():\n    transaction = 1\n    HERE()": "db_transaction",
    "def f():\n    from django.db import transaction\n    HERE()": "transaction",
    "def f():\n    from django.db import transaction as tx\n    if x:\n        HERE()": "tx",
    "def f():\n    if x:\n        from django.db import transaction\n    HERE()": "db_transaction",
    "def f():\n    HERE()\n    from django.db import transaction": "db_transaction",
    "def f():\n    def g(transaction):\n        pass\n    HERE()": "transaction",
    "class A:\n    transaction = 1\n    def f(self):\n        HERE()": "transaction",
    "class A:\n    transaction = 1\n    HERE()": "db_transaction",
    "def f(x):\n    with x as transaction:\n        HERE()": "db_transaction",
    "def f(x):\n    match x:\n        case [transaction]:\n            HERE()": "db_transaction",
}


@pytest.mark.parametrize(("source", "name"), LOCAL.items())
def test_names_of_the_function_around_the_place_are_seen(source: str, name: str) -> None:
    line = next(number for number, line in enumerate(source.split("\n"), 1) if "HERE" in line)
    assert Context(SourceFile("a.py", source.encode()), line).name_for(*TRANSACTION) == name


def test_what_runs_at_import_needs_its_import_above() -> None:
    text = "import os\n\nHERE()\n\nfrom django.db import transaction\n"
    assert with_imports(text, TRANSACTION).startswith("import os\n\nfrom django.db import transaction\n\nHERE()\n")
