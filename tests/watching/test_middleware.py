"""The middleware for development: requests as a server handles them, the admin's among them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.runtime.small_project import Project

FILES = {
    "shop/__init__.py": "",
    "shop/models.py": """
        from django.db import models

        class Order(models.Model):
            number = models.CharField(max_length=9)

        class Line(models.Model):
            order = models.ForeignKey(Order, on_delete=models.CASCADE)
        """,
    "shop/apps.py": """
        from django.apps import AppConfig

        class ShopConfig(AppConfig):
            name = "shop"

            def ready(self):
                from django.db.models.signals import post_delete
                from shop.models import Line
                post_delete.connect(heard, sender=Line)

        def heard(sender, instance, **kwargs):
            pass
        """,
    "shop/admin.py": """
        from django.contrib import admin
        from shop.models import Order

        @admin.register(Order)
        class OrderAdmin(admin.ModelAdmin):
            pass
        """,
    "shop/views.py": """
        from django.http import HttpResponse
        from django.views.generic import DeleteView
        from shop.models import Line, Order

        class OrderDelete(DeleteView):
            model = Order
            success_url = "/none/"

        def purge(request):
            return HttpResponse(str(Line.objects.all().delete()[0]))

        async def apurge(request):
            deleted, _ = await Line.objects.all().adelete()
            return HttpResponse(str(deleted))

        def none(request):
            return HttpResponse("none")

        def fails(request):
            Line.objects.all().delete()
            raise RuntimeError("no")
        """,
    "shop/urls.py": """
        from django.contrib import admin
        from django.urls import path
        from shop import views

        urlpatterns = [
            path("admin/", admin.site.urls),
            path("delete/<int:pk>/", views.OrderDelete.as_view()),
            path("purge/", views.purge),
            path("apurge/", views.apurge),
            path("none/", views.none),
            path("fails/", views.fails),
        ]
        """,
}

SETTINGS: dict[str, Any] = {
    "DEBUG": True,
    "ROOT_URLCONF": "shop.urls",
    "ALLOWED_HOSTS": ["*"],
    "MIDDLEWARE": [
        "delete_lint.watching.middleware.watch_deletes",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
    ],
    "TEMPLATES": [
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ]
            },
        }
    ],
}

APPS = [
    *(f"django.contrib.{name}" for name in ("admin", "auth", "messages", "sessions")),
    "shop",
]

ASK = """
import asyncio, logging
from django.core.management import call_command
call_command("migrate", run_syncdb=True, verbosity=0)
from django.contrib.auth.models import User
from django.test import AsyncClient, Client
from shop.models import Line, Order

class Keep(logging.Handler):
    def emit(self, record):
        kept.append([record.levelname, record.getMessage()])

kept = []
logging.getLogger("delete_lint.watch").addHandler(Keep())
logging.getLogger("delete_lint.watch").setLevel("INFO")

def fill():
    order = Order.objects.create(number="1")
    Line.objects.bulk_create([Line(order=order)] * 3)
    return order

client = Client(raise_request_exception=False)
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project(tmp_path_factory.mktemp("project"), APPS, FILES)


def asked(project: Project, code: str, **settings: Any) -> Any:
    (project.folder / "db.sqlite3").unlink(missing_ok=True)
    return project.ask(ASK + code, **{**SETTINGS, **settings})


def test_each_request_that_deletes_is_told_and_no_other(project: Project) -> None:
    told = asked(
        project,
        "fill()\n"
        "bodies = [client.get('/purge/').content.decode(), client.get('/none/').content.decode()]\n"
        "answer = [bodies, kept]",
    )
    bodies, ((level, message),) = told
    assert bodies == ["3", "none"]
    assert level == "INFO"
    assert message.startswith("GET /purge/: 1 delete took ")
    assert "3 rows deleted, 3 loaded, 2 queries; costliest: shop.Line from " in message
    assert "shop/views.py:10" in message
    assert "slowest receiver: shop.apps.heard, " in message


def test_an_async_view_is_watched_under_asgi(project: Project) -> None:
    told = asked(
        project,
        "fill()\nresponse = asyncio.run(AsyncClient().get('/apurge/'))\nanswer = [response.content.decode(), kept]",
    )
    body, ((_, message),) = told
    assert body == "3"
    assert message.startswith("GET /apurge/: 1 delete took ")
    assert "shop/views.py:13" in message


def test_the_admin_and_generic_views_are_told_by_the_project_s_own_class(project: Project) -> None:
    told = asked(
        project,
        """
User.objects.create_superuser("ada", "ada@example.org", "x")
client.login(username="ada", password="x")
one, two, three = fill(), fill(), fill()
client.post(f"/admin/shop/order/{one.pk}/delete/", {"post": "yes"})
client.post("/admin/shop/order/", {"action": "delete_selected", "_selected_action": [two.pk], "post": "yes"})
client.post(f"/delete/{three.pk}/")
answer = [Order.objects.count(), [message.split("; ")[1] for _, message in kept]]
""",
    )
    left, costliest = told
    assert left == 0
    assert [each.partition(" from ")[2].rpartition(",")[0].rpartition("/")[2] for each in costliest] == [
        "admin.py:5",
        "admin.py:5",
        "views.py:5",
    ]


def test_a_view_that_fails_is_told_too_and_fails_as_ever(project: Project) -> None:
    told = asked(project, "fill()\nstatus = client.get('/fails/').status_code\nanswer = [status, len(kept)]")
    assert told == [500, 1]


def test_measurements_are_added_to_a_file_over_restarts(project: Project) -> None:
    file = project.folder / "deletes.json"
    code = """
fill(); client.get("/purge/"); fill(); client.get("/purge/")
from pathlib import Path
from delete_lint.measured_file import read_measured
(delete,) = read_measured(Path(FILE)).deletes
answer = [delete.cost.calls, delete.model, delete.function]
""".replace("FILE", repr(str(file)))
    assert asked(project, code, DELETE_LINT_WATCH_FILE=str(file)) == [2, "shop.Line", "purge"]
    assert asked(project, code, DELETE_LINT_WATCH_FILE=str(file)) == [4, "shop.Line", "purge"]


def test_a_file_that_cannot_be_written_fails_no_request(project: Project) -> None:
    told = asked(
        project,
        "fill()\nanswer = [client.get('/purge/').status_code, len(kept), kept[1][0]]",
        DELETE_LINT_WATCH_FILE=str(Path("/nowhere/at/all.json")),
    )
    assert told == [200, 2, "ERROR"]


def test_it_is_not_there_in_production(project: Project) -> None:
    told = asked(project, "fill()\nanswer = [client.get('/purge/').content.decode(), kept]", DEBUG=False)
    assert told == ["3", []]
