"""Reading the bodies of receivers that a running project names, those of installed packages too.

Only the files are opened that a receiver's calls lead to. What a function of Django does is known, and not read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from delete_lint.catalog.blocking import Catalog
from delete_lint.graph.body import Body
from delete_lint.graph.project import DjangoVersion
from delete_lint.graph.receiver import Hop, Work
from delete_lint.settings import Settings
from delete_lint.source.body import read_body
from delete_lint.source.declarations import ClassDecl
from delete_lint.source.evaluate import Evaluator
from delete_lint.source.facts import Known
from delete_lint.source.installed import InstalledProject
from delete_lint.source.locate import Locator
from delete_lint.source.registered import RegisteredApps, RegisteredSchema
from delete_lint.source.running import Running, Target
from delete_lint.source.values import ClassValue, Function, Instance, LambdaValue, Value


def read_bodies(
    targets: Sequence[Target], running: Running, settings: Settings, django: DjangoVersion, known: Known | None = None
) -> Mapping[Target, Body]:
    """The bodies of those targets that are where they should be. What is ``known`` of files is not read again."""
    reader = _Reader(running, settings, django, known)
    found = {target: reader.body(target) for target in dict.fromkeys(targets)}
    return {target: body for target, body in found.items() if body is not None}


class _Reader:
    def __init__(self, running: Running, settings: Settings, django: DjangoVersion, known: Known | None) -> None:
        catalog = Catalog(settings.blocking, settings.not_blocking)
        self.project = InstalledProject(running, catalog, known)
        apps = RegisteredApps(self.project)
        schema = RegisteredSchema(self.project, apps)
        self.evaluator = Evaluator(self.project, apps, schema, catalog, settings, django)
        self.locator = Locator(self.evaluator)

    def body(self, target: Target) -> Body | None:
        module = self.project.module_at(target.file, target.module)
        if module is None:
            return None
        found = self.locator.find(module, target.name, target.line)
        if found is None:
            return None
        values = self._bound(found, target) if isinstance(found, Function) else [found]
        body = read_body(self.evaluator, values, target.senders)
        known = self._known(target, found)
        return body if known is None else replace(body, work=(known, *body.work))

    def _bound(self, function: Function, target: Target) -> list[Value]:
        """The function once for each object that it is a method of."""
        decl = function.decl
        owner = decl.owner
        if owner is None or decl.is_static or function.closure is not None or not decl.node.params:
            return [function]
        classes = [cls for name in target.bound if (cls := self.project.class_named(name)) is not None]
        if not classes and (target.bound or decl.node.params[0].name in ("self", "cls")):
            classes = [owner]
        return [Function(decl, _self(decl.is_classmethod, cls)) for cls in classes] or [function]

    def _known(self, target: Target, found: Function | LambdaValue) -> Work | None:
        """What the catalog says of a receiver of a package."""
        method = target.name.rpartition(".")[2]
        names = [f"{target.module}.{target.name}", *(".".join((*cls, method)) for cls in target.bound)]
        categories = filter(None, map(self.evaluator.catalog.category, names))
        category = next((category for category in categories if category != "none"), None)
        if category is None or not isinstance(found, Function):
            return None
        return Work(category, names[0], (Hop(found.decl.place, names[0]),))


def _self(is_classmethod: bool, cls: ClassDecl) -> Value:
    return ClassValue(cls) if is_classmethod else Instance(cls)
