"""A suppression comment that suppresses nothing."""

from delete_lint.findings import Severity

SEVERITY: Severity = "warning"
