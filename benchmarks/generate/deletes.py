"""What has to do with deletes in an app: receivers, tasks, commands, and what these call; mistakes and clean twins."""

from __future__ import annotations

from string import Template

from benchmarks.generate.shape import App, Listening

CLIENT = '''"""The one door to other systems."""

import logging

import requests
from django.conf import settings

logger = logging.getLogger(__name__)


class Gateway:
    """A session with the partner's service."""

    def __init__(self, base=None):
        self.base = base or settings.GATEWAY_URL

    def send(self, path, payload):
        return post(f"{self.base}/{path}", payload)


def post(url, payload):
    logger.info("post to %s", url)
    answer = requests.post(url, json=payload, timeout=10)
    answer.raise_for_status()
    return answer.json()
'''

BATCHES = '''"""Large deletes, a few rows at a time."""

from django.db import transaction


def delete_in_batches(queryset, size=500):
    total = 0
    while True:
        keys = list(queryset.values_list("pk", flat=True)[:size])
        if not keys:
            return total
        with transaction.atomic():
            total += queryset.model.objects.filter(pk__in=keys).delete()[0]
'''

_INTEGRATION = Template('''"""What $app tells other systems."""

from shared.client import Gateway, post


def describe(row):
    return {"kind": "$part", "id": row.pk, "title": row.title}


def announce(action, payload):
    gateway = Gateway()
    return gateway.send(f"$app/{action}", payload)


def forget(row):
    return announce("forget", describe(row))


def ping(url):
    return post(url, {"app": "$app"})
''')

_TASKS = Template('''"""What $app does in the background."""

from datetime import timedelta

from celery import shared_task
from django.core.cache import cache
from django.utils import timezone
$imports
from $app.integration import announce
from $app.models import ${prefix}Record, $root


@shared_task
def tell_partners(key, title):
    announce("gone", {"id": key, "title": title})


@shared_task(bind=True, max_retries=3)
def refresh(self, key):
    root = $root.objects.get(pk=key)
    cache.delete(f"$app:{key}")
    cache.set(f"$app:{key}", root.name, 300)


@shared_task
def purge_closed(days=365):
    before = timezone.now() - timedelta(days=days)
$purge


@shared_task
def purge_records(days=30):
    before = timezone.now() - timedelta(days=days)
    ${prefix}Record.objects.filter(created_at__lt=before, action="seen").delete()
''')

_COMMAND = Template('''"""Tidy up $app."""

from django.core.management.base import BaseCommand

from $app.models import ${prefix}Label, $part


class Command(BaseCommand):
    help = "Remove what nobody uses any more."

    def add_arguments(self, parser):
        parser.add_argument("--dry-run", action="store_true")

    def handle(self, *args, **options):
        unused = ${prefix}Label.objects.filter(labelled__isnull=True)
        if options["dry_run"]:
            self.stdout.write(f"{unused.count()} labels")
            return
$body
        self.stdout.write(self.style.SUCCESS(f"{$part.objects.count()} left"))
''')

_CLOSING = '''"""Close the organisations that asked for it."""

from django.core.management.base import BaseCommand
from django.utils import timezone

from accounts.models import Organisation


class Command(BaseCommand):
    def handle(self, *args, **options):
        Organisation.objects.filter(closed_at__lt=timezone.now()).delete()  # <- unbatched_cascade, set_null_fan_in
'''

_RECEIVERS: dict[Listening, str] = {
    "posts": """@receiver(post_delete, sender=$part)
def forget_part(sender, instance, **kwargs):  # <- blocking_receiver
    forget(instance)
""",
    "posts-after-commit": """@receiver(post_delete, sender=$part)
def forget_part(sender, instance, **kwargs):
    transaction.on_commit(partial(announce, "forget", describe(instance)))
""",
    "dispatches": """@receiver(post_delete, sender=$part)
def tell_part(sender, instance, **kwargs):
    tell_partners.delay(instance.pk, instance.title)  # <- dispatch_before_commit
""",
    "dispatches-after-commit": """@receiver(post_delete, sender=$part)
def tell_part(sender, instance, **kwargs):
    transaction.on_commit(partial(tell_partners.delay, instance.pk, instance.title))
""",
    "stores": """def remove_export(sender, instance, **kwargs):  # <- blocking_receiver
    default_storage.delete(f"$app/{instance.pk}.pdf")
""",
    "steps-aside": """def tell_part(sender, instance, origin=None, **kwargs):
    if origin is not instance:
        return
    transaction.on_commit(partial(tell_partners.delay, instance.pk, instance.title))
""",
}
_CONNECTED = {"stores": "remove_export", "steps-aside": "tell_part"}

_SIGNALS = Template('''"""What happens when rows of $app come and go."""

import logging
from functools import partial

from django.core.cache import cache
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from $app.integration import announce, describe, forget
from $app.models import $part, $root
from $app.tasks import refresh, tell_partners

logger = logging.getLogger(__name__)


@receiver(post_save, sender=$root)
def refresh_root(sender, instance, created, **kwargs):
    if not created:
        transaction.on_commit(partial(refresh.delay, instance.pk))


@receiver(post_save, sender=$part)
def drop_cached(sender, instance, **kwargs):
    cache.delete(f"$app:{instance.parent_id}")


$deletes''')

_CONFIG = Template("""from django.apps import AppConfig
$imports

class ${prefix}Config(AppConfig):
    name = "$app"
    default_auto_field = "django.db.models.BigAutoField"
$ready""")


def integration(app: App) -> str:
    return _INTEGRATION.substitute(app=app.name, part=app.part)


def signals(app: App) -> str | None:
    """The module of receivers; None where nobody listens."""
    if app.listening is None:
        return None
    text = Template(_RECEIVERS[app.listening]).substitute(app=app.name, part=app.part)
    return _SIGNALS.substitute(app=app.name, part=app.part, root=app.root, deletes=text)


def config(app: App) -> str:
    imports = ready = ""
    if app.listening is not None:
        ready = f"\n    def ready(self):\n        from {app.name} import signals  # noqa: F401\n"
        if function := _CONNECTED.get(app.listening):
            imports = "from django.db.models.signals import post_delete\n"
            ready = (
                f"\n    def ready(self):\n        from {app.name} import signals\n"
                f"        from {app.name}.models import {app.part}\n\n"
                f'        post_delete.connect(signals.{function}, sender={app.part}, dispatch_uid="{app.name}")\n'
            )
    return _CONFIG.substitute(app=app.name, prefix=app.prefix, imports=imports, ready=ready)


def tasks(app: App) -> str:
    imports, purge = "", f"    {app.root}.objects.closed_before(before).delete()"
    is_batched = app.deep and app.rank % 2 == 0
    wrong = {"unbatched_cascade": app.deep, "set_null_fan_in": app.is_nulled}
    if not is_batched and any(wrong.values()):
        purge += f"  # <- {', '.join(rule for rule, is_there in wrong.items() if is_there)}"
    if is_batched:
        imports = "\nfrom shared.batches import delete_in_batches"
        purge = f"    delete_in_batches({app.root}.objects.closed_before(before))"
    return _TASKS.substitute(app=app.name, prefix=app.prefix, root=app.root, imports=imports, purge=purge)


def commands(app: App) -> dict[str, str]:
    body = "        unused.delete()"
    if app.rank % 4 == 0:
        body = "        for label in unused:\n            label.delete()  # <- delete_in_loop"
    found = {f"tidy_{app.name}": _COMMAND.substitute(app=app.name, prefix=app.prefix, part=app.part, body=body)}
    if app.rank == 5:
        found[f"close_for_{app.name}"] = _CLOSING
    return found
