"""The system checks write nothing unless somebody says where to."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cache.shop import packs
from tests.runtime.small_project import Project
from tests.small_shop import FILES


def test_the_system_checks_use_a_cache_only_where_the_settings_name_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    files = {
        **FILES,
        "shop/tasks.py": FILES["shop/tasks.py"].replace(
            "from celery import shared_task\n", "shared_task = lambda f: f\n"
        ),
    }
    project = Project(tmp_path, ["shop.apps.ShopConfig"], files)
    said = project.manage("check").stderr
    before = sorted(tmp_path.rglob("*"))
    assert not [path for path in before if "cache" in path.name]
    assert project.manage("check").stderr == said
    assert "delete_lint.blocking_receiver" in said
    assert sorted(tmp_path.rglob("*")) == before

    (tmp_path / "delete-lint.toml").write_text('cache-dir = "build/facts"\n')
    assert project.manage("check").stderr == said
    written = packs(tmp_path / "build" / "facts")
    assert len(written) == 1
    assert project.manage("check").stderr == said
    assert packs(tmp_path / "build" / "facts") == written


def test_what_receivers_do_is_read_again_only_when_their_code_or_the_project_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reader of source is most of what checks import, at each reload of a development server."""
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    helper = "import time\n\n\ndef wait():\n    time.sleep(1)\n"
    files = {
        **{name: text for name, text in FILES.items() if name != "shop/tasks.py"},
        "shop/signals.py": (
            "from django.db.models.signals import post_delete\nfrom django.dispatch import receiver\n\n"
            "from shop.helper import wait\nfrom shop.models import Order\n\n\n"
            "@receiver(post_delete, sender=Order)\ndef forget(sender, instance, **kwargs):\n    wait()\n"
        ),
        "shop/helper.py": helper,
        "delete-lint.toml": 'cache-dir = "cache"\n',
    }
    project = Project(tmp_path, ["shop.apps.ShopConfig"], files)

    def check() -> tuple[str, bool]:
        """What the checks say, and whether any source was read for it."""
        said, is_read = project.ask("""
            import sys
            from django.core import checks
            answer = ["".join(map(str, checks.run_checks())), "delete_lint.source.evaluate" in sys.modules]
            """)
        return said, is_read

    first, is_read = check()
    assert "time.sleep" in first
    assert is_read
    assert check() == (first, False)
    (tmp_path / "shop" / "helper.py").write_text(helper.replace("time.sleep(1)", "pass"))
    assert "time.sleep" not in check()[0]
    (tmp_path / "shop" / "helper.py").write_text(helper)
    assert check() == (first, False)
    (tmp_path / "shop" / "models.py").write_text((tmp_path / "shop" / "models.py").read_text() + _MODEL)
    said, is_read = check()
    assert is_read
    assert "time.sleep" in said


_MODEL = "\n\nclass Remark(models.Model):\n    order = models.ForeignKey(Order, on_delete=models.CASCADE)\n"
