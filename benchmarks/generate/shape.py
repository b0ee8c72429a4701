"""What an app consists of, before anything of it is written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random
from typing import Literal

APPS_PER_FACTOR = 12

#: What the app does when rows of it are deleted; the first of each pair is a mistake, the second its clean twin.
Listening = Literal["posts", "posts-after-commit", "dispatches", "dispatches-after-commit", "stores", "steps-aside"]
_LISTENING: tuple[Listening, ...] = (
    "posts",
    "posts-after-commit",
    "dispatches",
    "dispatches-after-commit",
    "stores",
    "steps-aside",
)


def words(text: str) -> list[str]:
    return text.split()


_NOUNS = words(
    "billing catalog shipping support events surveys grading payroll fleet clinics archive campaigns pricing returns "
    "parking rooms courses loans leases meters permits tickets orchards harbours kitchens studios workshops labs "
    "markets museums stations vessels antennas bridges tunnels gardens farms mines mills depots"
)
_KINDS = words(
    "Account Contract Project Case Plan Folder Policy Order Agreement Dossier Booking Journey Programme Request"
)
_PARTS = words("Item Line Step Task Section Position Stage Part Entry Unit")


@dataclass(frozen=True, slots=True)
class App:
    """``deep``: the cascade below its root has a third level, which makes it large. ``other`` is an earlier app that
    it refers to, ``listening`` is None where nobody listens to its deletes, ``rank`` its place among the apps of its
    group, and ``is_nulled`` says that rows of other apps have a key of its root, which SET_NULL empties."""

    index: int
    name: str
    prefix: str
    root: str
    part: str
    deep: bool
    listening: Listening | None
    other: App | None
    rank: int
    is_nulled: bool = False

    @property
    def on_delete_of_other(self) -> Literal["SET_NULL", "PROTECT"]:
        return "PROTECT" if self.rank % 2 else "SET_NULL"

    @property
    def models(self) -> tuple[str, ...]:
        leaf = (f"{self.prefix}Attachment",) if self.deep else ()
        return (self.root, self.part, f"{self.prefix}Record", f"{self.prefix}Label", f"{self.prefix}Option", *leaf)


def apps(factor: int, seed: int) -> list[App]:
    """The apps of a project; those of a smaller factor come first."""
    made: list[App] = []
    for index in range(factor * APPS_PER_FACTOR):
        random = Random(f"{seed}/{index}")
        round_, noun = divmod(index, len(_NOUNS))
        name = _NOUNS[noun] if round_ == 0 else f"{_NOUNS[noun]}_{round_ + 1}"
        prefix = "".join(word.capitalize() for word in name.split("_"))
        # Within a project of 1x, so that no cascade gets longer the more apps there are.
        neighbours = made[index - index % APPS_PER_FACTOR :]
        made.append(
            App(
                index=index,
                name=name,
                prefix=prefix,
                root=prefix + random.choice(_KINDS),
                part=prefix + random.choice(_PARTS),
                deep=index % 3 == 1,
                listening=_LISTENING[index // 2 % len(_LISTENING)] if index % 2 == 0 else None,
                other=random.choice(neighbours) if neighbours else None,
                rank=index % APPS_PER_FACTOR,
            )
        )
    nulled = {app.other.index for app in made if app.other is not None and app.on_delete_of_other == "SET_NULL"}
    return [replace(app, is_nulled=app.index in nulled) for app in made]
