"""A file that is not Python that can be parsed, or that cannot be read; the rest of the run goes on."""

from delete_lint.findings import Severity

SEVERITY: Severity = "error"
