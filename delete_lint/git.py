"""What git knows of a project, asked with its plumbing and without letting it look at the files.

A repository's own configuration can name programs to run (filters, text conversion, file system monitors, hooks,
transports), and git runs them when it compares files or fetches what a partial clone lacks. Nothing here makes it do
so: commits, trees, blobs and the index are read, files are compared by us, and nothing is written.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Collection, Iterable, Iterator, Sequence

from msgspec import Struct

from delete_lint.graph.named import did_you_mean
from delete_lint.source.ignore import repository_root

#: Everything else by which the environment speaks to git is about the repository of whoever started us: in a hook git
#: sets where it and its index are, with paths that are right for one folder only.
_KEPT = ("GIT_CONFIG", "GIT_EXEC_PATH", "GIT_CEILING_DIRECTORIES", "GIT_DISCOVERY_ACROSS_FILESYSTEM")
_OPTIONS = (
    "--no-pager",
    "--no-replace-objects",
    "-c",
    "core.fsmonitor=false",
    "-c",
    f"core.hooksPath={os.devnull}",
    "-c",
    "protocol.allow=never",
)
_LINK, _SUBMODULE = "120000", "160000"


class GitError(Exception):
    """Git cannot tell: why, and what to do about it, in one line."""


class Blob(Struct, frozen=True):
    """A file of a commit."""

    id: str
    is_link: bool = False

    def is_of(self, data: bytes) -> bool:
        r"""Whether it has these bytes; where git checks files out with ``\r\n`` it stores them with ``\n``."""
        return self._names(data) or (b"\r\n" in data and self._names(data.replace(b"\r\n", b"\n")))

    def _names(self, data: bytes) -> bool:
        digest = hashlib.sha256() if len(self.id) == 64 else hashlib.sha1(usedforsecurity=False)
        digest.update(b"blob %d\0" % len(data))
        digest.update(data)
        return digest.hexdigest() == self.id


class Content(Struct, frozen=True):
    """The files of a commit by path from the top of the repository, and the commits of its submodules likewise."""

    files: dict[str, Blob]
    submodules: dict[str, str]


class Repository(Struct, frozen=True):
    """A repository with files; ``top`` is its topmost folder by the way that it was reached. All methods raise
    `GitError`."""

    top: str

    @classmethod
    def of(cls, folder: str) -> Repository:
        """The one that a folder is in."""
        top = repository_root(folder) or repository_root(os.path.realpath(folder))
        if top is None:
            raise GitError(f"not in a git repository, and so nothing can be compared: {folder}")
        found = cls(top)
        found._git("rev-parse", "--git-dir")  # it may not be one, or be somebody else's, which git refuses to read
        return found

    # --- commits ------------------------------------------------------------------------------------------------

    def commit(self, revision: str) -> str | None:
        """The commit that a revision means; None when it means none."""
        # No name of anything begins with a hyphen, and git would take it for an option.
        if not revision or revision.startswith("-") or "\0" in revision:
            return None
        found = self._git("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}", none=(1, 128)).strip()
        # What is written as a range is answered with another one.
        return found if found.isalnum() else None

    def merge_base(self, revision: str, head: str = "HEAD") -> str | None:
        """Where what leads to ``head`` left ``revision``. None when nothing leads there yet, and it is ``head`` itself
        that was asked for: the first commit is still to be made."""
        tip = self.commit(head)
        if tip is None and revision == head:
            return None
        commit = self.commit(revision)
        if commit is None:
            raise GitError(f'unknown revision "{revision}"{self._nearest(revision)}')
        base = self._git("merge-base", commit, tip, none=(1,)).strip() if tip is not None else ""
        if base:
            return base
        if self._is_shallow():
            problem = "this clone is too shallow to tell: fetch the whole history (actions/checkout: fetch-depth: 0)"
        else:
            problem = "their histories have nothing in common"
        raise GitError(f"no merge base of {revision} and {head}: {problem}")

    def merged(self) -> list[str]:
        """The commits that are being merged into this one, while a merge is under way."""
        file = os.path.join(self.top, self._git("rev-parse", "--git-path", "MERGE_HEAD").rstrip("\n"))
        try:
            with open(file, encoding="ascii") as lines:
                return [line.strip() for line in lines if line.strip()]
        except (OSError, ValueError):
            return []

    def _nearest(self, revision: str) -> str:
        names = self._git("for-each-ref", "--format=%(refname:short)").split()
        same = [name for name in names if name.endswith(f"/{revision}")]
        if same:
            return f' (did you mean "{same[0]}"?)'
        if self._is_shallow():
            return ": this clone is shallow, fetch the whole history (actions/checkout: fetch-depth: 0)"
        return did_you_mean(revision, names)

    def _is_shallow(self) -> bool:
        return self._git("rev-parse", "--is-shallow-repository").strip() == "true"

    # --- trees and the index ------------------------------------------------------------------------------------

    def content(self, commit: str) -> Content:
        """What is in a commit."""
        found = Content({}, {})
        for line in self._records("ls-tree", "-r", "-z", "--full-tree", commit):
            about, _, path = line.partition("\t")
            mode, _, name = about.split(" ")
            if mode == _SUBMODULE:
                found.submodules[path] = name
            else:
                found.files[path] = Blob(name, mode == _LINK)
        return found

    def tracked(self) -> frozenset[str]:
        """The paths of the index: of that which is about to be committed, when git is doing so."""
        return frozenset(self._records("ls-files", "-z", "--full-name", index=True))

    def not_checked_out(self) -> frozenset[str]:
        """The paths that the index has and a sparse checkout leaves out."""
        records = self._records("ls-files", "-z", "-t", "--full-name")
        return frozenset(line[2:] for line in records if line.startswith("S "))

    def read(self, ids: Iterable[str]) -> Iterator[bytes]:
        """The contents of blobs."""
        wanted = list(ids)
        missing = "not all files of that time are here: in a partial clone, `git fetch --refetch --no-filter` gets them"
        try:
            out = self._run(("cat-file", "--batch"), stdin="".join(f"{each}\n" for each in wanted).encode())
        except GitError as error:
            partial = self._git(
                "config", "--get-regexp", r"^remote\..*\.promisor$|^extensions\.partialclone$", none=(1,)
            )
            raise GitError(missing) if partial else error from error
        position = 0
        for _ in wanted:
            end = out.index(b"\n", position)
            about = out[position:end].split(b" ")
            if len(about) != 3:
                raise GitError(missing)
            position = end + 1 + int(about[2])
            yield out[end + 1 : position]
            position += 1  # the line end after the contents

    def _records(self, *arguments: str, index: bool = False) -> list[str]:
        out = self._run(arguments, index=index)
        return [os.fsdecode(record) for record in out.split(b"\0") if record]

    # --- git ----------------------------------------------------------------------------------------------------

    def _git(self, *arguments: str, none: Collection[int] = ()) -> str:
        """The output of a command, empty when its exit status is one that means "there is none"."""
        return os.fsdecode(self._run(arguments, none=none))

    def _run(
        self, arguments: Sequence[str], *, stdin: bytes = b"", none: Collection[int] = (), index: bool = False
    ) -> bytes:
        git = _program()
        if git is None:
            raise GitError("git is not installed, or not on PATH")
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("GIT_") or _is_kept(name)},
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "LC_ALL": "C",
        }
        if index and (file := self._index_of_hook()) is not None:
            environment["GIT_INDEX_FILE"] = file
        command = [git, *_OPTIONS, *arguments]
        try:
            done = subprocess.run(command, cwd=self.top, env=environment, input=stdin, capture_output=True, check=False)
        except (OSError, ValueError) as error:
            raise GitError(f"git cannot be run: {error}") from error
        if done.returncode not in (0, *none):
            said = done.stderr.decode("utf-8", "replace").strip().split("\n")[0]
            raise GitError(f"git {arguments[0]} in {self.top}: {said or f'exit status {done.returncode}'}")
        return done.stdout

    def _index_of_hook(self) -> str | None:
        """The index that git names to a hook, absolute; None when it is not of this repository."""
        named = os.environ.get("GIT_INDEX_FILE")
        if not named or not os.path.exists(named):
            return None
        own = self._git("rev-parse", "--absolute-git-dir").rstrip("\n")
        file = os.path.abspath(named)
        return file if os.path.realpath(os.path.dirname(file)) == os.path.realpath(own) else None


def _program() -> str | None:
    """Git, as the user has it: not what a relative folder of PATH has or, on Windows, the working folder."""
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    found = shutil.which("git", path=os.pathsep.join(filter(os.path.isabs, folders)))
    return found if found is not None and os.path.isabs(found) else None


def _is_kept(name: str) -> bool:
    return name.startswith(_KEPT)
