"""A script, run by a process of its own: reads along with a run, as `delete_lint.source.beside` says.

    python -I -S -B second_process.py FOLDER…

The folders are added to the path: they hold delete-lint and its libraries. Nothing of the project is on it.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from io import BufferedReader
    from queue import SimpleQueue

    from delete_lint.source.beside import Message


#: Files that are told of together: whoever listens is kept from other work by each message.
_AT_ONCE = 16


def main() -> None:
    # Ctrl-C is for the process that is waited for: this one goes without a word.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.path += sys.argv[1:]
    import gc
    from queue import SimpleQueue
    from threading import Thread

    gc.disable()  # what is made here is no cycle, or stays
    inbox: SimpleQueue[Message | None] = SimpleQueue()
    Thread(target=_read, args=(sys.stdin.buffer, inbox), daemon=True).start()
    try:
        _work(inbox, sys.stdout.buffer)
    except OSError:  # nobody listens any more
        os._exit(0)


def _read(stream: BufferedReader, inbox: SimpleQueue[Message | None]) -> None:
    from delete_lint.source.beside import messages

    for message in messages(stream.read1):
        inbox.put(message)
    os._exit(0)  # whoever this is done for is gone


def _work(inbox: SimpleQueue[Message | None], out: BinaryIO) -> None:
    from delete_lint.source.beside import Message, paths_in, send
    from delete_lint.source.decoding import Unreadable
    from delete_lint.source.facts import Facts, key_of
    from delete_lint.source.file import SourceFile
    from delete_lint.source.outline import is_mostly_needed
    from delete_lint.source.second_opinion import is_python

    first = inbox.get()
    assert first is not None
    paths = paths_in(first)
    for number, data in _contents(paths):
        if inbox.qsize():
            break
        if is_mostly_needed(data):
            facts = Facts()
            try:
                SourceFile("", data, facts).imports  # noqa: B018
            except (Unreadable, RecursionError):
                continue
            send(out, Message("outline", key_of(data), facts.encoded(), number))
    out.flush()
    asked = inbox.get() if inbox.qsize() else None
    python: list[bytes] = []
    for _, data in _contents(paths) if asked is None or asked.kind == "check" else ():
        if inbox.qsize():
            break
        if is_python(data):
            python.append(key_of(data))
            if len(python) == _AT_ONCE:
                _tell(python, out)
    _tell(python, out)

    # Most runs find something that can be fixed, and what writes fixes takes long to import.
    from delete_lint.fixes.elsewhere import answer

    if asked is None or asked.kind == "check":
        asked = inbox.get()
    while asked is not None:
        if asked.kind == "fix":
            send(out, Message("fix", data=answer(asked.data)))
            out.flush()
        asked = inbox.get()


def _tell(python: list[bytes], out: BinaryIO) -> None:
    from delete_lint.source.beside import Message, send

    send(out, Message("python", data=b"".join(python)))
    out.flush()
    python.clear()


def _contents(paths: list[bytes]) -> Iterator[tuple[int, bytes]]:
    for number, path in enumerate(paths):
        try:
            with open(path, "rb", buffering=0) as file:
                yield number, file.read()
        except (OSError, ValueError):
            continue


if __name__ == "__main__":
    main()
