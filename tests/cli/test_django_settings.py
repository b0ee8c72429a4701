"""``--django-settings``: the project is set up as ``manage.py`` does, and what fails there takes one line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from tests.command import ROOT

_SETTINGS = """
SECRET_KEY = "for tests only"
INSTALLED_APPS = ["shop.apps.ShopConfig"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
"""

_APPS = """
from django.apps import AppConfig

class ShopConfig(AppConfig):
    name = "shop"

    def ready(self):
        from shop import signals
"""

_SIGNALS = """
from django.db.models.signals import post_delete

def audit(sender, instance, **kwargs):
    print(instance.pk)

post_delete.connect(audit)
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A repository with ``manage.py`` in a folder of its own."""
    files = {
        ".git/HEAD": "",
        "site/manage.py": "",
        "site/mysite/__init__.py": "",
        "site/mysite/settings.py": _SETTINGS,
        "site/shop/__init__.py": "",
        "site/shop/apps.py": _APPS,
        "site/shop/models.py": "from django.db import models\n\nclass Order(models.Model):\n    pass\n",
        "site/shop/signals.py": _SIGNALS,
    }
    for name, text in files.items():
        write(tmp_path / name, text)
    return tmp_path / "site"


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(dedent(text), encoding="utf-8")


def run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """As a user's script runs it: the folder of the script is on the path, and the working folder is not."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "DELETE_LINT_"))}
    code = "import sys; sys.path.remove(''); from delete_lint.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=folder,
        env={**kept, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "rules")]), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def rules(done: subprocess.CompletedProcess[str]) -> set[str]:
    assert done.returncode in (0, 1), done.stderr
    return {finding["rule"] for finding in json.loads(done.stdout)["findings"]}


@pytest.mark.parametrize(
    ("folder", "path"), [("", "."), ("", "shop"), ("..", "site"), ("..", "site/shop"), ("shop", ".")]
)
def test_the_settings_are_found_where_manage_py_finds_them(folder: str, path: str, site: Path) -> None:
    done = run(site / folder, path, "--django-settings", "mysite.settings", "--format", "json")
    assert rules(done) == {"senderless_receiver"}
    assert json.loads(done.stdout)["summary"]["models"] == 1


def test_the_settings_are_found_among_the_roots_of_the_paths(site: Path) -> None:
    (site / "manage.py").unlink()
    (site / "mysite").rename(site.parent / "mysite")
    write(site / "pyproject.toml", "[project]\nname = 'shop'\n")
    done = run(site.parent, "mysite", "site", "--django-settings", "mysite.settings", "--format", "json")
    assert rules(done) == {"senderless_receiver"}


def test_the_setting_is_read_from_the_settings_file_when_the_command_line_lets_it_run_code(site: Path) -> None:
    write(site / "delete-lint.toml", 'django-settings = "mysite.settings"\n')
    done = run(site, "graph", ".", "--format", "json", "--allow-code")
    assert (json.loads(done.stdout)["source"], done.stderr) == ("runtime", "")
    done = run(site, "graph", ".", "--format", "json")
    assert json.loads(done.stdout)["source"] == "static"
    assert done.stderr == (
        "delete-lint: warning: delete-lint.toml: django-settings is not used: that would run the project's code, which "
        "takes --allow-code or --django-settings mysite.settings on the command line\n"
    )
    assert json.loads(run(site, "graph", ".", "--isolated", "--format", "json").stdout)["source"] == "static"
    write(site / "mysite" / "other.py", "from mysite.settings import *\nINSTALLED_APPS = []\n")
    done = run(site, "graph", ".", "--django-settings", "mysite.other", "--format", "json")
    assert json.loads(done.stdout)["models"] == []


@pytest.mark.parametrize("written", ['"my site"', "true", '""', '["mysite.settings"]'])
def test_a_setting_that_is_no_module_is_told(written: str, site: Path) -> None:
    write(site / "delete-lint.toml", f"django-settings = {written}\n")
    done = run(site, ".")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("delete-lint: delete-lint.toml: django-settings")
    assert done.stderr.count("\n") == 1


def test_without_it_no_code_of_the_project_runs(site: Path) -> None:
    write(site / "mysite" / "settings.py", "raise SystemExit('ran')\n")
    write(site / "shop" / "__init__.py", "raise SystemExit('ran')\n")
    done = run(site, ".", "--format", "json", DJANGO_SETTINGS_MODULE="mysite.settings")
    assert "ran" not in done.stderr
    assert rules(done) == {"senderless_receiver"}


def test_the_help_says_that_it_runs_the_project(site: Path) -> None:
    for command in ("check", "graph", "plan"):
        text = " ".join(run(site, command, "--help").stdout.split())
        assert "--django-settings MODULE" in text
        assert "imports and runs the project's code; nothing else here does" in text


def test_what_the_project_prints_does_not_get_into_the_answer(site: Path) -> None:
    settings = _SETTINGS + "import os, subprocess, sys\nprint('from print')\nos.write(1, b'from write\\n')\n"
    settings += "subprocess.run([sys.executable, '-c', 'print(\"from a child\")'])\n"
    settings += "LOGGING = {'version': 1, 'handlers': {'out': {'class': 'logging.StreamHandler', "
    settings += "'stream': 'ext://sys.stdout'}}, 'root': {'handlers': ['out'], 'level': 'INFO'}}\n"
    write(site / "mysite" / "settings.py", settings)
    write(site / "shop" / "signals.py", _SIGNALS + "import logging\nlogging.info('from a log')\n")
    done = run(site, ".", "--django-settings", "mysite.settings", "--format", "json")
    assert rules(done) == {"senderless_receiver"}
    for text in ("from print", "from write", "from a child", "from a log"):
        assert text in done.stderr


BROKEN = {
    "missing package": (
        "mysite/settings.py",
        "import not_installed\n",
        "ModuleNotFoundError: No module named 'not_installed' (mysite/settings.py:1): install delete-lint in",
    ),
    "missing app": (
        "mysite/settings.py",
        _SETTINGS.replace("shop.apps.ShopConfig", "store"),
        "ModuleNotFoundError: No module named 'store': install delete-lint in the project's own environment",
    ),
    "missing variable": (
        "mysite/settings.py",
        "import os\nos.environ['TOKEN']\n",
        "KeyError: 'TOKEN' (mysite/settings.py:2): run delete-lint in the project's own environment",
    ),
    "sys.exit": (
        "mysite/settings.py",
        "raise SystemExit('no token')\n",
        "sys.exit: no token (mysite/settings.py:1)",
    ),
    "two lines": (
        "mysite/settings.py",
        "raise RuntimeError('two\\nlines')\n",
        "RuntimeError: two lines (mysite/settings.py:1)",
    ),
    "syntax": ("mysite/settings.py", "x = (\n", "(mysite/settings.py:1)"),
    "missing configuration": (
        "mysite/settings.py",
        _SETTINGS.replace("shop.apps.ShopConfig", "shop.apps.Shop"),
        "ImportError: Module 'shop.apps' does not contain a 'Shop' class. Choices are: 'ShopConfig'.",
    ),
    "same app twice": (
        "mysite/settings.py",
        _SETTINGS.replace('"shop.apps.ShopConfig"', '"shop.apps.ShopConfig", "shop"'),
        "ImproperlyConfigured: Application labels aren't unique, duplicates: shop",
    ),
    "models": (
        "shop/models.py",
        "from django.db import models\nmodels.CharFeild()\n",
        "AttributeError: module 'django.db.models' has no attribute 'CharFeild' (shop/models.py:2)",
    ),
    "ready": (
        "shop/apps.py",
        _APPS.replace("from shop import signals", "1 / 0"),
        "ZeroDivisionError: division by zero (shop/apps.py:8)",
    ),
}


@pytest.mark.parametrize(("file", "text", "told"), BROKEN.values(), ids=BROKEN)
def test_a_project_that_cannot_be_set_up_is_told_in_one_line(file: str, text: str, told: str, site: Path) -> None:
    write(site / file, text)
    for command in (["check"], ["graph"], ["plan", "Order"]):
        done = run(site, *command, ".", "--django-settings", "mysite.settings")
        assert (done.returncode, done.stdout) == (2, ""), command
        assert done.stderr.startswith("delete-lint: cannot set up mysite.settings: ")
        assert told in done.stderr
        assert done.stderr.count("\n") == 1


def test_a_module_that_is_not_there_is_told_with_where_it_was_looked_for(site: Path) -> None:
    for name, missing in (("mysite.production", "mysite.production"), ("my_site.settings", "my_site")):
        done = run(site, ".", "--django-settings", name)
        assert (done.returncode, done.stdout) == (2, "")
        assert f'django-settings: there is no module "{missing}" in {site}' in done.stderr
        assert done.stderr.count("\n") == 1


def test_where_it_went_wrong_is_shown_to_whoever_asks(site: Path) -> None:
    write(site / "mysite" / "settings.py", "raise RuntimeError('broken')\n")
    done = run(site, ".", "--django-settings", "mysite.settings", DELETE_LINT_DEBUG="1")
    assert "Traceback" in done.stderr
    assert "RuntimeError: broken" in done.stderr


def test_the_settings_of_the_environment_do_not_count(site: Path) -> None:
    done = run(site, ".", "--django-settings", "mysite.settings", "--format", "json", DJANGO_SETTINGS_MODULE="gone")
    assert rules(done) == {"senderless_receiver"}


def test_the_running_django_is_the_one_that_counts(site: Path) -> None:
    done = run(site, ".", "--django-settings", "mysite.settings", "--django-version", "5.0", "--format", "json")
    import django

    assert json.loads(done.stdout)["summary"]["django"] == ".".join(map(str, django.VERSION[:2]))


def test_a_list_changed_by_hand_is_warned_of(site: Path) -> None:
    """Django answers from a cache that such a change does not empty: what is found rests on which of both is asked."""
    changed = "\nfrom shop.models import Order\npost_delete.has_listeners(Order)\npost_delete.receivers = []\n"
    write(site / "shop" / "signals.py", _SIGNALS + changed)
    for command in ("check", "graph"):
        done = run(site, command, ".", "--django-settings", "mysite.settings")
        assert "delete-lint: warning: post_delete has no receiver in its list for shop.Order, but" in done.stderr
