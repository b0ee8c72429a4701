"""A real browser: Debian's Chromium, driven by Playwright."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.report.browser import ARGUMENTS


@contextmanager
def browser(executable: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=executable, args=[*ARGUMENTS])
        try:
            yield found
        finally:
            found.close()


@dataclass(slots=True)
class Opened:
    """A page that was opened from disk, and what went wrong in it. Use it through `opened`."""

    page: Page
    file: Path
    problems: list[str] = field(default_factory=list)

    def go(self, route: str) -> None:
        """To a view of the page."""
        self.page.goto(self.file.as_uri() + route)
        self.page.wait_for_function("document.documentElement.dataset.shown !== undefined")

    def unfold(self) -> None:
        """Opens all that is folded, and what that brings."""
        for _ in range(2):
            self.page.evaluate("document.querySelectorAll('main details').forEach((each) => { each.open = true; })")
            self.page.wait_for_timeout(50)


@contextmanager
def opened(found: Browser, file: Path, scheme: Literal["light", "dark"] = "light") -> Iterator[Opened]:
    """Opens the page in a window of its own, offline, and notes each complaint and each request but that for itself."""
    context = found.new_context(viewport={"width": 1280, "height": 800}, color_scheme=scheme, offline=True)
    page = context.new_page()
    page.set_default_timeout(10_000)
    it = Opened(page, file)
    page.on("console", lambda message: it.problems.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: it.problems.append(f"error: {error}"))
    page.on(
        "request",
        lambda request: (
            None
            if request.url.partition("#")[0] == file.as_uri() or request.url.startswith("blob:")
            else it.problems.append(f"request: {request.url}")
        ),
    )
    try:
        it.go("")
        yield it
    finally:
        context.close()
