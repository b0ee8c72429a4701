"""Django's system checks with delete_lint installed: what a user sees of ``manage.py check``."""

from __future__ import annotations

import re
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from tests.command import delete_lint
from tests.runtime.small_project import Project

FILES = {
    "shop/__init__.py": "",
    "shop/models.py": """
        from django.db import models


        class Customer(models.Model):
            email = models.EmailField()


        class Order(models.Model):
            customer = models.ForeignKey(Customer, models.CASCADE)


        class Line(models.Model):
            order = models.ForeignKey(Order, models.CASCADE)
            payload = models.JSONField(default=dict)
        """,
    "search/__init__.py": "",
    "search/apps.py": """
        from django.apps import AppConfig


        class SearchConfig(AppConfig):
            name = "search"

            def ready(self):
                from search import signals
        """,
    "search/signals.py": """
        from django.db.models.signals import post_delete
        from django.dispatch import receiver

        from search import index
        from shop.models import Line


        @receiver(post_delete, sender=Line)
        def reindex(sender, instance, **kwargs):
            index.remove("line", instance.pk)
        """,
    "search/index.py": """
        from urllib.request import Request, urlopen


        def remove(kind, pk):
            send(Request(f"http://search.invalid/{kind}/{pk}", method="DELETE"))


        def send(request):
            urlopen(request, timeout=5)
        """,
    "stock/__init__.py": "",
    "stock/models.py": """
        import time

        from django.db import models
        from django.db.models.signals import pre_delete


        class Store(models.Model):
            name = models.CharField(max_length=50)


        class Shelf(models.Model):
            store = models.ForeignKey(Store, models.CASCADE)


        def wait(sender, instance, **kwargs):
            time.sleep(1)


        pre_delete.connect(wait, sender=Store)
        """,
}
APPS = ["shop", "search.apps.SearchConfig", "stock"]

INFO = "site-packages/django_parcels-1.2.dist-info"
#: A package as an installer leaves it, with a receiver for every model and a model that has much wrong with it.
PARCELS = {
    "site-packages/parcels/__init__.py": "",
    "site-packages/parcels/models.py": """
        import time

        from django.db import models
        from django.db.models.signals import post_delete


        class Parcel(models.Model):
            number = models.CharField(max_length=50)


        class Item(models.Model):
            parcel = models.ForeignKey(Parcel, models.CASCADE)


        def forget(sender, instance, **kwargs):
            time.sleep(1)


        post_delete.connect(forget, sender=Item)
        """,
    "site-packages/parcels/audit.py": """
        from django.db.models.signals import post_delete


        def log(sender, instance, **kwargs):
            print(sender)


        post_delete.connect(log)
        """,
    f"{INFO}/METADATA": "Metadata-Version: 2.1\nName: django-parcels\nVersion: 1.2\n",
    f"{INFO}/RECORD": "parcels/__init__.py,,\nparcels/models.py,,\nparcels/audit.py,,\n",
}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path, APPS, FILES)


def ids(done: CompletedProcess[str]) -> list[str]:
    """What is reported, as ``object id``, in the order of the output."""
    found = re.findall(r"^(\S+)(?: \(\S+:\d+\))?: \(delete_lint\.(\w+)\)", done.stderr, re.MULTILINE)
    return [f"{subject} {rule}" for subject, rule in found]


REINDEX = "search.signals.reindex blocking_receiver"
WAIT = "stock.models.wait blocking_receiver"
LINE = "shop.Line receiver_defeats_fast_delete"
DEFEATS = {"delete_lint.receiver_defeats_fast_delete"}
AVAILABLE = "database_cascade_available"  # on Django 6.1 only


def without_offers(found: list[str]) -> list[str]:
    return [each for each in found if AVAILABLE not in each]


# --- what is said ---------------------------------------------------------------------------------------------------


def test_a_receiver_is_named_with_its_place_and_the_way_to_what_blocks_in_a_few_lines(project: Project) -> None:
    done = project.manage("check", "--tag", "delete_lint")
    assert done.returncode == 1
    said = re.search(r"^search\.signals\.reindex .*?(?=^\S)", done.stderr, re.MULTILINE | re.DOTALL)
    assert said is not None, done.stderr
    first, hint, see = said[0].splitlines()
    assert first.startswith(
        "search.signals.reindex (search/signals.py:9): (delete_lint.blocking_receiver) search.signals.reindex calls "
        "the network (urllib.request.urlopen) for every deleted Line"
    )
    assert hint.startswith("\tHINT: put this into a task and enqueue it with `transaction.on_commit(")
    assert see == (
        "\tSEE: search/signals.py:10 calls remove; search/index.py:5 calls send; search/index.py:9 calls "
        "urllib.request.urlopen"
    )


def test_a_model_is_named_by_its_label_and_its_place_with_what_makes_it_slow(project: Project) -> None:
    done = project.manage("check", "--tag", "delete_lint")
    assert (
        "shop.Line (shop/models.py:12): (delete_lint.receiver_defeats_fast_delete) when Order rows are deleted, every "
        'Line row behind them is loaded whole, JSON column "payload" included, only because of the receiver '
        "search.signals.reindex (search/signals.py:9); without it one DELETE would do\n"
    ) in done.stderr


def test_everything_that_is_reported_of_a_project(project: Project) -> None:
    done = project.manage("check", "--tag", "delete_lint")
    assert without_offers(ids(done)) == [REINDEX, WAIT, LINE]


def test_the_object_of_a_message_is_the_model_or_the_function(project: Project) -> None:
    answer = project.ask(
        """
        from django.core import checks
        from search.signals import reindex
        from shop.models import Line
        messages = checks.run_checks(tags=["delete_lint"])
        answer = [
            [m.id for m in messages if m.obj is reindex and isinstance(m, checks.Error) and m.level == checks.ERROR],
            [m.id for m in messages if m.obj is Line and isinstance(m, checks.Warning) and m.level == checks.WARNING],
        ]
        """
    )
    assert answer == [["delete_lint.blocking_receiver"], ["delete_lint.receiver_defeats_fast_delete"]]


def test_a_function_that_nobody_can_name_is_still_told_apart(tmp_path: Path) -> None:
    files = {
        **FILES,
        "search/signals.py": """
            import time
            from functools import partial

            from django.db.models.signals import post_delete

            from shop.models import Line, Order


            class Index:
                def remove(self, sender, instance, **kwargs):
                    time.sleep(1)


            def push(where, sender, instance, **kwargs):
                time.sleep(1)


            index = Index()
            post_delete.connect(index.remove, sender=Line)
            post_delete.connect(partial(push, "here"), sender=Line, weak=False)
            post_delete.connect(lambda sender, **kwargs: time.sleep(1), sender=Order, weak=False)
            """,
    }
    done = Project(tmp_path, APPS, files).manage("check", "search", "--tag", "delete_lint")
    assert [line.split(": (")[0] for line in done.stderr.splitlines() if "blocking_receiver" in line] == [
        "search.signals.<lambda> (search/signals.py:21)",
        "search.signals.Index.remove (search/signals.py:10)",
        "search.signals.push (search/signals.py:14)",
    ]


def test_signals_that_were_changed_by_hand_are_reported(project: Project) -> None:
    """What Django believes and what the list says differ then: a count of receivers would be wrong either way."""
    emptied = """
        from django.db.models.signals import post_delete
        from shop.models import Line

        post_delete.has_listeners(Line)
        post_delete.receivers = []
        """
    project.write({"stock/apps.py": _ready("stock", emptied)})
    project.apps = ["shop", "search.apps.SearchConfig", "stock.apps.Config"]
    done = project.manage("check", "--tag", "delete_lint")
    assert "(delete_lint.signals) post_delete has no receiver in its list for shop.Line, but" in done.stderr


def _ready(app: str, body: str) -> str:
    lines = "\n".join(" " * 8 + line.strip() for line in body.strip().splitlines() if line.strip())
    return (
        f"from django.apps import AppConfig\n\n\nclass Config(AppConfig):\n    name = {app!r}\n\n"
        f"    def ready(self):\n{lines}\n"
    )


# --- as users know checks -------------------------------------------------------------------------------------------


def test_the_tag_is_there_and_other_tags_leave_us_out(project: Project) -> None:
    assert "delete_lint" in project.manage("check", "--list-tags").stdout.split()
    assert "delete_lint" not in project.manage("check", "--list-tags", "--deploy").stdout.replace(
        "delete_lint\n", "", 1
    )
    others = project.manage("check", "--tag", "models")
    assert (others.returncode, ids(others)) == (0, [])
    assert without_offers(ids(project.manage("check"))) == [REINDEX, WAIT, LINE]


def test_a_silenced_check_is_silent(project: Project) -> None:
    done = project.manage("check", SILENCED_SYSTEM_CHECKS=["delete_lint.blocking_receiver"])
    assert (done.returncode, without_offers(ids(done))) == (0, [LINE])
    assert "(2 silenced)" in done.stderr


@pytest.mark.parametrize(("level", "status"), [("ERROR", 0), ("WARNING", 1), ("CRITICAL", 0)])
def test_the_fail_level_decides_the_exit_status(project: Project, level: str, status: int) -> None:
    silenced = ["delete_lint.blocking_receiver"]
    done = project.manage("check", "--tag", "delete_lint", "--fail-level", level, SILENCED_SYSTEM_CHECKS=silenced)
    assert done.returncode == status


def test_levels_come_from_severities(project: Project) -> None:
    severity = {"blocking_receiver": "info", "receiver_defeats_fast_delete": "error", AVAILABLE: "off"}
    done = project.manage("check", "--tag", "delete_lint", DELETE_LINT={"severity": severity})
    errors, _, infos = done.stderr.partition("INFOS:")
    assert "ERRORS:" in errors
    assert "receiver_defeats_fast_delete" in errors
    assert "blocking_receiver" not in errors
    assert infos.count("blocking_receiver") == 2
    assert AVAILABLE not in infos


def test_one_app_is_reported_but_the_whole_project_is_looked_at(project: Project) -> None:
    """The receiver that makes shop.Line slow is in another app."""
    assert without_offers(ids(project.manage("check", "shop"))) == [LINE]
    assert without_offers(ids(project.manage("check", "search"))) == [REINDEX]
    assert without_offers(ids(project.manage("check", "stock", "search"))) == [REINDEX, WAIT]


def test_an_error_keeps_the_project_from_starting_unless_the_settings_say_otherwise(project: Project) -> None:
    """As with every error of a system check; a project that wants its findings without that has a setting for it."""
    refused = project.manage("migrate", "--verbosity", "0")
    assert refused.returncode == 1
    assert REINDEX in ids(refused)
    done = project.manage("migrate", "--verbosity", "0", DELETE_LINT={"check-level": "warning"})
    assert done.returncode == 0, done.stderr
    assert without_offers(ids(done)) == [REINDEX, LINE, WAIT]


# --- settings -------------------------------------------------------------------------------------------------------


def test_settings_of_the_project_are_heeded(project: Project) -> None:
    cases: list[tuple[dict[str, Any], list[str]]] = [
        ({"ignore": ["blocking_receiver"]}, [LINE]),
        ({"select": ["blocking_receiver"]}, [REINDEX, WAIT]),
        ({"severity": {"blocking_receiver": "off"}}, [LINE]),
        ({"per_file_ignores": {"search/*": ["blocking_receiver"]}}, [WAIT, LINE]),
        ({"per-file-ignores": {"search/*": ["blocking_receiver"]}}, [WAIT, LINE]),
        ({"exclude": ["search/", "shop/"]}, [WAIT]),
        ({"extend_exclude": ["stock/models.py"]}, [REINDEX, LINE]),
        ({"not-blocking": ["urllib.request.urlopen"]}, [WAIT, LINE]),
        ({"not_blocking": ["time.sleep"]}, [REINDEX, LINE]),
    ]
    answer = project.ask(
        f"""
        from django.test import override_settings
        from delete_lint.checks import check
        answer = []
        for settings in {[settings for settings, _ in cases]!r}:
            with override_settings(DELETE_LINT=settings):
                answer.append([f"{{m.subject.split()[0]}} {{m.id.split('.')[1]}}" for m in check()])
        """
    )
    found = [sorted(without_offers(said)) for said in answer]
    assert found == [sorted(left) for _, left in cases]


def test_without_settings_in_django_those_of_the_file_are_taken(project: Project) -> None:
    project.write({"pyproject.toml": '[tool.delete-lint]\nignore = ["blocking_receiver"]\n'})
    assert without_offers(ids(project.manage("check"))) == [LINE]
    assert without_offers(ids(project.manage("check", DELETE_LINT={}))) == [REINDEX, WAIT, LINE]


def test_the_baseline_of_the_command_line_is_that_of_the_checks(project: Project) -> None:
    done = delete_lint(".", "--select", "blocking_receiver", "--write-baseline", "known.txt", folder=project.folder)
    assert done.returncode == 0, done.stderr
    project.write({"pyproject.toml": '[tool.delete-lint]\nbaseline = "known.txt"\n'})
    assert without_offers(ids(project.manage("check"))) == [LINE]
    assert without_offers(ids(project.manage("check", DELETE_LINT={"baseline": "known.txt"}))) == [LINE]


def test_a_baseline_that_is_not_there_is_an_error_and_hides_nothing(project: Project) -> None:
    done = project.manage("check", DELETE_LINT={"baseline": "gone.txt"})
    assert "gone.txt: (delete_lint.settings) no such file: write it with --write-baseline" in done.stderr
    assert {REINDEX, WAIT, LINE} <= set(ids(done))


def test_the_file_is_found_from_the_base_folder_wherever_the_command_runs(project: Project, tmp_path: Path) -> None:
    project.write({"delete-lint.toml": 'per-file-ignores = { "stock/*" = ["blocking_receiver"] }\n'})
    found = ids(project.manage("check", cwd=tmp_path.parent))
    assert [each for each in found if "blocking_receiver" in each] == [REINDEX]


def test_wrong_settings_are_errors_with_the_nearest_name_and_hide_nothing(project: Project) -> None:
    settings = {"max_dept": 3, "severity": {"blocking_reciever": "info"}, "select": "zzz", "thirdparty": True}
    done = project.manage("check", DELETE_LINT=settings)
    assert done.returncode == 1
    for problem in (
        'DELETE_LINT: (delete_lint.settings) unknown setting "max_dept" (did you mean "max_depth"?)',
        'DELETE_LINT: (delete_lint.settings) unknown setting "thirdparty" (did you mean "third_party"?)',
        "DELETE_LINT: (delete_lint.settings) severity: unknown rule "
        '"blocking_reciever" (did you mean "blocking_receiver"?)',
        "DELETE_LINT: (delete_lint.settings) select must be a list of strings, not 'zzz'",
    ):
        assert problem in done.stderr
    assert {REINDEX, WAIT, LINE} <= set(ids(done))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[tool.delete-lint]\nmax-dept = 3\n", 'unknown setting "max-dept" (did you mean "max-depth"?)'),
        ("[tool.delete-lint]\nmax-depth = \n", "not valid TOML"),
        ("[tool]\ndelete-lint = 3\n", "tool.delete-lint must be a table, not 3"),
    ],
)
def test_a_wrong_file_is_an_error_and_not_a_crash(project: Project, text: str, problem: str) -> None:
    project.write({"pyproject.toml": text})
    done = project.manage("check", "--tag", "delete_lint")
    assert "Traceback" not in done.stderr
    assert f"pyproject.toml: (delete_lint.settings) {problem}" in done.stderr
    assert {REINDEX, WAIT, LINE} <= set(ids(done))


@pytest.mark.parametrize("settings", [["ignore"], "ignore", 3])
def test_settings_that_are_no_dict_are_an_error(project: Project, settings: Any) -> None:
    done = project.manage("check", "--tag", "delete_lint", DELETE_LINT=settings)
    assert "DELETE_LINT: (delete_lint.settings) must be a dict of settings, not " in done.stderr
    assert {REINDEX, WAIT, LINE} <= set(ids(done))


def test_comments_in_the_source_suppress_here_too(project: Project) -> None:
    project.write(
        {
            "search/signals.py": FILES["search/signals.py"].replace(
                "sender=Line)", "sender=Line)  # delete-lint: ignore[blocking_receiver] the index is next door"
            ),
            "stock/models.py": "# delete-lint: ignore-file[blocking_receiver] a store is never deleted\n"
            + re.sub("^ {8}", "", FILES["stock/models.py"], flags=re.MULTILINE),
        }
    )
    assert without_offers(ids(project.manage("check", "--tag", "delete_lint"))) == [LINE]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("    raise SystemExit('enough')\n", "the rule broken_rule failed: SystemExit: enough"),
        ("    yield 'no finding'\n", "the rule broken_rule failed: AttributeError: "),
        (
            "    from delete_lint.findings import Finding\n"
            "    yield Finding(place=None, message='an order', help='none', identity='')\n",
            "weighing what was found failed: |looking for what is to be left out failed: ",
        ),
    ],
)
def test_whatever_a_rule_does_the_others_are_heard(project: Project, body: str, said: str) -> None:
    rule = '"""A rule."""\n\nSEVERITY = "warning"\n\n\ndef check(graph, thresholds):\n'
    project.write({"house_rules/__init__.py": "", "house_rules/broken_rule.py": rule + body})
    done = project.manage("check", "--tag", "delete_lint", DELETE_LINT={"plugins": ["house_rules"]})
    assert "Traceback" not in done.stderr
    assert re.search(rf"\(delete_lint.internal\) ({said})", done.stderr), done.stderr
    assert {REINDEX, WAIT, LINE} <= set(ids(done))


def test_rules_of_the_users_own_are_asked_and_a_broken_one_hides_nothing(project: Project) -> None:
    rule = '"""A rule."""\n\nSEVERITY = "warning"\n\n\ndef check(graph, thresholds):\n'
    project.write(
        {
            "house_rules/__init__.py": "",
            "house_rules/broken_rule.py": rule + "    yield 1 / 0\n",
            "house_rules/count_models.py": rule + "    from delete_lint.findings import Finding\n"
            "    model = graph.models['shop.Order']\n"
            "    yield Finding(place=model.place, message='an order', help='none', identity='', subjects=(model,))\n",
        }
    )
    done = project.manage("check", "--tag", "delete_lint", DELETE_LINT={"plugins": ["house_rules"]})
    assert "(delete_lint.internal) the rule broken_rule failed: ZeroDivisionError: division by zero" in done.stderr
    assert "shop.Order (shop/models.py:8): (delete_lint.count_models) an order" in done.stderr
    assert {REINDEX, WAIT, LINE} <= set(ids(done))
    assert "please report it to the makers of house_rules (DELETE_LINT_DEBUG=1 shows the traceback)" in done.stderr
    missing = project.manage("check", "--tag", "delete_lint", DELETE_LINT={"plugins": ["no_rules"]})
    assert (
        "DELETE_LINT: (delete_lint.settings) cannot load the rules of no_rules: ModuleNotFoundError" in missing.stderr
    )
    assert {REINDEX, WAIT, LINE} <= set(ids(missing))


# --- installed packages ---------------------------------------------------------------------------------------------


@pytest.fixture
def with_parcels(project: Project) -> Project:
    project.write({**PARCELS, "site-packages/parcels/apps.py": _ready("parcels", "from parcels import audit")})
    project.apps.append("parcels.apps.Config")
    return project


def test_an_installed_package_is_named_as_the_cause_and_not_reported_itself(with_parcels: Project) -> None:
    done = with_parcels.manage("check", "--tag", "delete_lint")
    assert not [each for each in ids(done) if each.startswith("parcels")]
    said = re.search(r"^.*delete_lint\.senderless_receiver\).*$", done.stderr, re.MULTILINE)
    assert said is not None, done.stderr
    assert said[0].startswith("stock.Shelf (stock/models.py:11): ")
    assert (
        "1 of the project's 5 tables (Shelf) would be deleted in one statement but for parcels.audit.log of the "
        "package django-parcels (parcels/audit.py:4), connected for every model"
    ) in said[0]


def test_installed_packages_are_reported_when_asked_for(with_parcels: Project) -> None:
    done = with_parcels.manage("check", "--tag", "delete_lint", DELETE_LINT={"third-party": True})
    found = ids(done)
    assert "parcels.models.forget blocking_receiver" in found
    assert "parcels.audit.log senderless_receiver" in found
    assert {REINDEX, WAIT} <= set(found)


# --- no database ----------------------------------------------------------------------------------------------------

#: Nothing can connect to it.
NOWHERE = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "/nonexistent/folder/db.sqlite3"}}


@pytest.mark.parametrize("arguments", [["--tag", "delete_lint"], [], ["shop"], ["--deploy", "--tag", "delete_lint"]])
def test_no_database_is_touched(project: Project, arguments: list[str]) -> None:
    # Django's own check of a JSONField asks the database what it is capable of.
    project.write({"shop/models.py": FILES["shop/models.py"].replace("JSONField(default=dict)", "TextField()")})
    done = project.manage("check", *arguments, DATABASES=NOWHERE)
    assert "Traceback" not in done.stderr
    assert "delete_lint.internal" not in done.stderr
    assert LINE in ids(done)


def test_checks_that_are_run_from_code_touch_no_database_either(project: Project) -> None:
    answer = project.ask(
        """
        from django.core import checks
        from django.db.backends.signals import connection_created
        from django.db import connection
        connected = []
        connection_created.connect(lambda **kwargs: connected.append(1), weak=False)
        def refuse(*args):
            raise RuntimeError("a query")
        with connection.execute_wrapper(refuse):
            found = [m.id for m in checks.run_checks(tags=["delete_lint"])]
        answer = [connected, "delete_lint.internal" in found, "delete_lint.blocking_receiver" in found]
        """
    )
    assert answer == [[], False, True]


def test_with_a_database_the_tables_are_told_with_their_sizes(project: Project) -> None:
    """Asked of the database that is named, and of it alone."""
    settings = {"check-level": "warning"}
    project.ask(
        """
        from django.core.management import call_command
        call_command("migrate", run_syncdb=True, verbosity=0, skip_checks=True)
        from shop.models import Customer, Line, Order
        customer = Customer.objects.create()
        orders = [Order.objects.create(customer=customer) for _ in range(3)]
        Line.objects.bulk_create(Line(order=order) for order in (orders[0], *orders))
        answer = None
        """
    )
    asked = project.manage("check", "--tag", "delete_lint", "--database", "default", DELETE_LINT=settings)
    assert re.search(
        r"every Line row behind them \(4 rows, \S+ \w+ in memory; up to 2 behind one Order\) is", asked.stderr
    )
    unasked = project.manage("check", "--tag", "delete_lint", DELETE_LINT=settings)
    assert "every Line row behind them is loaded whole" in unasked.stderr


def test_row_counts_that_were_committed_are_told_without_a_database(project: Project) -> None:
    counts = '["shop.Line"]\nrows = 1_200_000\nbytes = 64\nper.order = { mean = 10, worst = 4_000 }\n'
    project.write({"delete-lint-counts.toml": counts, "config/counts.toml": counts.replace("1_2", "3_4")})
    found = project.manage("check", "--tag", "delete_lint", DATABASES=NOWHERE)
    assert "every Line row behind them (1.2 million rows, " in found.stderr
    assert "; up to 4,000 behind one Order) is loaded whole" in found.stderr
    named = project.manage("check", "--tag", "delete_lint", DELETE_LINT={"row_counts": "config/counts.toml"})
    assert "every Line row behind them (3.4 million rows, " in named.stderr


def test_a_database_that_cannot_be_reached_hides_nothing(project: Project) -> None:
    done = project.manage("check", "--tag", "delete_lint", "--database", "default", DATABASES=NOWHERE)
    assert "(delete_lint.internal) the sizes of the tables in default cannot be read: OperationalError" in done.stderr
    assert {REINDEX, WAIT, LINE} <= set(ids(done))


def test_migrate_does_not_count_the_tables_that_it_is_about_to_change(project: Project) -> None:
    settings = {"check-level": "warning"}
    answer = project.ask(
        """
        from django.core.management import call_command
        from django.db.backends.utils import CursorWrapper
        from delete_lint.runtime import sizes
        import traceback
        seen = []
        def note(execute, sql, params, many, context):
            seen.append(any(frame.filename == sizes.__file__ for frame in traceback.extract_stack()))
            return execute(sql, params, many, context)
        from django.db import connection
        with connection.execute_wrapper(note):
            call_command("migrate", verbosity=0)
            asked = any(seen)
            call_command("check", tags=["delete_lint"], databases=["default"])
        answer = [asked, any(seen), len(seen) > 5]
        """,
        DELETE_LINT=settings,
    )
    assert answer == [False, True, True]


# --- what it costs --------------------------------------------------------------------------------------------------


def test_a_project_that_runs_no_checks_pays_nothing(project: Project) -> None:
    loaded = project.ask("import sys\nanswer = [n for n in sys.modules if n.startswith(('delete_lint', 'libcst'))]")
    assert sorted(loaded) == ["delete_lint", "delete_lint.apps", "delete_lint.version"]


def test_a_reload_does_not_wait_for_libcst(tmp_path: Path) -> None:
    code = """
        import sys
        from django.core.checks import run_checks
        run_checks()
        answer = "libcst" in sys.modules
        """
    assert Project(tmp_path / "quiet", ["shop"], FILES).ask(code) is False
    assert Project(tmp_path / "busy", APPS, FILES).ask(code) is False
