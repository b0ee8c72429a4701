"""A project that keeps something of every kind in the cache, and runs on it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from tests.command import delete_lint
from tests.small_shop import FILES as SHOP
from tests.small_shop import write

FILES = {
    **SHOP,
    # Newer than any Python, and older: what no parser reads must be told the same when nobody parses.
    "shop/broken.py": "def f(:\n    pass\n\n\nclass A:\n    x = (1\n",
    "shop/python2.py": 'print "gone"\n\n\ndef forget(order):\n    print order\n',
    "shop/latin.py": b"name = '\xe9'\n".decode("latin-1"),
    # What no pack can hold.
    "shop/odd.py": (
        "from shop.models import Order\n\nLIMIT = 340282366920938463463374607431768211456\nHALF = '\\ud800'\n\n\n"
        "def forget(pk):\n    Order.objects.filter(pk__lt=340282366920938463463374607431768211456).delete()\n"
    ),
    "shop/views.py": (
        "# delete-lint: ignore-file[unbatched_cascade] seldom\nfrom shop.models import Customer\n\n\n"
        "def leave(request):\n    Customer.objects.get(pk=request.user.pk).delete()\n"
    ),
}

#: Nothing in it can be fixed, and so nothing needs the parser of the fixes.
PLAIN = {
    "shop/__init__.py": "",
    "shop/models.py": SHOP["shop/models.py"],
    "shop/tasks.py": (
        "from shop.models import Customer\n\n\ndef forget(name):\n    Customer.objects.filter(name=name).delete()\n"
    ),
}


def project(folder: Path) -> Path:
    return write(folder, FILES)


def findings(folder: Path, *arguments: str) -> str:
    """The JSON of a run, byte for byte."""
    done = delete_lint(".", "--format", "json", *arguments, folder=folder)
    assert done.returncode in (0, 1), done.stderr
    assert len(json.loads(done.stdout)["findings"]) > 0
    return done.stdout


def hits(folder: Path, *arguments: str) -> tuple[int, int]:
    """Of how many files a run knew something, and how many there were."""
    done = delete_lint(".", "-v", *arguments, folder=folder)
    told = re.search(r"cache: (\d+) of (\d+) files known", done.stderr)
    assert told is not None, done.stderr
    return int(told[1]), int(told[2])


def packs(folder: Path) -> list[Path]:
    """The packs of a cache, or of the project's own."""
    cache = folder / ".delete_lint_cache"
    return sorted((cache if cache.is_dir() else folder).glob("*.pack"))


def modules(folder: Path, *arguments: str) -> set[str]:
    """What a run imports."""
    code = (
        "import sys\nfrom delete_lint.cli import run\n"
        f"run({['.', '--quiet', *arguments]!r})\nprint('MODULES', *sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True)
    return set(done.stdout.rpartition("MODULES ")[2].split())
