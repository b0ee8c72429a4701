"""The URLs of a running project, by the views behind them."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.apps import apps
from django.contrib.admindocs import utils
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse

#: No project has more; one whose URLs are made without end is left at that.
_MOST = 20_000


def view_urls(root: Path) -> dict[tuple[str, str], tuple[str, ...]]:
    """URLs in words, ``/orders/<pk>/``, by the file of the view (relative to ``root`` where it is below) and its
    qualified name; of a class-based view those of its class, of a DRF viewset those that lead to ``destroy``, and those
    of each further action by the name of its method. Empty where the URLs cannot be loaded."""
    found: dict[tuple[str, str], dict[str, None]] = {}
    try:
        for number, (pattern, view) in enumerate(_patterns(get_resolver().url_patterns, "/")):
            if number >= _MOST:
                break
            url = _simple(pattern)
            # DRF has each URL once more for the name of a format behind it.
            if not url.rstrip("/").endswith(".<format>"):
                for key in _keys(view, root):
                    found.setdefault(key, {})[url] = None
    except (Exception, SystemExit):  # the project's own code, which whoever set it up has told of
        return {}
    return {key: tuple(urls) for key, urls in found.items()}


def admin_urls() -> dict[str, str]:
    """The page of the admin that lists a model's rows, by label; empty where there is no admin."""
    found: dict[str, str] = {}
    if not apps.is_installed("django.contrib.admin"):
        return found
    from django.contrib import admin

    try:
        for model in list(admin.site._registry):
            meta = model._meta
            try:
                found[meta.label] = reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
            except NoReverseMatch:
                continue
    except (Exception, SystemExit):
        return {}
    return found


def _patterns(entries: list[Any], before: str) -> Iterator[tuple[str, Any]]:
    for entry in entries:
        if isinstance(entry, URLResolver):
            yield from _patterns(entry.url_patterns, before + str(entry.pattern))
        elif isinstance(entry, URLPattern):
            yield before + str(entry.pattern), entry.callback


def _simple(pattern: str) -> str:
    """As the admin's documentation shows a regular expression (``admindocs.views.simplify_regex``)."""
    shown = utils.remove_non_capturing_groups(pattern)
    shown = utils.replace_unnamed_groups(utils.replace_named_groups(shown))
    return utils.replace_metacharacters(shown).replace("\\", "")


def _keys(view: Any, root: Path) -> Iterator[tuple[str, str]]:
    """The class of a view made by ``as_view()`` (Django's, or DRF's), else the function without its decorators."""
    target = getattr(view, "view_class", None) or getattr(view, "cls", None) or inspect.unwrap(view)
    try:
        file = inspect.getsourcefile(target)
    except TypeError:
        return
    if file is None:
        return
    path = Path(file)
    name = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()
    qualified = getattr(target, "__qualname__", "")
    actions: dict[str, str] | None = getattr(view, "actions", None)
    if actions is None or "destroy" in actions.values():
        yield name, qualified
    for method in set((actions or {}).values()) - {"destroy"}:
        yield name, f"{qualified}.{method}"
