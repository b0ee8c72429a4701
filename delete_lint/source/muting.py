"""How code keeps delete receivers from hearing a delete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from delete_lint.graph.site import Muting
from delete_lint.source import syntax
from delete_lint.source.declarations import FunctionDecl
from delete_lint.source.frame import Frame
from delete_lint.source.syntax import Expr
from delete_lint.source.values import ClassValue, External, Function, Values

if TYPE_CHECKING:
    from delete_lint.source.evaluate import Evaluator

DELETE_SIGNALS = {
    "django.db.models.signals.pre_delete": "pre_delete",
    "django.db.models.signals.post_delete": "post_delete",
}


def signal_name(values: Values) -> str | None:
    """``pre_delete`` or ``post_delete`` when these values are one of Django's delete signals."""
    for value in values:
        if isinstance(value, External) and value.dotted in DELETE_SIGNALS:
            return DELETE_SIGNALS[value.dotted]
    return None


def mutes(node: Expr, frame: Frame, evaluator: Evaluator) -> Muting | None:
    """How this call mutes delete receivers, when it does: a ``disconnect``, factory_boy's ``mute_signals``, a muter
    of the settings, or a function of the project that does one of these."""
    if not isinstance(node, syntax.Call):
        return None
    func = node.func
    if isinstance(func, syntax.Attribute) and func.name == "disconnect":
        return "disconnect" if signal_name(evaluator.eval(func.value, frame.quiet())) else None
    for value in evaluator.eval(func, frame.quiet()):
        dotted = _dotted(value)
        if dotted is None:
            continue
        if dotted in evaluator.muters or dotted.rpartition(".")[2] in evaluator.muters:
            return "muter"
        if dotted.endswith("mute_signals"):
            signals = [signal_name(evaluator.eval(arg.value, frame.quiet())) for arg in node.args]
            return "receivers_emptied" if any(signals) else None
        if isinstance(value, (Function, ClassValue)):
            found = _project_muter(value, evaluator)
            if found is not None:
                return found
    return None


def unmutes(node: Expr, frame: Frame, evaluator: Evaluator) -> bool:
    """Whether this call connects a delete receiver again."""
    return (
        isinstance(node, syntax.Call)
        and isinstance(node.func, syntax.Attribute)
        and node.func.name == "connect"
        and signal_name(evaluator.eval(node.func.value, frame.quiet())) is not None
    )


def _project_muter(value: Function | ClassValue, evaluator: Evaluator) -> Muting | None:
    """A function (or a class's ``__enter__``) of the project whose text disconnects or empties delete signals."""
    functions: list[FunctionDecl] = []
    if isinstance(value, Function):
        functions.append(value.decl)
    else:
        enter = evaluator.project.find_method(value.decl, "__enter__")
        if enter is not None:
            functions.append(enter)
    for decl in functions:
        if decl.block is None:
            continue
        text = decl.module.file.between(decl.block.start - 1, decl.block.end)
        if "_delete" not in text and "signal" not in text:
            continue
        if ".disconnect(" in text:
            return "disconnect"
        if ".receivers" in text and "receivers = " in text:
            return "receivers_emptied"
    return None


def _dotted(value: object) -> str | None:
    if isinstance(value, External):
        return value.dotted
    if isinstance(value, Function):
        return value.decl.dotted
    if isinstance(value, ClassValue):
        return value.decl.dotted
    return None
