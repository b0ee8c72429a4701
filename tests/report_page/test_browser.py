"""The page as people meet it, in a real browser: opened from disk, searched, followed, by mouse and by keys alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest

from delete_lint.graph.measured import Cost, Measured, MeasuredDelete, MeasuredReceiver
from delete_lint.graph.place import Place
from tests.report_page import shop
from tests.report_page.test_html import HOSTILE, hostile_files

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed: pip install playwright")

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # noqa: E402
from playwright.sync_api import Browser, expect  # noqa: E402

from benchmarks.report.browser import find_browser  # noqa: E402
from tests.report_page.browser import Opened, browser, opened  # noqa: E402

EXECUTABLE = find_browser()

pytestmark = pytest.mark.skipif(
    EXECUTABLE is None,
    reason="no Chromium: apt-get install chromium, or name one in DELETE_LINT_TEST_CHROMIUM",
)

VIEWS = ("#/findings", "#/findings?by=entry", "#/picture", "#/models", "#/model/shop.Customer", "#/receivers",
         "#/receiver/0", "#/entries", "#/entry/0")  # fmt: skip


@pytest.fixture(scope="module")
def running() -> Iterator[Browser]:
    assert EXECUTABLE is not None
    with browser(EXECUTABLE) as found:
        yield found


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shop")
    path = folder / "report.html"
    path.write_text(shop.page(folder / "project"), encoding="utf-8")
    return path


@pytest.fixture
def report(running: Browser, file: Path) -> Iterator[Opened]:
    """The page, in which nothing may go wrong whatever a test does with it."""
    with opened(running, file) as it:
        yield it
        assert it.problems == []


def test_it_opens_from_disk_and_shows_the_findings(report: Opened) -> None:
    expect(report.page.locator("h1")).to_contain_text("findings")
    expect(report.page.locator(".group").first).to_be_visible()
    assert report.page.title() == "Findings · shop · delete-lint"


def test_findings_are_grouped_by_rule_app_and_entry_point(report: Opened) -> None:
    expect(report.page.locator(".group summary", has_text="blocking_receiver")).to_be_visible()
    report.page.get_by_role("link", name="app", exact=True).click()
    expect(report.page.locator(".group summary h2")).to_have_text(["shop"])
    report.page.get_by_role("link", name="entry point", exact=True).click()
    expect(report.page.locator(".group summary", has_text="purge")).to_be_visible()
    expect(report.page.locator(".group summary", has_text="CustomerAdmin of shop.Customer")).to_be_visible()


def test_findings_can_be_filtered(report: Opened) -> None:
    report.page.get_by_label("Filter findings").fill("time.sleep")
    expect(report.page.locator(".group summary h2 .mono")).to_have_text(["blocking_receiver"])
    report.page.get_by_label("error").uncheck()
    expect(report.page.locator(".group")).to_have_count(0)


def test_a_model_is_found_by_a_part_of_its_name(report: Opened) -> None:
    report.page.get_by_role("combobox").fill("cust")
    expect(report.page.get_by_role("option").first).to_contain_text("shop.Customer")
    report.page.get_by_role("option").first.click()
    expect(report.page.locator("h1")).to_have_text("shop.Customer")


def test_a_card_says_what_goes_what_is_loaded_and_by_whose_fault(report: Opened) -> None:
    report.go("#/model/shop.Customer")
    rows = report.page.get_by_role("table", name="Level by level").locator("tbody tr")
    expect(rows).to_have_count(3)
    expect(rows.nth(1)).to_contain_text("Order.customer")
    expect(rows.nth(1)).to_contain_text("id")
    expect(rows.nth(2)).to_contain_text("whole rows")
    expect(rows.nth(2)).to_contain_text("shop.signals.forget_line (shop/signals.py:11)")
    expect(rows.nth(2)).to_contain_text("⌈Line/100⌉")


def test_the_cascade_of_a_model_is_drawn_and_its_boxes_are_links(report: Opened) -> None:
    report.go("#/model/shop.Customer")
    boxes = report.page.locator("a.box")
    expect(boxes).to_have_count(3)
    across = [boxes.nth(number).bounding_box() for number in range(3)]
    assert [box["x"] for box in across if box] == sorted(box["x"] for box in across if box), "levels from left to right"
    report.page.get_by_role("link", name="shop.Order: ").click()
    expect(report.page.locator("h1")).to_have_text("shop.Order")
    report.page.go_back()
    expect(report.page.locator("h1")).to_have_text("shop.Customer")


def test_the_picture_shows_one_model_s_cascade_among_all(report: Opened) -> None:
    report.go("#/picture")
    expect(report.page.locator("a.dot")).to_have_count(3)
    report.page.locator("a.dot.relations").hover()
    expect(report.page.locator("a.dot.lit")).to_have_count(2)
    expect(report.page.get_by_label("The model looked at")).to_contain_text("shop.Order")
    report.page.mouse.move(5, 5)
    report.go("#/picture/shop.Customer")
    expect(report.page.locator("a.dot.lit")).to_have_count(3)


def test_the_picture_zooms_and_pans(report: Opened) -> None:
    report.go("#/picture")
    inner = report.page.locator(".frame > svg > g")
    before = inner.get_attribute("transform")
    report.page.get_by_label("Zoom in").click()
    expect(inner).not_to_have_attribute("transform", before or "")
    report.page.get_by_label("Show all").click()
    expect(inner).to_have_attribute("transform", before or "")
    frame = report.page.locator(".frame").bounding_box()
    assert frame is not None
    report.page.mouse.move(frame["x"] + 20, frame["y"] + 20)
    report.page.mouse.wheel(0, -400)
    expect(inner).not_to_have_attribute("transform", before or "")
    zoomed = inner.get_attribute("transform")
    report.page.mouse.down()
    report.page.mouse.move(frame["x"] + 120, frame["y"] + 90)
    report.page.mouse.up()
    expect(inner).not_to_have_attribute("transform", zoomed or "")


def test_a_receiver_shows_its_path_of_calls(report: Opened) -> None:
    report.go("#/receivers")
    report.page.get_by_role("link", name="shop.signals.forget_line").click()
    expect(report.page.locator(".work li").first).to_contain_text("sleep")
    expect(report.page.locator(".calls").first).to_contain_text("time.sleep shop/signals.py:12")


@pytest.fixture(scope="module")
def measured_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a shop in which deletes have been watched."""
    folder = tmp_path_factory.mktemp("measured")
    project = folder / "project"
    measured = Measured(
        receivers=(
            MeasuredReceiver(
                module="shop.signals",
                name="forget_line",
                place=Place(str(project / "shop/signals.py"), 11),
                cost=Cost(calls=312, seconds=74.9, longest=1.2, queries=624, database=3.0),
                models={"shop.Line": 312},
            ),
        ),
        deletes=tuple(
            MeasuredDelete(
                place=Place(str(project / file), line),
                function=function,
                model="shop.Customer",
                how="QuerySet.delete",
                cost=Cost(calls=1, seconds=seconds, longest=seconds, queries=5, database=0.1),
                rows_deleted={"shop.Customer": 2, "shop.Line": rows},
                rows_loaded={"shop.Customer": 2, "shop.Line": rows},
                most_deleted=rows + 2,
            )
            for file, line, function, seconds, rows in (
                ("shop/management/commands/purge.py", 8, "Command.handle", 0.2, 10),
                ("shop/closing.py", 9, "drop", 76.0, 1_000),
            )
        ),
        source=str(project / "delete-lint-measured.json"),
    )
    path = folder / "report.html"
    path.write_text(shop.page(project, measured=measured), encoding="utf-8")
    return path


def test_what_was_measured_is_told_where_one_looks_for_it(running: Browser, measured_file: Path) -> None:
    with opened(running, measured_file) as report:
        facts = report.page.locator("dl.facts")
        report.go("#/model/shop.Customer")
        expect(facts).to_contain_text("38.1 s a delete, 2 deletes, 1,014 rows loaded; at most 76.0 s, 10 queries")
        expect(facts).to_contain_text("1,014 rows deleted, at most 1,002 at once")
        expect(facts.locator(".bad", has_text="38.1 s a delete")).to_be_visible()
        expect(report.page.get_by_role("table", name="Inside the transaction")).to_contain_text(
            "240 ms a call, 312 calls"
        )
        site = report.page.get_by_role("listitem").filter(has_text="shop/closing.py:9")
        expect(site.first).to_contain_text("measured: 76.0 s a delete, 1 delete, 1,002 rows loaded")
        report.go("#/receivers")
        report.page.get_by_role("button", name="Measured").click()
        expect(report.page.locator("tbody tr").first).to_contain_text("240 ms a call, 312 calls")
        report.page.get_by_role("link", name="shop.signals.forget_line").click()
        expect(facts).to_contain_text("240 ms a call, 312 calls; at most 1.2 s, 624 queries")
        report.go("#/models")
        report.page.get_by_role("button", name="Measured").click()
        expect(report.page.locator("tbody tr").first).to_contain_text("shop.Customer")
        report.go("#/findings")
        report.unfold()
        expect(report.page.get_by_text("; measured: 240 ms a call, 312 calls").first).to_be_visible()
        expect(report.page.locator("#made")).to_contain_text("times from delete-lint-measured.json")
        assert Axe().run(report.page).response["violations"] == []
        assert report.problems == []


def test_a_page_without_measurements_says_nothing_of_them(report: Opened) -> None:
    for view in VIEWS:
        report.go(view)
        report.unfold()
        expect(report.page.get_by_text("easured")).to_have_count(0)


def test_all_can_be_done_by_keys_alone(report: Opened) -> None:
    keys = report.page.keyboard
    keys.press("/")
    keys.type("customer")
    keys.press("ArrowDown")
    keys.press("ArrowUp")
    keys.press("Enter")
    expect(report.page.locator("h1")).to_have_text("shop.Customer")
    assert report.page.evaluate("document.activeElement.id") == "main"
    expect(report.page.locator("a.box")).to_have_count(3)
    for _ in range(30):
        keys.press("Tab")
        if report.page.evaluate("document.activeElement.classList.contains('box')"):
            break
    assert report.page.evaluate("document.activeElement.getAttribute('aria-label')").startswith("shop.Customer")
    keys.press("Tab")
    keys.press("Enter")
    expect(report.page.locator("h1")).to_have_text("shop.Order")


def test_the_picture_can_be_walked_by_keys(report: Opened) -> None:
    report.go("#/picture")
    keys = report.page.keyboard
    for _ in range(20):
        keys.press("Tab")
        if report.page.evaluate("document.activeElement.classList.contains('dot')"):
            break
    first = report.page.evaluate("document.activeElement.getAttribute('aria-label')")
    seen = {first}
    for key in ("ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp"):
        keys.press(key)
        seen.add(report.page.evaluate("document.activeElement.getAttribute('aria-label')"))
    assert len(seen) > 1
    keys.press("Enter")
    expect(report.page.locator("h1")).to_contain_text("shop.")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_accessibility_checker_finds_nothing(scheme: Literal["light", "dark"], running: Browser, file: Path) -> None:
    with opened(running, file, scheme) as it:
        for view in VIEWS:
            it.go(view)
            it.page.wait_for_timeout(150)
            it.unfold()
            result = Axe().run(it.page)
            told = [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in result.response["violations"]]
            assert told == [], f"{view} in {scheme}"
        # The checker itself asks for style sheets that the policy keeps out; the page's own doings are checked above.
        assert not [problem for problem in it.problems if problem.startswith("request")]


def test_light_and_dark_are_as_the_system_has_it(running: Browser, file: Path) -> None:
    shades = {}
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for scheme in schemes:
        with opened(running, file, scheme) as it:
            shades[scheme] = it.page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
            assert it.problems == []
    light, dark = (sum(int(part) for part in shade[4:-1].split(",")) for shade in (shades["light"], shades["dark"]))
    assert light > 600 > 150 > dark


def test_nothing_of_a_hostile_project_runs(running: Browser, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(shop.page(tmp_path / "project", hostile_files(), title=HOSTILE), encoding="utf-8")
    with opened(running, path) as it:
        for view in (*VIEWS, "#/model/<img src=x onerror=window.hacked=1>", "#/findings?rule=<b>", "#/%"):
            it.go(view)
            it.unfold()
        assert it.page.evaluate("window.hacked") is None
        assert it.page.locator("main img").count() == 0
        it.go("#/findings")
        expect(it.page.locator("#project")).to_have_text(HOSTILE)
        assert it.problems == []


def test_a_route_that_is_not_there_is_answered(report: Opened) -> None:
    report.go("#/model/shop.Nobody")
    expect(report.page.locator("h1")).to_have_text("Not found")


def test_it_fits_on_a_narrow_window(report: Opened) -> None:
    report.page.set_viewport_size({"width": 400, "height": 700})
    for view in VIEWS:
        report.go(view)
        wide = report.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, view
