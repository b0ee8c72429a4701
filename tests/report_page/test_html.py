"""The page as a file: nothing in it can be taken for markup, and its policy lets nothing else run."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from delete_lint.report_page import libraries as module
from delete_lint.report_page.html import html
from delete_lint.report_page.libraries import MissingLibraryError, libraries
from tests.report_page import shop

HOSTILE = """</script><script>window.hacked = 1</script><img src=x onerror="window.hacked = 1"><!-- &lt;"""


class _Reader(HTMLParser):
    """Tags, and what stands in scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self.styles: list[str] = []
        self.policy = ""
        self._in = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        attributes = dict(attrs)
        self._in = tag
        if tag == "script":
            self.scripts.append((attributes, ""))
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy":
            self.policy = attributes["content"] or ""

    def handle_endtag(self, tag: str) -> None:
        self._in = ""

    def handle_data(self, data: str) -> None:
        if self._in == "script":
            attributes, text = self.scripts[-1]
            self.scripts[-1] = (attributes, text + data)
        if self._in == "style":
            self.styles.append(data)


def hostile_files() -> dict[str, str]:
    """A project whose comments, names of files and settings are all markup."""
    name = "shop/<img src=x onerror=window.hacked=1>.py"
    line = f"Customer.objects.all().delete()  # {HOSTILE}\n"
    return {**shop.FILES, name: f"from shop.models import Customer\n\n\ndef forget():\n    {line}"}


def test_the_policy_lets_run_what_is_there_and_nothing_else(tmp_path: Path) -> None:
    page = _Reader(shop.page(tmp_path))
    run = [text for attributes, text in page.scripts if not attributes.get("type")]
    hashes = [f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in run]
    policy = dict(part.strip().split(" ", 1) for part in page.policy.split(";"))
    assert policy.pop("default-src") == "'none'"
    assert policy.pop("script-src").split() == hashes
    assert policy.pop("style-src") == (
        f"'sha256-{base64.b64encode(hashlib.sha256(page.styles[0].encode()).digest()).decode()}'"
    )
    assert policy == {"worker-src": "blob:", "base-uri": "'none'", "form-action": "'none'"}


def test_the_page_needs_no_other_file_and_no_server(tmp_path: Path) -> None:
    text = shop.page(tmp_path)
    markup = re.sub(r"<(script|style|pre)\b.*?</\1>", "", text, flags=re.DOTALL)
    assert not re.search(r"\b(src|href)=\"(?!#)", markup)
    assert "http" not in re.sub(r'http-equiv="Content-Security-Policy"', "", markup)


def test_nothing_of_the_linted_project_becomes_markup(tmp_path: Path) -> None:
    plain = _Reader(shop.page(tmp_path / "plain"))
    page_text = shop.page(tmp_path / "hostile", hostile_files(), title=HOSTILE)
    page = _Reader(page_text)
    assert page.tags == plain.tags
    assert len(page.scripts) == len(plain.scripts)
    assert any(HOSTILE[:40] in finding["line"] for finding in shop.data_of(page_text)["findings"])


def test_halves_of_characters_in_names_do_not_break_the_page(tmp_path: Path) -> None:
    data = shop.data(tmp_path)
    data["title"] = "shop \udcff \u2028 \x00"
    assert shop.data_of(html(data).encode("utf-8", "backslashreplace").decode())["title"] == data["title"]


def test_the_licences_of_the_libraries_come_with_the_page(tmp_path: Path) -> None:
    text = shop.page(tmp_path)
    assert "Mike Bostock" in text
    assert "Chris Pettitt" in text
    assert "Lutz Roeder" in text


def test_without_its_libraries_one_line_says_how_to_get_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "libraries.toml").write_text(
        (Path(module.__file__).parent / "libraries.toml").read_text("utf-8"), encoding="utf-8"
    )
    monkeypatch.setattr(module, "files", lambda package: tmp_path)
    with pytest.raises(MissingLibraryError) as caught:
        libraries()
    assert str(caught.value).startswith("report: d3 was not built into this delete-lint: ")
    assert "python hatch_build.py" in str(caught.value)
    assert "\n" not in str(caught.value)
