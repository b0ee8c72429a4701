"""The table of blocking calls: what it says, and that none of its entries is a slip."""

from __future__ import annotations

import importlib
import subprocess
import sys
from types import ModuleType
from typing import Any

import pytest
from django.core.exceptions import AppRegistryNotReady, ImproperlyConfigured

from delete_lint.catalog import blocking
from delete_lint.catalog.blocking import CATEGORIES, Catalog, canonical, category
from delete_lint.catalog.data import load

SAID: dict[str, list[str]] = {
    "sleep": ["time.sleep", "asyncio.sleep"],
    "http": [
        "requests.get",
        "requests.api.post",
        "requests.Session.get",
        "requests.sessions.Session.delete",
        "httpx.Client.post",
        "httpx.AsyncClient.get",
        "urllib3.PoolManager.request",
        "aiohttp.ClientSession.post",
        "urllib.request.urlopen",
        "socket.create_connection",
        "boto3.client.invoke",
        "boto3.client.get_paginator.paginate",
        "boto3.resource.Table.delete_item",
        "stripe.Customer.delete",
        "stripe.Customer.retrieve.delete",
        "stripe.StripeClient.customers.retrieve",
        "twilio.rest.Client.messages.create",
        "slack_sdk.WebClient.chat_postMessage",
        "docker.from_env.containers.get.stop",
        "kubernetes.client.CoreV1Api.delete_namespaced_pod",
        "firebase_admin.messaging.send",
        "google.cloud.firestore.Client.collection.document.delete",
        "pymongo.MongoClient.delete_one",
        "ldap.initialize.delete_s",
        "openai.OpenAI.files.delete",
        "jira.JIRA",
    ],
    "email": [
        "django.core.mail.send_mail",
        "django.core.mail.EmailMessage.send",
        "django.core.mail.message.EmailMultiAlternatives.send",
        "django.core.mail.get_connection.send_messages",
        "smtplib.SMTP.sendmail",
        "boto3.client.send_email",
        "sendgrid.SendGridAPIClient.send",
        "django.contrib.auth.models.User.email_user",
    ],
    "subprocess": [
        "subprocess.run",
        "subprocess.Popen.wait",
        "os.system",
        "git.Repo.clone_from",
        "fabric.Connection.run",
    ],
    "storage": [
        "builtins.open",
        "os.remove",
        "os.path.exists",
        "shutil.rmtree",
        "pathlib.Path.unlink",
        "pathlib.Path.parent.mkdir",
        "pathlib.PosixPath.joinpath.with_suffix.exists",
        "tempfile.NamedTemporaryFile",
        "zipfile.ZipFile.extractall",
        "tarfile.open",
        "django.core.files.storage.default_storage.delete",
        "django.core.files.storage.storages.exists",
        "django.db.models.fields.files.FieldFile.delete",
        "django.db.models.fields.files.ImageFieldFile.storage.delete",
        "storages.backends.s3boto3.S3Boto3Storage.delete",
        "boto3.client.delete_object",
        "boto3.Session.client.upload_file",
        "boto3.resource.Object.delete",
        "boto3.resource.Bucket.objects.filter.delete",
        "google.cloud.storage.Client.bucket.blob.delete",
        "google.cloud.storage.Client.get_bucket",
        "azure.storage.blob.BlobServiceClient.from_connection_string.get_blob_client.delete_blob",
        "minio.Minio.remove_object",
        "easy_thumbnails.files.get_thumbnailer.delete",
        "sorl.thumbnail.delete",
        "paramiko.SSHClient.open_sftp.remove",
    ],
    "search-index": [
        "elasticsearch.Elasticsearch.delete",
        "elasticsearch.helpers.bulk",
        "elasticsearch_dsl.Document.search.filter.delete",
        "django_elasticsearch_dsl.Document.update",
        "django_elasticsearch_dsl.registries.registry.delete",
        "opensearchpy.OpenSearch.delete",
        "haystack.connections.get_unified_index.get_index.remove_object",
        "haystack.indexes.SearchIndex.remove_object",
        "algoliasearch.search_client.SearchClient.create.init_index.delete_object",
        "algoliasearch_django.delete_record",
        "meilisearch.Client.index.delete_document",
        "pysolr.Solr.delete",
        "wagtail.search.index.remove_object",
    ],
    "broker": [
        "redis.Redis.from_url.publish",
        "redis.from_url.xadd",
        "channels.layers.get_channel_layer.group_send",
        "kafka.KafkaProducer.send",
        "pika.BlockingConnection.channel.basic_publish",
        "kombu.Connection.Producer.publish",
        "google.cloud.pubsub_v1.PublisherClient.publish",
        "paho.mqtt.publish.single",
        "boto3.client.send_message",
        "celery.current_app.control.revoke",
        "celery.result.AsyncResult.revoke",
    ],
    "lock": [
        "threading.Lock.acquire",
        "threading.Lock.__enter__",
        "filelock.FileLock",
        "fcntl.flock",
        "redis.lock.Lock",
        "redis.Redis.lock",
        "django.core.cache.cache.lock",
        "concurrent.futures.ThreadPoolExecutor.submit.result",
        "queue.Queue.get",
        "asyncio.run",
    ],
    "cache": [
        "django.core.cache.cache.delete",
        "django.core.cache.caches.delete",
        "redis.Redis.delete",
        "redis.client.StrictRedis.get",
        "redis.Redis.pipeline.execute",
        "django_redis.get_redis_connection.delete",
        "pymemcache.client.base.Client.delete",
        "cacheops.invalidate_obj",
    ],
    "thread": ["threading.Thread.start", "concurrent.futures.ThreadPoolExecutor.submit"],
    "dispatch": [
        "celery.current_app.send_task",
        "celery.Celery.send_task",
        "celery.chain.apply_async",
        "django_rq.enqueue",
        "django_rq.get_queue.enqueue",
        "rq.Queue.enqueue",
        "dramatiq.get_broker.enqueue",
        "django_q.tasks.async_task",
        "procrastinate.contrib.django.app.configure_task.defer",
        "google.cloud.tasks_v2.CloudTasksClient.create_task",
    ],
    "orm-query": ["django.db.connection.cursor", "django.db.connections.cursor.execute", "psycopg.connect.execute"],
    "none": [
        "logging.getLogger.info",
        "os.path.join",
        "pathlib.Path",
        "pathlib.Path.joinpath",
        "requests.Session",
        "boto3.client",
        "boto3.client.generate_presigned_url",
        "boto3.resource.Bucket.objects.filter",
        "redis.Redis",
        "redis.from_url",
        "redis.Redis.pipeline.delete",
        "threading.Lock",
        "stripe.StripeError",
        "django.db.models.fields.files.FieldFile.url",
        "django.core.files.storage.default_storage.url",
        "django.db.transaction.on_commit",
        "google.cloud.storage.Client.bucket",
        "sentry_sdk.capture_exception",
        "posthog.capture",
    ],
}


@pytest.mark.parametrize(("name", "said"), [(name, said) for said, names in SAID.items() for name in names])
def test_a_receiver_that_calls_it_is_judged_right(name: str, said: str) -> None:
    assert category(name) == said


@pytest.mark.parametrize(
    "name",
    [
        "",
        "delete",
        "shop.models.Order.delete",
        "requests.get.json",
        "builtins.open.read",
        "requests.exceptions.Timeout",
        "redis.exceptions.LockError",
    ],
)
def test_no_alarm_for_what_is_not_in_the_table(name: str) -> None:
    assert category(name) is None


def test_a_call_is_found_through_whatever_gave_the_object() -> None:
    assert canonical("pathlib.Path.cwd.parent.unlink") == "pathlib.Path.unlink"
    assert canonical("shop.paths.ROOT.unlink") == "shop.paths.ROOT.unlink"


def test_every_category_is_shown_by_an_example() -> None:
    assert set(SAID) | {"orm-loop", "orm-bulk-delete"} == CATEGORIES


# --- a project's own names ------------------------------------------------------------------------------------------


def test_a_name_from_the_settings_is_found_with_all_that_lies_below_it() -> None:
    catalog = Catalog({"shop.search.Client": "search-index", "shop.mail.*": "email"})
    assert catalog.category("shop.search.Client") == "search-index"
    assert catalog.category("shop.search.Client.get.remove") == "search-index"
    assert catalog.category("shop.mail.send") == "email"
    assert catalog.category("shop.mail") is None
    assert catalog.category("shop.searching.Client") is None
    assert catalog.category("requests.get") == "http"


def test_the_settings_win_over_the_table() -> None:
    catalog = Catalog({"redis.Redis.get": "broker"}, not_blocking=["requests", "pathlib.Path.exists"])
    assert catalog.category("requests.Session.get") == "none"
    assert catalog.category("pathlib.Path.parent.exists") == "none"
    assert catalog.category("pathlib.Path.unlink") == "storage"
    assert catalog.category("redis.from_url.get") == "broker"
    assert catalog.category("redis.from_url.set") == "cache"


def test_the_longest_of_the_project_s_names_decides() -> None:
    catalog = Catalog({"shop.api": "http"}, not_blocking=["shop.api.build"])
    assert catalog.category("shop.api.send") == "http"
    assert catalog.category("shop.api.build.now") == "none"


def test_a_misspelt_category_is_named_with_the_one_that_was_meant() -> None:
    with pytest.raises(ValueError, match=r"'shop\.search\.reindex'.*'serch-index'.*did you mean 'search-index'\?"):
        Catalog({"shop.search.reindex": "serch-index"})


@pytest.mark.parametrize("name", ["", "*", "shop.", "shop.*.save", "shop search", ".save"])
def test_a_name_that_could_never_match_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is not a dotted name"):
        Catalog(not_blocking=[name])


# --- the table itself -----------------------------------------------------------------------------------------------


def test_no_entry_hides_behind_another_name_of_its_holder() -> None:
    """A member listed under a re-export would never be found: names are looked up under the canonical holder."""
    hidden = []
    for name in blocking._table().names:
        base = name.removesuffix(".*")
        holder, _, member = base.rpartition(".")
        found = canonical(base) if name.endswith(".*") else f"{canonical(holder)}.{member}" if holder else base
        if found != base:
            hidden.append((name, found))
    assert hidden == []


def test_what_a_member_gives_is_itself_in_the_table() -> None:
    table = blocking._table()
    missing = {
        target for target in table.gives.values() if target not in table.names and f"{target}.*" not in table.names
    }
    assert missing == set()


def test_a_name_in_two_categories_is_an_error() -> None:
    with pytest.raises(ValueError, match="is both http and email"):
        blocking._build([{"at": "a", "http": ["b"]}, {"email": ["a.b"]}])


def test_a_misspelt_key_is_an_error() -> None:
    with pytest.raises(ValueError, match="unknown key 'htpp' in the group 'a'"):
        blocking._build([{"at": "a", "htpp": ["b"]}])


#: Names that exist on other platforms, or in other versions of Python and Django.
ELSEWHERE = {
    "_thread.start_joinable_thread",
    "commands",
    "django.core.cache.get_cache",
    "django.core.files.storage.get_storage_class",
    "django.tasks",
    "imghdr",
    "msvcrt",
    "nntplib",
    "os.chflags",
    "os.lchmod",
    "os.path.isjunction",
    "os.startfile",
    "pathlib.Path.copy",
    "pathlib.Path.copy_into",
    "pathlib.Path.link_to",
    "pathlib.Path.move",
    "pathlib.Path.move_into",
    "select.devpoll",
    "select.kqueue",
    "selectors.KqueueSelector",
    "ssl.wrap_socket",
    "telnetlib",
    "urllib2",
}


@pytest.mark.parametrize("group", load("blocking")["group"], ids=lambda group: str(group.get("at", "names"))[:60])
def test_the_standard_library_and_django_have_what_the_table_names(group: dict[str, Any]) -> None:
    """A member has to exist on one of the holders of its group at least."""
    at = group.get("at", "")
    holders = [at] if isinstance(at, str) else at
    also = group.get("also", [])
    missing = [name for name in (*holders, *also) if name and _is_missing(name)]
    if all(_installed(name) for name in (*holders, *also)):
        for members in (value for key, value in group.items() if key in CATEGORIES):
            for member in members:
                name = member.removesuffix("*").removesuffix(".")
                if name not in ("", "()") and all(_is_missing(f"{h}.{name}" if h else name) for h in (*holders, *also)):
                    missing.append(f"{at}: {member}")
    assert missing == []


def _installed(name: str) -> bool:
    top = name.partition(".")[0]
    return top in sys.stdlib_module_names or top == "django" or not name


def _is_missing(name: str) -> bool:
    """Whether a name of the standard library or Django cannot be reached; below a function or object it always can."""
    if not _installed(name) or any(name == other or name.startswith(f"{other}.") for other in ELSEWHERE):
        return False
    parts = name.split(".")
    value: object = None
    for end in range(len(parts), 0, -1):
        try:
            value = importlib.import_module(".".join(parts[:end]))
        except ImportError:
            continue
        except (RuntimeError, AppRegistryNotReady, ImproperlyConfigured):
            return False  # a module of models, which only a configured project can import
        break
    else:
        return True
    for part in parts[end:]:
        if not isinstance(value, (type, ModuleType)):
            return False
        if not hasattr(value, part):
            return part not in getattr(value, "__annotations__", {})
        value = getattr(value, part)
    return False


def test_lint_runs_stay_fast_to_start() -> None:
    """Neither Django nor libcst is imported for the catalog, and its largest table loads in a blink."""
    code = """
import sys, time
from delete_lint.catalog import blocking, fields, models, tasks
best = 9.0
for _ in range(5):
    for module in (blocking._table, fields._classes, tasks._tasks, models._index, models._package):
        module.cache_clear()
    start = time.perf_counter()
    blocking.category("a.b"); fields.field_kind("a.b"); tasks.dispatch_kind("a"); models.known_model("django.x")
    best = min(best, time.perf_counter() - start)
assert "django" not in sys.modules and "libcst" not in sys.modules
print(best)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert float(done.stdout) < 0.1
