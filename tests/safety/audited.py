"""A script, run in a process of its own as the `delete-lint` that pip makes: the command line, watched by Python's
audit events. What it did that a reader has no business to do goes to the file that AUDIT names, a line each.

Told are: code run that lies in the folder AUDITED, and modules imported from there; programs that are started, other
than git and this Python; connections; libraries loaded from the folder.
"""

from __future__ import annotations

import os
import sys
from types import CodeType
from typing import Any

FOLDER = os.path.realpath(os.environ["AUDITED"])
LOG = os.open(os.environ["AUDIT"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
PROGRAMS = {sys.executable, *os.environ["AUDIT_PROGRAMS"].split(os.pathsep)}
STARTS = {"os.system", "os.exec", "os.spawn", "os.startfile", "pty.spawn"}
REACHES = {"socket.connect", "socket.bind", "socket.sendto", "urllib.Request", "ctypes.dlopen", "webbrowser.open"}


def told(event: str, what: object) -> None:
    os.write(LOG, f"{event} {what!r}\n".encode("utf-8", "backslashreplace"))


def watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "exec":
        code = arguments[0]
        if isinstance(code, CodeType) and inside(code.co_filename):
            told(event, code.co_filename)
    elif event == "subprocess.Popen":
        program = os.fsdecode(arguments[0] or arguments[1][0])
        if program not in PROGRAMS:
            told(event, program)
    elif event == "os.posix_spawn":  # subprocess starts programs with it where it can
        program = os.fsdecode(arguments[0])
        if program not in PROGRAMS:
            told(event, arguments)
    elif event in STARTS or event in REACHES:
        told(event, arguments)


def inside(file: str) -> bool:
    return os.path.isabs(file) and os.path.realpath(file).startswith(os.path.join(FOLDER, ""))


# This file's folder is where pip's script would be, in which nothing else lies.
sys.path[0] = os.path.join(FOLDER, "..", "bin")
sys.addaudithook(watch)

from delete_lint.cli import run  # noqa: E402

status = run()
for name, module in list(sys.modules.items()):
    file = getattr(module, "__file__", None)
    if isinstance(file, str) and inside(file):
        told("imported", name)
sys.stdout.flush()
sys.exit(status)
