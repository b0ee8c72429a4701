"""What a run knows of files before it looks at them, and what it leaves for the next."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from delete_lint.settings import Settings
from delete_lint.source.facts import Known


@contextmanager
def remembered(settings: Settings, passing: Collection[bytes] = ()) -> Iterator[Known]:
    """What is known of files from earlier runs; what is learnt inside is kept for later ones, unless it fails.

    Without a folder in the settings, or with one that cannot be used, it all lasts for this run only. Contents in
    ``passing`` are no file's yet, and not worth keeping.
    """
    if settings.cache_dir is None:
        yield Known()
        return
    from delete_lint.cache.store import Store

    with Store(settings.cache_dir, passing) as store:
        yield store
        store.save()
