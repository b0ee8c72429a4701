"""One HTML file that holds everything: data, scripts and style, under a policy that lets nothing else in."""

from __future__ import annotations

import base64
import hashlib
import json
from html import escape
from importlib.resources import files

from delete_lint.output.document import JSON
from delete_lint.report_page.libraries import libraries, licences

#: The page's own scripts, in the order in which they build on one another.
_SCRIPTS = ("base.js", "layout.js", "overview.js", "cascade.js", "lists.js", "cards.js", "main.js")


def html(data: dict[str, JSON]) -> str:
    """The page. Raises `delete_lint.report_page.libraries.MissingLibraryError`."""
    page = files("delete_lint.report_page") / "page"
    style = (page / "style.css").read_text("utf-8")
    used = libraries()
    # What each says on strict mode and what it declares is its own affair, so each is a script of its own.
    own = "".join((page / name).read_text("utf-8") for name in _SCRIPTS)
    scripts = [library.script for library in used if library.runs_in == "page"]
    scripts.append(f'"use strict";\n(() => {{\n{own}}})();\n')
    module = "\n".join(library.script for library in used if library.runs_in == "worker")
    title = str(data["title"])
    made_with = [f"{library.name} {library.version} ({library.licence}): {library.does}" for library in used]
    return (
        (page / "skeleton.html")
        .read_text("utf-8")
        .format(
            policy=escape(_policy(scripts, style)),
            title=escape(title),
            style=style,
            data=_embedded(data),
            module=_whole(module),
            scripts="\n".join(f"<script>{_whole(script)}</script>" for script in scripts),
            libraries="".join(f"<li>{escape(line)}</li>" for line in made_with),
            licences=escape(licences()),
        )
    )


def _policy(scripts: list[str], style: str) -> str:
    """Nothing may be loaded and nothing run but what has these checksums. A worker is made of the same scripts."""
    hashes = " ".join(map(_checksum, scripts))
    return (
        f"default-src 'none'; script-src {hashes}; worker-src blob:; style-src {_checksum(style)}; "
        "base-uri 'none'; form-action 'none'"
    )


def _checksum(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _whole(script: str) -> str:
    """A script as it is; what would end it early cannot be written otherwise without changing its checksum."""
    if "</script" in script.lower() or "<!--" in script:
        raise ValueError("a script of the page holds what ends a script")
    return script


def _embedded(data: dict[str, JSON]) -> str:
    """JSON in which no character means anything to an HTML parser."""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=True)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
