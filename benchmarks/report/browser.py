"""One page in a fresh Chromium, timed from inside."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import Page, sync_playwright

#: Without a sandbox, because tests may run as root; nothing of its own reaches for the network.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

#: Goes to a view and tells after how many milliseconds it had been painted.
_VISIT = """
(route) => new Promise((resolve) => {
  const start = performance.now();
  const painted = () => setTimeout(() => resolve(performance.now() - start));
  addEventListener("hashchange", () => requestAnimationFrame(painted), { once: true });
  location.hash = route;
})
"""

_PAINT = """
() => new Promise((resolve) => {
  const told = () => performance.getEntriesByName("first-contentful-paint")[0];
  const ask = () => (told() ? resolve(told().startTime) : setTimeout(ask, 5));
  ask();
})
"""

#: The first view is made while the page is read.
_LOADED = "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"


@dataclass(frozen=True, slots=True)
class Timings:
    """Milliseconds: from opening the page to its first content, and until the findings are there; from the findings to
    the picture of all models; from there to one model's cascade among them; and from asking for a model's card until
    its cascade is drawn."""

    paint: float
    findings: float
    picture: float
    focus: float
    cascade: float


def find_browser() -> str | None:
    """The browser that DELETE_LINT_TEST_CHROMIUM names, else one that is installed."""
    named = os.environ.get("DELETE_LINT_TEST_CHROMIUM")
    return named or next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def timings(executable: str, file: Path, label: str) -> Timings:
    """``label`` is the model to be focused on."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=[*ARGUMENTS])
        try:
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.set_default_timeout(120_000)
            page.goto(file.as_uri())
            paint = float(page.evaluate(_PAINT))
            findings = float(page.evaluate(_LOADED))
            picture = _visit(page, "#/picture")
            focus = _visit(page, f"#/picture/{quote(label)}")
            start = float(page.evaluate("performance.now()"))
            _visit(page, f"#/model/{quote(label)}")
            page.wait_for_selector(".frame[data-ready]")
            end = float(page.evaluate("performance.now()"))
            return Timings(paint, findings, picture, focus, end - start)
        finally:
            browser.close()


def _visit(page: Page, route: str) -> float:
    return float(page.evaluate(_VISIT, route))
