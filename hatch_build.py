"""Brings the libraries that the report's page draws with: `python hatch_build.py`, and whenever delete-lint is built.

They are taken out of wheels of the package index that pip is set up with, and are not kept in the source tree.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent
PAGE = Path("delete_lint", "report_page")
FOLDER = PAGE / "bundled"


class LibraryError(Exception):
    """A library could not be had, in one line."""


def bring_libraries(root: Path = ROOT) -> list[str]:
    """Puts the libraries in their place if they are not there; gives the names of those that it brought.

    Raises `LibraryError`.
    """
    listed: list[dict[str, str]] = tomllib.loads((root / PAGE / "libraries.toml").read_text("utf-8"))["library"]
    folder = root / FOLDER
    missing = [library for library in listed if not _is_right(folder / library["file"], library["sha256"])]
    if not missing:
        return []
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        wheels = _download(missing, Path(scratch))
        for library in missing:
            try:
                with zipfile.ZipFile(wheels[library["distribution"]]) as archive:
                    data = archive.read(library["member"])
            except (KeyError, OSError, zipfile.BadZipFile) as error:
                raise LibraryError(f"{library['distribution']} has no {library['member']}: {error}") from error
            if hashlib.sha256(data).hexdigest() != library["sha256"]:
                raise LibraryError(f"{library['member']} of {library['distribution']} is not the file that is pinned")
            (folder / library["file"]).write_bytes(data)
    return [library["name"] for library in missing]


def _is_right(file: Path, sha256: str) -> bool:
    return file.is_file() and hashlib.sha256(file.read_bytes()).hexdigest() == sha256


def _download(libraries: list[dict[str, str]], scratch: Path) -> dict[str, Path]:
    """The wheels by the name of their distribution; pip compares their checksums."""
    pins = {f"{each['distribution']}=={each['release']} --hash=sha256:{each['wheel']}" for each in libraries}
    requirements = scratch / "requirements.txt"
    requirements.write_text("".join(f"{pin}\n" for pin in sorted(pins)), "utf-8")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    command += ["--require-hashes", "--disable-pip-version-check", "--dest", str(scratch), "-r", str(requirements)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        reasons = [line for line in done.stderr.splitlines() if line.strip()]
        raise LibraryError(reasons[-1] if reasons else f"pip download ended with status {done.returncode}")
    return {wheel.name.partition("-")[0]: wheel for wheel in scratch.glob("*.whl")}


try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # run by hand, where hatchling need not be
    pass
else:

    class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg]
        """Brings the libraries before anything is built. Without them all but `delete-lint report` works, so an
        installation from source goes on without a package index; a release is tested to have them."""

        def initialize(self, version: str, build_data: dict[str, Any]) -> None:
            build_data["artifacts"].append(f"/{FOLDER.as_posix()}/*.js")
            try:
                bring_libraries(Path(self.root))
            except LibraryError as error:
                self.app.display_warning(f"delete-lint report will not work, its libraries are missing: {error}")


if __name__ == "__main__":
    try:
        print(", ".join(bring_libraries()) or "all there")
    except LibraryError as failure:
        sys.exit(f"hatch_build.py: {failure}")
