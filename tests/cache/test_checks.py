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
