"""Models and migrations of an app, and what all apps share."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from string import Template

from benchmarks.generate.shape import App

BASE = '''"""What the models of every app have in common."""

import uuid

from django.db import models


class TimeStamped(models.Model):
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True


class Referenced(TimeStamped):
    reference = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)

    class Meta:
        abstract = True
'''

ACCOUNTS = '''"""Who uses the project: every app refers to these."""

from django.contrib.auth.models import AbstractUser
from django.db import models

from shared.models import TimeStamped


class Organisation(TimeStamped):
    name = models.CharField(max_length=200)
    slug = models.SlugField(unique=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self):
        return self.name


class User(AbstractUser):
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.SET_NULL, related_name="members")
    phone = models.CharField(max_length=40, blank=True)
'''

_MODELS = Template('''"""The data of $app."""

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
$imports
from shared.models import Referenced, TimeStamped


class ${root}QuerySet(models.QuerySet):
    def open(self):
        return self.filter(closed_at__isnull=True)

    def closed_before(self, moment):
        return self.filter(closed_at__lt=moment)

    def of(self, organisation):
        return self.filter(organisation=organisation).select_related("owner")


class $root(Referenced):
    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        ACTIVE = "active", _("Active")
        CLOSED = "closed", _("Closed")

    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.CASCADE, related_name="${app}_roots")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="${app}_owned"
    )
    name = models.CharField(_("name"), max_length=200)
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.DRAFT)
    labels = models.ManyToManyField("${prefix}Label", blank=True, related_name="labelled")
$fields
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = ${root}QuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name = _("$root")
        indexes = [models.Index(fields=["status", "closed_at"])]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("$app:detail", args=[self.pk])

    @property
    def is_open(self):
        return self.closed_at is None

    def close(self, by=None):
        self.closed_at = timezone.now()
        self.status = self.Status.CLOSED
        self.save(update_fields=["closed_at", "status", "changed_at"])


class $part(TimeStamped):
    parent = models.ForeignKey($root, on_delete=models.CASCADE, related_name="parts")
$other
    title = models.CharField(max_length=200)
    position = models.PositiveIntegerField(default=0)
    amount = models.DecimalField(max_digits=12, decimal_places=2, default=0)

    class Meta:
        ordering = ["position"]
        constraints = [models.CheckConstraint(condition=models.Q(amount__gte=0), name="${app}_amount_positive")]

    def __str__(self):
        return f"{self.position}: {self.title}"


class ${prefix}Record(TimeStamped):
    """What happened to whom."""

    part = models.ForeignKey($part, on_delete=models.CASCADE, related_name="records")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    action = models.CharField(max_length=50)
    note = models.CharField(max_length=400, blank=True)

    class Meta:
        get_latest_by = "created_at"


class ${prefix}Label(models.Model):
    name = models.CharField(max_length=80, unique=True)
    colour = models.CharField(max_length=7, default="#888888")

    def __str__(self):
        return self.name


class ${prefix}Option(models.Model):
    root = models.OneToOneField($root, on_delete=models.CASCADE, related_name="option")
    notify = models.BooleanField(default=True)
    limit = models.PositiveIntegerField(default=100)
$leaf''')

_LEAF = Template("""

class ${prefix}Attachment(TimeStamped):
    record = models.ForeignKey(${prefix}Record, on_delete=models.CASCADE, related_name="attachments")
    name = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField(default=0)
""")

_FIELDS = (
    'currency = models.CharField(max_length=3, default="EUR")',
    "starts_on = models.DateField(null=True, blank=True)",
    "budget = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)",
    "priority = models.SmallIntegerField(default=0)",
    "is_public = models.BooleanField(default=False)",
    "contact = models.EmailField(blank=True)",
    "website = models.URLField(blank=True)",
    'language = models.CharField(max_length=8, default="en")',
    "summary = models.CharField(max_length=500, blank=True)",
)

_MIGRATION = Template("""from django.conf import settings
from django.db import migrations, models
import django.db.models.deletion
import uuid


class Migration(migrations.Migration):

    dependencies = [$dependencies]

    operations = [
$operations
    ]
""")

_CREATE = Template("""        migrations.CreateModel(
            name="$model",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True, db_index=True)),
                ("changed_at", models.DateTimeField(auto_now=True)),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                ("position", models.PositiveIntegerField(default=0)),
            ],
            options={
                "ordering": ["name"],
                "verbose_name": "$model",
            },
        ),""")

_ALTER = Template("""        migrations.AddField(
            model_name="$model",
            name="$field",
            field=models.CharField(blank=True, default="", max_length=$length),
        ),
        migrations.AlterField(
            model_name="$model",
            name="position",
            field=models.PositiveIntegerField(default=$default, help_text="Where it stands among the others."),
        ),""")

_FILL = Template("""def fill(apps, schema_editor):
    Model = apps.get_model("$app", "$model")
    for row in Model.objects.filter($field="").iterator(chunk_size=500):
        row.$field = row.name[:20]
        row.save(update_fields=["$field"])


""")


def models(app: App, random: Random) -> str:
    other = app.other
    return _MODELS.substitute(
        app=app.name,
        prefix=app.prefix,
        root=app.root,
        part=app.part,
        imports="" if other is None else f"\nfrom {other.name}.models import {other.root}",
        fields="\n".join(f"    {field}" for field in random.sample(_FIELDS, 5)),
        other="    tags = models.CharField(max_length=200, blank=True)"
        if other is None
        else f"    source = models.ForeignKey(\n        {other.root}, null=True, blank=True, "
        f'on_delete=models.{app.on_delete_of_other}, related_name="{app.name}_parts"\n    )',
        leaf=_LEAF.substitute(prefix=app.prefix) if app.deep else "",
    )


def migrations(app: App, random: Random) -> Iterator[tuple[str, str]]:
    """Names and texts: they tell of the same models as real ones do, though not of the same columns."""
    yield "__init__", ""
    created = "\n".join(_CREATE.substitute(model=model) for model in app.models)
    first = 'migrations.swappable_dependency(settings.AUTH_USER_MODEL), ("accounts", "0001_initial")'
    yield "0001_initial", _MIGRATION.substitute(dependencies=first, operations=created)
    before = "0001_initial"
    for number in range(2, 14):
        model, field = random.choice(app.models), f"field_{number}"
        name = f"{number:04}_{app.name}_{field}"
        alter = _ALTER.substitute(
            model=model.lower(), field=field, length=random.choice([20, 80, 200]), default=random.randrange(9)
        )
        text = _MIGRATION.substitute(dependencies=f'("{app.name}", "{before}")', operations=alter)
        if number % 6 == 0:
            head, klass, rest = text.partition("class Migration")
            fill = _FILL.substitute(app=app.name, model=model, field=field)
            text = (
                head
                + fill
                + klass
                + rest.replace(
                    "        migrations.AlterField(",
                    "        migrations.RunPython(fill, migrations.RunPython.noop),\n        migrations.AlterField(",
                    1,
                )
            )
        yield name, text
        before = name
