"""A middleware for development: every request that deletes tells what that took.

``MIDDLEWARE += ["delete_lint.watching.middleware.watch_deletes"]``. It logs to ``delete_lint.watch``, as a warning when
something was slow, and is not there unless ``DEBUG``. With ``DELETE_LINT_WATCH_FILE`` in the settings, it adds what it
measures to that file.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import perf_counter

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

from delete_lint.graph.measured import Measured, counted_exactly, duration
from delete_lint.measured_file import MeasuredError, read_measured, write_measured
from delete_lint.watching.record import costliest, slowest
from delete_lint.watching.watch import Watch

logger = logging.getLogger("delete_lint.watch")

#: The name in Django's settings of the file that is kept up to date.
FILE = "DELETE_LINT_WATCH_FILE"

Sync = Callable[[HttpRequest], HttpResponseBase]
Async = Callable[[HttpRequest], Awaitable[HttpResponseBase]]


@sync_and_async_middleware
def watch_deletes(get_response: Sync | Async) -> Sync | Async:
    """Watches each request, so that requests beside each other are told apart."""
    if not settings.DEBUG:
        raise MiddlewareNotUsed("it watches in development, that is with DEBUG")
    told = _Told(getattr(settings, FILE, None))
    if iscoroutinefunction(get_response):
        waited: Async = get_response

        async def awaiting(request: HttpRequest) -> HttpResponseBase:
            watch = Watch(quiet=True)
            start = perf_counter()
            try:
                with watch:
                    return await waited(request)
            finally:
                if watch.record.count:
                    await sync_to_async(told.of)(request, watch, perf_counter() - start)

        return awaiting

    direct: Sync = get_response  # type: ignore[assignment]

    def watched(request: HttpRequest) -> HttpResponseBase:
        watch = Watch(quiet=True)
        start = perf_counter()
        try:
            with watch:
                return direct(request)
        finally:
            if watch.record.count:
                told.of(request, watch, perf_counter() - start)

    return watched


class _Told:
    """What requests are told of in the log, and all together in a file."""

    def __init__(self, file: object) -> None:
        self.file = Path(str(file)) if file else None
        self._lock = threading.Lock()
        self._measured: Measured | None = None

    def of(self, request: HttpRequest, watch: Watch, seconds: float) -> None:
        """Tells of one request. That it cannot is no reason for the request to fail."""
        measured = watch.measured
        logger.log(_level(measured), "%s", _line(request, watch, measured, seconds))
        if self.file is not None:
            with self._lock:
                try:
                    self._add(self.file, measured)
                except (OSError, MeasuredError) as error:
                    logger.error("deletes are not written down: %s", error)

    def _add(self, file: Path, measured: Measured) -> None:
        # Read once: what another process writes there meanwhile is lost, its next start takes in ours.
        if self._measured is None:
            self._measured = read_measured(file) if file.exists() else Measured()
        self._measured = self._measured + measured
        write_measured(self._measured, file)


def _level(measured: Measured) -> int:
    slow = any(each.is_slow for each in measured.receivers) or any(each.is_slow for each in measured.deletes)
    return logging.WARNING if slow else logging.INFO


def _line(request: HttpRequest, watch: Watch, measured: Measured, seconds: float) -> str:
    deletes = costliest(measured.deletes)
    worst = deletes[0]
    outermost = [each for each in watch.deletes if each.inside is None]
    took = sum(each.seconds for each in outermost)
    queries = sum(each.queries for each in outermost)
    rows = sum(sum(each.rows_deleted.values()) for each in deletes)
    loaded = sum(sum(each.rows_loaded.values()) for each in deletes)
    parts = [
        f"{request.method} {request.path}: {counted_exactly(watch.record.count, 'delete')} took {duration(took)} of "
        f"{duration(seconds)}, {counted_exactly(rows, 'row')} deleted, {loaded:,} loaded, {queries:,} queries",
        f"costliest: {worst.model} from {worst.place or 'Django itself'}, {duration(worst.cost.longest)}",
    ]
    if measured.receivers:
        slow = slowest(measured.receivers)[0]
        parts.append(f"slowest receiver: {slow.title}, {slow.told()}")
    return "; ".join(parts)
