"""The page's data: a report as one JSON document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from delete_lint.findings import Finding
from delete_lint.graph.batches import keys_in_words
from delete_lint.graph.cascade import cascade
from delete_lint.graph.collector import receiver_path, slow_only_by
from delete_lint.graph.model import Model
from delete_lint.graph.place import Place
from delete_lint.graph.receiver import EXTERNAL_CATEGORIES, Hop, Receiver
from delete_lint.graph.site import DeleteSite
from delete_lint.output.document import JSON
from delete_lint.report import Report
from delete_lint.report_page.encoding import Places, Texts, row
from delete_lint.report_page.entries import Entry, Urls, entries
from delete_lint.report_page.picture import Picture
from delete_lint.report_page.times import Times
from delete_lint.version import __version__

_NO_URLS: Urls = MappingProxyType({})
_NO_ADMIN_URLS: Mapping[str, str] = MappingProxyType({})


def page_data(
    report: Report, title: str, urls: Urls = _NO_URLS, admin_urls: Mapping[str, str] = _NO_ADMIN_URLS
) -> dict[str, JSON]:
    """All that the page shows, the same for the same report. ``urls`` are known of a running project only."""
    return _Data(report, title, entries(report.graph, report.sources, urls, admin_urls)).document()


class _Data:
    def __init__(self, report: Report, title: str, found: list[Entry]) -> None:
        self.report = report
        self.graph = report.graph
        self.title = title
        self.entries = found
        self.places = Places(_files(report))
        self.texts = Texts()
        self.times = Times(self.graph.measured)
        self.picture = Picture(self.graph, self.places, self.texts)
        self.number = self.picture.number
        self.entry_of_site = {site: number for number, entry in enumerate(found) for site in entry.sites}
        self.entries_at: dict[tuple[str, int], set[int]] = {}
        for number, entry in enumerate(found):
            for place in (entry.place, *(self.graph.deletes[site].place for site in (*entry.sites, *entry.led))):
                self.entries_at.setdefault((place.file, place.line), set()).add(number)
        #: Everything that goes when an entry deletes, by label: the numbers of the entries.
        self.entries_to: dict[str, set[int]] = {}
        for number, entry in enumerate(found):
            for label in entry.models:
                for reached in (label, self.graph.concrete(label), *cascade(self.graph, label).tables):
                    self.entries_to.setdefault(reached, set()).add(number)
        self.packages = sorted(
            {
                (model.module.rpartition(".models")[0].replace(".", "/"), label.partition(".")[0])
                for label, model in self.graph.models.items()
                if model.own
            },
            key=lambda pair: -len(pair[0]),
        )

    def document(self) -> dict[str, JSON]:
        report, graph, summary = self.report, self.graph, self.report.summary
        counts, measured = graph.row_counts, graph.measured
        document: dict[str, JSON] = {
            "version": 1,
            "tool": __version__,
            "title": self.title,
            "django": summary.django,
            "django_source": summary.django_source,
            "source": graph.source,
            "databases": sorted(graph.databases),
            "keys": keys_in_words(graph),
            "counted": self.places.file(counts.source) if counts is not None else None,
            "measured": self.places.file(measured.source) if measured is not None else None,
            "summary": {
                "files": summary.files,
                "models": summary.models,
                "receivers": summary.receivers,
                "deletes": summary.delete_sites,
                "suppressed": summary.suppressed,
                "baselined": max(summary.baselined, len(report.baselined)),
            },
            "warnings": [self.places.text(line) for line in (*report.problems, *report.warnings)],
            "rules": {rule.name: rule.summary for rule, _ in report.rules},
            "models": self.picture.models(),
            "times": [self.times.of_model(label) for label in self.picture.labels],
            "edges": self.picture.edges(),
            "receivers": [self._receiver(receiver) for receiver in self.picture.receivers],
            "sites": [self._site(number, site) for number, site in enumerate(graph.deletes)],
            "entries": [self._entry(entry) for entry in self.entries],
            "everywhere": [
                number for number, each in enumerate(self.picture.receivers) if each.alive and each.senders is None
            ],
            "findings": [self._finding(finding) for finding in report.findings],
        }
        return {**document, "texts": self.texts.all}

    # --- findings ---------------------------------------------------------------------------------------------------

    def _finding(self, finding: Finding) -> JSON:
        labels, receivers = self._subjects(finding)
        return {
            "rule": finding.rule,
            "severity": finding.severity,
            "place": self.places(finding.place),
            "line": self._line(finding.place),
            "message": self.places.text(finding.message),
            "help": self.places.text(finding.help),
            "notes": [row(self.places(note.place), self.places.text(note.message)) for note in finding.notes],
            "fix": finding.fix.description if finding.fix is not None else "",
            "app": self._app(finding, labels),
            "models": self.number.all(labels),
            "receivers": [self.picture.receiver_number[id(receiver)] for receiver in receivers],
            "entries": sorted(self._entries(finding, labels, receivers)),
            "fingerprint": finding.fingerprint,
        }

    def _subjects(self, finding: Finding) -> tuple[list[str], list[Receiver]]:
        labels = [subject.label for subject in finding.subjects if isinstance(subject, Model)]
        subjects = [subject for subject in finding.subjects if isinstance(subject, Receiver)]
        known = {(receiver_path(each), each.place): each for each in self.picture.receivers}
        receivers = [
            known[receiver_path(each), each.place] for each in subjects if (receiver_path(each), each.place) in known
        ]
        labels += [
            site.model
            for site in self.graph.deletes
            if site.model is not None and site.place == finding.place and site.model not in labels
        ]
        return labels, receivers

    def _entries(self, finding: Finding, labels: Iterable[str], receivers: Iterable[Receiver]) -> set[int]:
        """From where it can be set off: what stands at its place alone, else all that delete what it is about."""
        here = self.entries_at.get((finding.place.file, finding.place.line))
        if here:
            return here
        heard = [label for each in receivers for label in each.senders or ()]
        return set().union(*(self.entries_to.get(label, ()) for label in (*labels, *heard)))

    def _app(self, finding: Finding, labels: list[str]) -> str:
        """The app whose code it stands in, else that of the model it is about, else the folder."""
        folder = f"{finding.place.file.rpartition('/')[0]}/"
        for package, app in self.packages:
            if package and (f"/{package}/" in f"/{folder}"):
                return app
        return labels[0].partition(".")[0] if labels else self.places.file(folder).strip("/") or "."

    def _line(self, place: Place) -> str:
        try:
            lines = self.report.sources[place.file].lines
        except KeyError:
            return ""
        return lines[place.line - 1].strip()[:200] if 0 < place.line <= len(lines) else ""

    # --- receivers, deletes, entries --------------------------------------------------------------------------------

    def _receiver(self, receiver: Receiver) -> JSON:
        return {
            "name": receiver_path(receiver),
            "place": self.places(receiver.place),
            "signals": list(receiver.signals),
            "senders": None if receiver.senders is None else self.number.all(receiver.senders),
            "guard": receiver.sender_guard,
            "origin": receiver.origin_guard,
            "own": receiver.own,
            "package": receiver.package,
            "dead": receiver.dead or "",
            "async": receiver.is_async,
            "work": [
                row(work.category, work.category in EXTERNAL_CATEGORIES, self._path(work.path), self.places(work.loop))
                for work in sorted(receiver.work, key=lambda work: work.category not in EXTERNAL_CATEGORIES)
            ],
            "dispatches": [
                row(each.on_commit, self._path(each.path) or [row(self.places(each.place), each.call)])
                for each in receiver.dispatches
            ],
            "threads": self._path(receiver.threads),
            "creates": [
                row(each.model, self.places(each.place), ", ".join(each.fields)) for each in receiver.creations
            ],
            "follows": [row(each.field, self.places(each.place)) for each in receiver.parent_reads],
            "reads": list(receiver.reads),
            "connected": [self.places(each.place) for each in receiver.registrations if each.place is not None],
            "slows": self.number.all(slow_only_by(self.graph, receiver)),
            "time": self.times.of_receiver(receiver),
        }

    def _path(self, path: Iterable[Hop]) -> list[JSON]:
        return [row(self.places(hop.place), hop.call) for hop in path]

    def _site(self, number: int, site: DeleteSite) -> JSON:
        is_known = site.model is not None and site.model in self.number
        how = [
            word
            for word, given in (
                ("in batches", site.batched),
                ("in a loop", site.in_loop),
                ("signals muted", site.muted is not None),
                ("leaf first", bool(site.leaf_first)),
                ("soft", site.soft),
                ("the whole table", site.unbounded and site.filter == "none"),
            )
            if given
        ]
        return row(
            self.places(site.place),
            f"{site.kind} {site.method}()",
            self.number(site.model) if is_known and site.model is not None else -1,
            ", ".join(how),
            self.entry_of_site.get(number, -1),
            self.times.of_site(site.place, site.model),
        )

    def _entry(self, entry: Entry) -> JSON:
        return {
            "kind": entry.kind,
            "name": entry.name,
            "place": self.places(entry.place),
            "models": self.number.all(entry.models),
            "urls": list(entry.urls),
            "sites": [*entry.sites, *entry.led],
            "through": list(entry.through),
        }


def _files(report: Report) -> Iterable[str]:
    graph = report.graph
    yield from report.files
    yield from (finding.place.file for finding in report.findings)
    yield from (model.place.file for model in graph.models.values() if model.place is not None and model.own)
