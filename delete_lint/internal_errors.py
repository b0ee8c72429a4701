"""What there is to say when delete-lint itself, or a rule of somebody's, fails: where, at what, and whom to tell."""

from __future__ import annotations

import traceback

from msgspec import Struct

from delete_lint.findings import Finding
from delete_lint.graph.place import Place
from delete_lint.version import __version__

_LONGEST = 300
_LAST_FRAMES = 40
_NOTE = "input sha256:"


class InternalError(Struct, frozen=True):
    """``what`` failed: "reading", "the rule X". ``place`` is where, as far as that is known, ``digest`` the SHA-256 of
    what was read. ``package`` is the one whose makers want to know."""

    what: str
    error: str
    kind: str
    place: Place | None
    digest: str
    package: str
    traceback: tuple[str, ...]

    @property
    def line(self) -> str:
        """All of it in one line."""
        where = f" at {self.place}" if self.place is not None and str(self.place) not in self.what else ""
        return (
            f"internal error of delete-lint {__version__}: {self.what} failed{where}{self._input}: {self.error}; "
            f"{self._report}"
        )

    def finding(self, folder: str = ".") -> Finding:
        """As a finding where it happened, else about the folder. To be stamped with a rule."""
        return Finding(
            place=self.place or Place(folder, 1),
            message=f"internal error: {self.what} failed: {self.error}",
            help=f"what there is to say here is missing: {self._report}, naming delete-lint {__version__}{self._input}",
            identity=f"internal error: {self.what}: {self.kind}",
        )

    @property
    def _input(self) -> str:
        return f" (input sha256:{self.digest})" if self.digest else ""

    @property
    def _report(self) -> str:
        if self.package.startswith("delete_lint"):
            return "please report it in delete-lint's issue tracker (DELETE_LINT_DEBUG=1 shows the traceback)"
        return f"please report it to the makers of {self.package} (DELETE_LINT_DEBUG=1 shows the traceback)"


def is_failure(error: BaseException) -> bool:
    """Whether an exception is somebody's mistake, and not the wish to end the run. What goes wrong in libcst's parser
    is a `BaseException` of its own; a rule that ends the process is one that failed."""
    return isinstance(error, (Exception, SystemExit)) or type(error).__name__ == "PanicException"


def internal_error(
    what: str, error: BaseException, place: Place | None = None, digest: str = "", package: str = "delete_lint"
) -> InternalError:
    """What an exception comes to. Without a ``digest`` the one that was noted on the exception."""
    lines = "".join(traceback.format_exception(type(error), error, error.__traceback__, limit=-_LAST_FRAMES))
    noted = (note.removeprefix(_NOTE) for note in getattr(error, "__notes__", ()) if note.startswith(_NOTE))
    found = digest or next(noted, "")
    return InternalError(what, _one_line(error), type(error).__name__, place, found, package, tuple(lines.splitlines()))


def note_input(error: BaseException, digest: str) -> None:
    """For whoever tells of the exception further out."""
    error.add_note(f"{_NOTE}{digest}")


def _one_line(error: BaseException) -> str:
    """The kind of an exception and what it says."""
    try:
        text = str(error)
    except Exception:  # whatever a stranger's exception does to tell of itself
        text = ""
    told = " ".join(f"{type(error).__name__}: {text}".split()).removesuffix(":")
    return told if len(told) <= _LONGEST else f"{told[:_LONGEST]} …"
