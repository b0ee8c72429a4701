"""The most of an app: what it computes, and its tests. Neither has to do with deletes."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from string import Template

from benchmarks.generate.shape import App, words

_VERBS = words("collect estimate merge rank split check plan weigh review compare group allocate spread match sum")
_OBJECTS = words("amounts periods owners parts records limits targets rates shares notices windows budgets totals")
_MANNERS = words("by_owner by_month per_part for_report in_order with_limits from_rows of_organisation at_once")

_HEAD = Template('''"""$title of $app."""

from __future__ import annotations

import logging
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.core.cache import cache
from django.db.models import Count, F, Q, Sum
from django.utils import timezone

from $app.models import $root, $part$more

logger = logging.getLogger(__name__)

PERIOD = timedelta(days=$days)
''')

_FUNCTIONS = (
    Template('''
def $name(rows, limit=$number):
    """Rows with an amount, the largest first, no more than the limit."""
    found = []
    for row in rows:
        if row.amount is None or row.amount <= 0:
            continue
        found.append((row.amount, row.pk))
    found.sort(reverse=True)
    if len(found) > limit:
        logger.debug("%d of %d left out", len(found) - limit, len(found))
    return found[:limit]

'''),
    Template('''
def $name(organisation, since=None):
    """What one organisation has, by status."""
    since = since or timezone.now() - PERIOD
    queryset = $root.objects.of(organisation).filter(created_at__gte=since)
    totals = queryset.values("status").annotate(number=Count("pk"), amount=Sum("parts__amount")).order_by("status")
    answer = {}
    for total in totals:
        answer[total["status"]] = {
            "number": total["number"],
            "amount": total["amount"] or Decimal(0),
            "share": round(total["number"] / max(1, $number), 2),
        }
    return answer

'''),
    Template("""
def $name(root):
    key = f"$app:$name:{root.pk}"
    cached = cache.get(key)
    if cached is not None:
        return cached
    amount = root.parts.aggregate(total=Sum("amount"))["total"] or Decimal(0)
    if amount > $number:
        amount = amount * Decimal("0.98")  # what is above is rounded down, see the handbook
    cache.set(key, amount, $number)
    return amount

"""),
    Template('''
@dataclass(frozen=True)
class $klass:
    start: int
    end: int
    weight: float = 1.0

    def overlaps(self, other):
        return self.start < other.end and other.start < self.end

    def merged(self, other):
        if not self.overlaps(other):
            raise ValueError(f"{self} and {other} have nothing in common")
        return $klass(min(self.start, other.start), max(self.end, other.end), self.weight + other.weight)


def $name(windows):
    """Windows that overlap become one."""
    answer = []
    for window in sorted(windows, key=lambda each: each.start):
        if answer and answer[-1].overlaps(window):
            answer[-1] = answer[-1].merged(window)
        else:
            answer.append(window)
    return answer

'''),
    Template('''
def $name(parts, *, currency="EUR", minimum=$number):
    groups = defaultdict(list)
    for part in parts:
        try:
            groups[part.parent_id].append(part.amount)
        except AttributeError:
            logger.warning("no amount in %r", part)
    lines = [f"{key};{sum(amounts)};{currency}" for key, amounts in groups.items() if sum(amounts) >= minimum]
    text = """parent;amount;currency
""" + "\\n".join(lines)
    return text

'''),
    Template('''
def $name(user, *, write=False):
    """May this user see (or change) the parts, and which of them?"""
    if not user.is_active:
        return $part.objects.none()
    if user.is_superuser:
        return $part.objects.all()
    allowed = Q(parent__owner=user) | Q(parent__organisation__members=user)
    if write:
        allowed &= Q(parent__closed_at__isnull=True)
    return $part.objects.filter(allowed).distinct()

'''),
    Template('''
def $name(root, changes):
    """Takes the changes over and tells which of them were any."""
    changed = []
    for field, value in sorted(changes.items()):
        if getattr(root, field) != value:
            setattr(root, field, value)
            changed.append(field)
    if changed:
        root.save(update_fields=changed)
        $part.objects.filter(parent=root).update(position=F("position") + $number)
        cache.touch(f"$app:{root.pk}")
    return changed

'''),
)

_TEST_HEAD = Template('''"""Tests: $title of $app."""

from decimal import Decimal

from django.test import TestCase

from accounts.models import Organisation, User
from $app.models import $part, $root
from $app.$module import $names

''')

_TEST_CLASS = Template("""
class Test$klass(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.organisation = Organisation.objects.create(name="Example $number", slug="example-$number")
        cls.user = User.objects.create(username="someone-$number", organisation=cls.organisation)
        cls.root = $root.objects.create(name="One", organisation=cls.organisation, owner=cls.user)

    def make_parts(self, count, amount="10.00"):
        return [
            $part.objects.create(parent=self.root, title=f"part {number}", position=number, amount=Decimal(amount))
            for number in range(count)
        ]

    def test_nothing_there(self):
        assert $part.objects.filter(parent=self.root).count() == 0
        assert callable($name)

""")

_TESTS = (
    Template("""    def test_${name}_$number(self):
        parts = self.make_parts($small)
        self.assertEqual(len(parts), $small)
        self.assertEqual(parts[0].amount, Decimal("10.00"))
        total = sum(part.amount for part in parts)
        self.assertGreaterEqual(total, Decimal($small))
        self.assertEqual({part.parent_id for part in parts}, {self.root.pk})

"""),
    Template("""    def test_${name}_after_removal_$number(self):
        parts = self.make_parts($small)
        with self.captureOnCommitCallbacks(execute=True):
            parts[0].delete()
        remaining = $part.objects.filter(parent=self.root)
        self.assertEqual(remaining.count(), $small - 1)
        self.assertNotIn(parts[0].title, list(remaining.values_list("title", flat=True)))

"""),
    Template("""    def test_${name}_page_$number(self):
        self.client.force_login(self.user)
        with self.assertNumQueries($small):
            response = self.client.get("/$app/", {"q": "part $number"})
        self.assertEqual(response.status_code, 200)
        self.assertContains(response, "part $number")
        data = {
            "name": "Another",
            "organisation": self.organisation.pk,
            "status": "draft",
            "number": $number,
        }
        response = self.client.post("/$app/add/", data, follow=True)
        self.assertEqual(response.status_code, 200)
        self.assertTrue($root.objects.filter(name="Another").exists())

"""),
)


def modules(app: App, random: Random) -> dict[str, tuple[str, ...]]:
    """Names of the modules that compute something, and of the functions in each."""
    names = [f"{verb}_{thing}_{how}" for verb in _VERBS for thing in _OBJECTS for how in _MANNERS]
    random.shuffle(names)
    stems = ("services", "selectors", "reports", "pricing_rules", "permissions", "importing", "exporting")
    return {stem: tuple(names[index * 9 : index * 9 + 9]) for index, stem in enumerate(stems)}


def module(app: App, stem: str, names: Sequence[str], random: Random) -> str:
    other = app.other
    more = "" if other is None else f"\nfrom {other.name}.models import {other.part} as Elsewhere"
    head = _HEAD.substitute(
        app=app.name, title=_title(stem), root=app.root, part=app.part, more=more, days=random.choice([7, 30, 90])
    )
    parts = [head]
    parts += [
        random.choice(_FUNCTIONS).substitute(
            app=app.name,
            root=app.root,
            part=app.part,
            name=name,
            klass=_camel(name),
            number=random.randrange(5, 900),
        )
        for name in names
    ]
    if other is not None:
        parts.append('\ndef elsewhere(keys):\n    return Elsewhere.objects.filter(pk__in=keys).order_by("position")\n')
    return "\n".join(parts)


def tests(app: App, stem: str, names: Sequence[str], random: Random) -> str:
    number = random.randrange(1000)
    listed = "(\n" + "".join(f"    {name},\n" for name in sorted(names)) + ")"
    parts = [
        _TEST_HEAD.substitute(app=app.name, title=_title(stem), root=app.root, part=app.part, module=stem, names=listed)
    ]
    for name in names:
        number += 1
        words = {"app": app.name, "root": app.root, "part": app.part, "name": name}
        parts.append(_TEST_CLASS.substitute(words, klass=_camel(name), number=number))
        parts += [
            each.substitute(words, number=number, small=random.randrange(2, 9)) for each in random.sample(_TESTS, 2)
        ]
    return "".join(parts)


def _title(stem: str) -> str:
    return stem.replace("_", " ").capitalize()


def _camel(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))
