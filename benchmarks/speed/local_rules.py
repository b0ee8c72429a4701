"""The one rule that the tools for rules of one's own are given: a delete receiver that calls requests.

Each sees decorated functions that call it themselves, which is the least of what `blocking_receiver` sees.
"""

from __future__ import annotations

from pathlib import Path

_SEMGREP = r"""rules:
  - id: delete-receiver-calls-requests
    languages: [python]
    severity: ERROR
    message: a delete receiver calls requests
    patterns:
      - pattern-inside: |
          @django.dispatch.receiver($SIGNAL, ...)
          def $FUNCTION(...):
              ...
      - metavariable-regex:
          metavariable: $SIGNAL
          regex: (.*\.)?(pre|post)_delete
      - pattern: requests.$METHOD(...)
"""

_FIXIT = """import libcst as cst
from fixit import LintRule
from libcst.metadata import QualifiedNameProvider

SIGNALS = {f"django.db.models.signals.{name}" for name in ("pre_delete", "post_delete")}


class RequestsInDeleteReceiver(LintRule):
    MESSAGE = "a delete receiver calls requests"
    METADATA_DEPENDENCIES = (QualifiedNameProvider,)

    def __init__(self):
        super().__init__()
        self.depth = 0

    def visit_FunctionDef(self, node):
        self.depth += self.is_receiver(node)

    def leave_FunctionDef(self, node):
        self.depth -= self.is_receiver(node)

    def visit_Call(self, node):
        if self.depth and any(name.startswith("requests.") for name in self.names(node.func)):
            self.report(node)

    def is_receiver(self, node):
        for decorator in node.decorators:
            call = decorator.decorator
            if isinstance(call, cst.Call) and "django.dispatch.receiver" in self.names(call.func):
                if any(self.names(argument.value) & SIGNALS for argument in call.args):
                    return True
        return False

    def names(self, node):
        found = self.get_metadata(QualifiedNameProvider, node, set())
        return {each.name for each in found}
"""

# Fixit applies a configuration only to what lies below it, and without one runs rules of its own, silently.
_FIXIT_CONFIG = """[tool.fixit]
root = true
enable = [".delete_receivers:RequestsInDeleteReceiver"]
disable = ["fixit.rules"]
"""


def semgrep_rule(work: Path) -> Path:
    """The file with semgrep's rule."""
    file = work / "semgrep.yaml"
    file.write_text(_SEMGREP)
    return file


def write_fixit_rule(work: Path) -> None:
    """Puts Fixit's rule and configuration above the inputs, where it finds them."""
    (work / "inputs" / "delete_receivers.py").write_text(_FIXIT)
    (work / "inputs" / "fixit.toml").write_text(_FIXIT_CONFIG)
