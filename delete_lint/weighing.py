"""Findings weighed with what was measured: they tell it, and what was slow is no mere hint.

Nothing is made lighter. That a call was quick where it was measured proves little: tests replace the network, and the
tables of a development database are small.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from delete_lint.findings import Finding
from delete_lint.graph.measured import Measured, MeasuredDelete, MeasuredReceiver
from delete_lint.graph.place import Place
from delete_lint.graph.project import ProjectGraph
from delete_lint.graph.receiver import Receiver
from delete_lint.settings import Settings


def weighed(findings: Iterable[Finding], graph: ProjectGraph, settings: Settings) -> list[Finding]:
    """The findings; those about receivers, delete sites and entry points that were measured tell what they took.

    One that is ``info`` is a ``warning`` when it is about what was slow, unless the settings give its rule a severity.
    """
    if graph.measured is None:
        return list(findings)
    models = {site.place: site.model for site in graph.deletes}
    models |= {entry.place: entry.model for entry in graph.entry_points}
    return [_weighed(finding, graph.measured, models, settings) for finding in findings]


def _weighed(finding: Finding, measured: Measured, models: Mapping[Place, str | None], settings: Settings) -> Finding:
    entry = _measured(finding, measured, models)
    if entry is None:
        return finding
    raised = entry.is_slow and finding.severity == "info" and finding.rule not in settings.severity
    return replace(
        finding,
        message=f"{finding.message}; measured: {entry.told()}",
        severity="warning" if raised else finding.severity,
    )


def _measured(
    finding: Finding, measured: Measured, models: Mapping[Place, str | None]
) -> MeasuredReceiver | MeasuredDelete | None:
    subject = finding.subjects[0] if finding.subjects else None
    if isinstance(subject, Receiver):
        return measured.of_receiver(subject)
    return measured.at(finding.place, models[finding.place]) if finding.place in models else None
