"""A running project as its source reader sees it, told by hand: which files there are, whose, and which models."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent

from delete_lint.graph.body import Body
from delete_lint.graph.project import DjangoVersion
from delete_lint.settings import Settings
from delete_lint.source.bodies import read_bodies
from delete_lint.source.running import ClassName, RegisteredAccessor, RegisteredField, RegisteredModel, Target


@dataclass
class Code:
    """Modules by name; those whose names begin with ``own`` are the user's. ``asked`` notes which were looked for."""

    folder: Path
    own: str
    models: Mapping[str, RegisteredModel] = field(default_factory=dict)
    children: Mapping[ClassName, tuple[ClassName, ...]] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)

    def write(self, **modules: str) -> None:
        """Modules are named with ``__`` for a dot."""
        for name, text in modules.items():
            file = self.folder.joinpath(*name.split("__")).with_suffix(".py")
            file.parent.mkdir(parents=True, exist_ok=True)
            (file.parent / "__init__.py").touch()
            file.write_text(dedent(text).lstrip("\n"), encoding="utf-8")

    def file_of(self, module: str) -> Path | None:
        self.asked.add(module)
        path = self.folder.joinpath(*module.split("."))
        for file in (path.with_suffix(".py"), path / "__init__.py"):
            if file.is_file():
                return file
        return None

    def name_of(self, file: Path) -> str:
        return file.relative_to(self.folder).as_posix()

    def is_own(self, module: str) -> bool:
        return module.partition(".")[0] == self.own

    def subclasses(self, cls: ClassName) -> Iterable[ClassName]:
        return self.children.get(cls, ())

    def setting(self, name: str) -> str | None:
        return self.settings.get(name)

    def app_label(self, module: str) -> str | None:
        return module.partition(".")[0]

    # --- reading ------------------------------------------------------------------------------------------------

    def target(
        self,
        module: str,
        name: str,
        line: str,
        senders: tuple[str, ...] | None = None,
        bound: tuple[ClassName, ...] = (),
    ) -> Target:
        """The function of this name that begins at the first line that holds a text."""
        file = self.file_of(module)
        assert file is not None
        lines = file.read_text(encoding="utf-8").splitlines()
        number = next(number for number, text in enumerate(lines, start=1) if line in text)
        return Target(module=module, name=name, file=file, line=number, senders=senders, bound=bound)

    def bodies(self, *targets: Target, settings: Settings | None = None) -> Mapping[Target, Body]:
        return read_bodies(targets, self, settings or Settings(), DjangoVersion(6, 1))

    def body(
        self,
        module: str,
        name: str,
        line: str = "",
        senders: tuple[str, ...] | None = None,
        bound: tuple[ClassName, ...] = (),
        settings: Settings | None = None,
    ) -> Body:
        target = self.target(module, name, line or f"def {name.rpartition('.')[2]}(", senders, bound)
        return self.bodies(target, settings=settings)[target]


def model(
    label: str, module: str, *accessors: RegisteredAccessor, fields: Iterable[RegisteredField] = ()
) -> RegisteredModel:
    """A model of the registry; each accessor that leads forward is a field, too."""
    kinds = {"row": "fk", "file": "file", "m2m": "m2m"}
    forward = [
        RegisteredField(name=accessor.name, kind=kinds[accessor.kind], type="ForeignKey")  # type: ignore[arg-type]
        for accessor in accessors
        if accessor.kind in kinds and accessor.field is None
    ]
    key = RegisteredField(name="id", kind="plain", type="AutoField", primary_key=True, unique=True)
    return RegisteredModel(
        label=label,
        cls=ClassName(module, label.rpartition(".")[2]),
        concrete=label,
        fields={each.name: each for each in (key, *forward, *fields)},
        accessors={accessor.name: accessor for accessor in accessors},
    )


def work(body: Body) -> set[tuple[str, str]]:
    """Category and call of everything that a receiver does."""
    return {(each.category, each.call) for each in body.work}


def way(body: Body, call: str) -> list[str]:
    """The places on the way to a call."""
    (found,) = {each.path for each in body.work if each.call == call}
    return [str(hop.place) for hop in found]
