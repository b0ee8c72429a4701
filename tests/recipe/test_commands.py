"""`delete-lint plan --recipe` and `manage.py delete_plan --recipe`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.command import ROOT, delete_lint
from tests.runtime.running_shop import RunningShop

SHOP = ROOT / "examples" / "shop"
#: A file of the shop is in Python 2, which does not matter here.
ARGUMENTS = ("Ticket", ".", "--no-cache", "--isolated", "--extend-exclude=import_customers.py")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningShop]:
    with RunningShop(tmp_path_factory.mktemp("shop")) as running:
        yield running


@pytest.mark.parametrize(
    ("form", "there"),
    [
        ("function", "def delete_ticket_rows("),
        ("command", "class Command(BaseCommand):"),
        ("celery", "@shared_task(**TASK)"),
    ],
)
def test_each_form_is_written_from_source_and_from_the_running_project(
    form: str, there: str, shop: RunningShop
) -> None:
    done = delete_lint("plan", *ARGUMENTS, f"--recipe={form}", "--batch-size", "250", folder=SHOP)
    assert done.returncode == 0, done.stderr
    written = shop.manage("delete_plan", "Ticket", f"--recipe={form}", "--batch-size=250")
    assert (written.status, written.stderr) == (0, "")
    for text in (done.stdout, written.stdout):
        assert there in text
        assert "= 250" in text or "default=250" in text
        compile(text, "recipe", "exec")


def test_without_a_form_it_is_a_function(shop: RunningShop) -> None:
    done = delete_lint("plan", *ARGUMENTS, "--recipe", folder=SHOP)
    assert done.returncode == 0, done.stderr
    assert "def delete_ticket_rows(" in done.stdout
    assert (
        shop.manage("delete_plan", "Ticket", "--recipe").stdout
        == shop.manage("delete_plan", "Ticket", "--recipe=function").stdout
    )


def test_receivers_are_muted_when_asked(shop: RunningShop) -> None:
    kept, muted = (
        shop.manage("delete_plan", "Ticket", "--recipe", *option).stdout for option in ((), ("--mute-receivers",))
    )
    assert "HEARD" in kept
    assert "HEARD" not in muted
    assert "Receivers are not called, as was asked for" in " ".join(muted.split())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--batch-size", "5"), "--batch-size goes with --recipe"),
        (("--mute-receivers",), "--mute-receivers goes with --recipe"),
        (("--recipe=function", "--format=json"), "--recipe writes Python: it takes no --format"),
        (("--recipe=functon",), "'functon' is not one of"),
    ],
)
def test_what_does_not_go_together_is_refused(options: tuple[str, ...], message: str) -> None:
    done = delete_lint("plan", *ARGUMENTS, *options, folder=SHOP)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--batch-size=5",), "--batch-size goes with --recipe"),
        (("--recipe", "--all"), "--recipe is for any rows of the model: it takes no --all"),
        (("--recipe", "--format=json"), "--recipe is for any rows of the model: it takes no --format"),
        (("--recipe", "--batch-size=0"), "--batch-size must be 1 or more"),
    ],
)
def test_so_does_the_management_command(options: tuple[str, ...], message: str, shop: RunningShop) -> None:
    done = shop.manage("delete_plan", "Ticket", *options)
    assert done.status == 1
    assert message in done.stderr


def test_the_recipe_of_every_model_of_the_shop_runs_there(shop: RunningShop, tmp_path: Path) -> None:
    labels = shop.run("from django.apps import apps\nanswer = [m._meta.label for m in apps.get_models()]")
    for label in labels:
        text = shop.manage("delete_plan", label, "--recipe").stdout
        code = "known = {'__name__': 'recipe'}\nimport sys, types\nsys.modules['recipe'] = types.ModuleType('recipe')\n"
        code += f"exec({text!r}, known)\n"
        code += (
            "next(v for k, v in known.items() if k.startswith('delete_') and k.endswith('_rows'))([])\nanswer = True"
        )
        assert shop.run(code) is True, label
