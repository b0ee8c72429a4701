"""Who made a pack: the facts of a file are those that one version of the reader gives, and hang on nothing else."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from delete_lint.source.facts import key_of_parts
from delete_lint.version import __version__

#: Of the modules of `delete_lint.source`, those that facts come from: the rest only asks for them.
READERS = (
    "beside",
    "decoding",
    "facts",
    "file",
    "imports",
    "lowering",
    "mistakes",
    "outline",
    "questions",
    "second_opinion",
    "syntax",
    "tokens",
)


def maker() -> str:
    """Sixteen hexadecimal digits for this version of the reader, of Python and of libcst.

    The sources count too: whoever works on the reader meets no facts of yesterday's.
    """
    return key_of_parts(_parts()).hex()[:16]


def _parts() -> Iterator[bytes]:
    yield __version__.encode()
    yield f"{sys.implementation.name} {sys.version}".encode()
    yield from _libcst()
    source = Path(__file__).parent.parent / "source"
    for name in READERS:
        folder = source / name
        files = sorted(folder.glob("*.py")) if folder.is_dir() else [folder.with_suffix(".py")]
        for file in files:
            yield file.name.encode()
            yield from _bytes(file)
    yield from _bytes(source.with_name("second_process.py"))
    yield from _bytes(Path(__file__).with_name("pack.py"))


def _libcst() -> Iterator[bytes]:
    """The version of libcst, which is not imported for that: it takes longer than all the rest of a warm run."""
    spec = find_spec("libcst")
    if spec is not None and spec.origin is not None:
        version = list(_bytes(Path(spec.origin).with_name("_version.py")))
        if version:
            yield from version
            return
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as version_of

    try:
        yield version_of("libcst").encode()
    except PackageNotFoundError:
        yield b""


def _bytes(file: Path) -> Iterator[bytes]:
    """Nothing where there are no sources; then the version has to tell."""
    try:
        yield file.read_bytes()
    except OSError:
        return
