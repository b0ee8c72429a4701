"""Each ``.delete()`` in the source: is it the ORM's, what does it delete, and how many rows at a time?"""

from __future__ import annotations

from pathlib import Path

import pytest

from delete_lint.graph.project import ProjectGraph
from delete_lint.graph.site import DeleteSite
from delete_lint.settings import Settings
from tests.source.project import packaged, read, read_shop, spelled, the_site

MODELS = """
from django.conf import settings

class Customer(models.Model):
    name = models.CharField(max_length=9, unique=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)

class OrderQuerySet(models.QuerySet):
    def stale(self):
        return self.filter(code="")
    def remove_stale(self):
        return self.stale().delete()

class OrderManager(models.Manager.from_queryset(OrderQuerySet)):
    def purge(self):
        self.all().delete()
    def purge_of(self, customer):
        self.get_queryset().filter(customer=customer).delete()

class Order(models.Model):
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="orders")
    code = models.CharField(max_length=9)
    photo = models.FileField()
    products = models.ManyToManyField("Product", related_name="in_orders")
    objects = OrderManager()
    everything = models.Manager()

class Invoice(models.Model):
    order = models.OneToOneField(Order, models.CASCADE)

class Line(models.Model):
    order = models.ForeignKey(Order, models.CASCADE)

class Product(models.Model):
    pass
"""
PRELUDE = """
import itertools
from typing import TYPE_CHECKING, Any, Iterable, Optional
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.core.paginator import Paginator
from django.db import models, transaction
from django.db.models import Q, QuerySet
from django.db.models.signals import post_delete, pre_delete
from django.shortcuts import get_list_or_404, get_object_or_404
from shop.models import Customer, Invoice, Line, Order, Product
import requests
"""


def sites(folder: Path, code: str, settings: Settings | None = None, **modules: str) -> tuple[DeleteSite, ...]:
    """The delete sites in this module, which knows the models."""
    graph = read_shop(folder, MODELS, settings, code=PRELUDE + code, **modules)
    return tuple(site for site in graph.deletes if site.place.file == "shop/code.py")


def in_function(body: str, signature: str = "def clean(request, unknown):") -> str:
    return "\n" + signature + "\n" + "\n".join(f"    {line}" for line in body.strip("\n").splitlines()) + "\n"


def one_site(folder: Path, body: str, signature: str = "def clean(request, unknown):") -> DeleteSite:
    (found,) = sites(folder, in_function(body, signature))
    return found


# --- kind and model -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "model"),
    [
        ("Order.objects.all().delete()", "shop.Order"),
        ("Order.objects.filter(code='').delete()", "shop.Order"),
        ("Order.objects.exclude(code='').order_by('pk').delete()", "shop.Order"),
        ("Order._default_manager.filter(pk=1).delete()", "shop.Order"),
        ("Order._base_manager.all().delete()", "shop.Order"),
        ("Order.everything.all().delete()", "shop.Order"),
        ("Order.objects.stale().delete()", "shop.Order"),
        ("Order.objects.get_queryset().delete()", "shop.Order"),
        ("Order.objects.filter(code='').stale().delete()", "shop.Order"),
        ("rows = Order.objects.all()\nrows = rows.filter(code='')\nrows.delete()", "shop.Order"),
        ("rows = Order.objects.all() if request else Order.objects.none()\nrows.delete()", "shop.Order"),
        ("customer = Customer.objects.get(pk=1)\ncustomer.orders.all().delete()", "shop.Order"),
        ("Customer.objects.first().orders.filter(code='').delete()", "shop.Order"),
        ("Order.objects.get(pk=1).line_set.all().delete()", "shop.Line"),
        ("Product.objects.get(pk=1).in_orders.all().delete()", "shop.Order"),
        ("Order.objects.get(pk=1).products.all().delete()", "shop.Product"),
        ("(Order.objects.filter(code='') | Order.objects.filter(code='x')).delete()", "shop.Order"),
        ("Order.objects.filter(Q(code='') | Q(code='x')).delete()", "shop.Order"),
        ("Order.objects.filter(pk__in=[1, 2]).select_related('customer').delete()", "shop.Order"),
        ("QuerySet(Order).delete()", "shop.Order"),
        ("QuerySet(model=Order).filter(pk=1).delete()", "shop.Order"),
        ("type(Order.objects.get(pk=1)).objects.all().delete()", "shop.Order"),
        ("for model in (Order,):\n    model.objects.all().delete()", "shop.Order"),
        ("Order.objects.using('other').all().delete()", "shop.Order"),
        ("Order.objects.raw('x')\nOrder.objects.annotate(n=1).filter(n=1).delete()", "shop.Order"),
        ("from django.apps import apps\napps.get_model('shop', 'Order').objects.all().delete()", "shop.Order"),
        ("with transaction.atomic():\n    Order.objects.all().delete()", "shop.Order"),
        ("deleted, _ = Order.objects.all().delete()", "shop.Order"),
        ("return Order.objects.filter(pk=1).delete()[0]", "shop.Order"),
        ("if Order.objects.filter(pk=1).delete()[0]:\n    pass", "shop.Order"),
        ("transaction.on_commit(lambda: Order.objects.all().delete())", "shop.Order"),
        ("def inner():\n    Order.objects.all().delete()\ninner()", "shop.Order"),
        ("print(f'{Order.objects.all().delete()}')", "shop.Order"),
        ("Order.objects.filter(\n    code='',\n).delete()", "shop.Order"),
        ("(\n    Order.objects\n    .filter(code='')\n    .delete()\n)", "shop.Order"),
        ("Order.objects.all().delete ()", "shop.Order"),
        ("from django.contrib.auth import get_user_model\nget_user_model().objects.all().delete()", "auth.User"),
        ("from django.contrib.sessions.models import Session\nSession.objects.all().delete()", "sessions.Session"),
        ("[Order.objects.filter(pk=pk).delete() for pk in unknown]", "shop.Order"),
        ("match unknown:\n    case 1:\n        Order.objects.all().delete()", "shop.Order"),
    ],
    ids=spelled,
)
def test_a_queryset_and_its_model(tmp_path: Path, body: str, model: str) -> None:
    site = one_site(tmp_path, body)
    assert (site.kind, site.model, site.guessed) == ("queryset", model, False)


@pytest.mark.parametrize(
    ("body", "model"),
    [
        ("Order.objects.get(pk=1).delete()", "shop.Order"),
        ("Order.objects.first().delete()", "shop.Order"),
        ("Order.objects.all()[0].delete()", "shop.Order"),
        ("Order.objects.latest('pk').delete()", "shop.Order"),
        ("order, created = Order.objects.get_or_create(code='')\norder.delete()", "shop.Order"),
        ("Order(code='').delete()", "shop.Order"),
        ("Order.objects.create(code='').delete()", "shop.Order"),
        ("get_object_or_404(Order, pk=1).delete()", "shop.Order"),
        ("get_object_or_404(Order.objects.stale(), pk=1).delete()", "shop.Order"),
        ("get_object_or_404(Order.objects, pk=1).delete()", "shop.Order"),
        ("get_object_or_404(klass=Order, pk=1).delete()", "shop.Order"),
        ("for order in get_list_or_404(Order, code=''):\n    order.delete()", "shop.Order"),
        ("Invoice.objects.get(pk=1).order.delete()", "shop.Order"),
        ("Order.objects.get(pk=1).invoice.delete()", "shop.Invoice"),
        ("Order.objects.get(pk=1).customer.delete()", "shop.Customer"),
        ("Line.objects.get(pk=1).order.customer.delete()", "shop.Customer"),
        ("for order in Order.objects.all():\n    order.delete()", "shop.Order"),
        ("for order in Order.objects.iterator():\n    order.delete()", "shop.Order"),
        ("for i, x in enumerate(Order.objects.all()):\n    x.delete()", "shop.Order"),
        ("for x in list(Order.objects.all())[:5]:\n    x.delete()", "shop.Order"),
        ("for x in sorted(Order.objects.all(), key=str):\n    x.delete()", "shop.Order"),
        ("for x in reversed(Order.objects.all()):\n    x.delete()", "shop.Order"),
        ("for a, b in zip(Order.objects.all(), Line.objects.all()):\n    b.delete()", "shop.Line"),
        ("for x in itertools.chain(Order.objects.all(), Order.objects.none()):\n    x.delete()", "shop.Order"),
        ("[x.delete() for x in Order.objects.all()]", "shop.Order"),
        ("rows = [x for x in Order.objects.all() if x.code]\nfor row in rows:\n    row.delete()", "shop.Order"),
        (
            "rows = []\nfor x in Order.objects.all():\n    rows.append(x)\nfor row in rows:\n    row.delete()",
            "shop.Order",
        ),
        ("rows = {x.pk: x for x in Order.objects.all()}\nfor row in rows.values():\n    row.delete()", "shop.Order"),
        ("rows = Order.objects.in_bulk([1])\nrows[1].delete()", "shop.Order"),
        ("for pk, x in Order.objects.in_bulk([1]).items():\n    x.delete()", "shop.Order"),
        ("a, b = Order.objects.first(), Line.objects.first()\nb.delete()", "shop.Line"),
        ("x = Order.objects.filter(pk=1).first()\nif x is not None:\n    x.delete()", "shop.Order"),
        ("if (x := Order.objects.filter(pk=1).first()):\n    x.delete()", "shop.Order"),
        (
            "try:\n    x = Order.objects.get(pk=1)\nexcept Order.DoesNotExist:\n    x = None\nelse:\n    x.delete()",
            "shop.Order",
        ),
        ("try:\n    x = Order.objects.get(pk=1)\nexcept Order.DoesNotExist:\n    return\nx.delete()", "shop.Order"),
        ("x = unknown\nif isinstance(x, Order):\n    x.delete()", "shop.Order"),
        ("x = unknown\nif not isinstance(x, Order):\n    return\nx.delete()", "shop.Order"),
        ("assert isinstance(unknown, Order)\nunknown.delete()", "shop.Order"),
        ("Order.delete(Order.objects.get(pk=1))", "shop.Order"),
        ("x: Order = unknown()\nx.delete()", "shop.Order"),
        ("from typing import cast\ncast(Order, unknown).delete()", "shop.Order"),
        ("from typing import cast\ncast('Order', unknown).delete()", "shop.Order"),
        ("next(iter(Order.objects.all())).delete()", "shop.Order"),
        ("max(Order.objects.all(), key=str).delete()", "shop.Order"),
        ("request.user.delete()", "auth.User"),
        ("import copy\ncopy.copy(Order.objects.get(pk=1)).delete()", "shop.Order"),
    ],
    ids=spelled,
)
def test_an_instance_and_its_model(tmp_path: Path, body: str, model: str) -> None:
    site = one_site(tmp_path, body)
    assert (site.kind, site.model, site.guessed) == ("instance", model, False)


@pytest.mark.parametrize(
    ("signature", "body", "kind", "model"),
    [
        ("def clean(x: Order):", "x.delete()", "instance", "shop.Order"),
        ("def clean(x: 'Order'):", "x.delete()", "instance", "shop.Order"),
        ("def clean(x: Order | None):", "x.delete()", "instance", "shop.Order"),
        ("def clean(x: Optional[Order] = None):", "x.delete()", "instance", "shop.Order"),
        ("def clean(x: 'Optional[Order]'):", "x.delete()", "instance", "shop.Order"),
        ("def clean(x: list[Order]):", "for y in x:\n    y.delete()", "instance", "shop.Order"),
        ("def clean(x: Iterable['Order']):", "for y in x:\n    y.delete()", "instance", "shop.Order"),
        ("def clean(x: dict[str, Order]):", "for y in x.values():\n    y.delete()", "instance", "shop.Order"),
        ("def clean(x: tuple[Line, Order]):", "x[1].delete()", "instance", "shop.Order"),
        ("def clean(*x: Order):", "for y in x:\n    y.delete()", "instance", "shop.Order"),
        ("def clean(**x: Order):", "for y in x.values():\n    y.delete()", "instance", "shop.Order"),
        ("def clean(x: QuerySet[Order]):", "x.delete()", "queryset", "shop.Order"),
        ("def clean(x: 'QuerySet[Order]'):", "x.filter(pk=1).delete()", "queryset", "shop.Order"),
        ("def clean(x: models.QuerySet[Order]):", "x.delete()", "queryset", "shop.Order"),
        ("def clean(x: models.QuerySet['Order', 'Order']):", "x.delete()", "queryset", "shop.Order"),
        ("def clean(x: models.Manager[Order]):", "x.all().delete()", "queryset", "shop.Order"),
        ("def clean(x: type[Order]):", "x.objects.all().delete()", "queryset", "shop.Order"),
        ("def clean(x: 'models.QuerySet[Order]' = None):", "x.delete()", "queryset", "shop.Order"),
        ("def clean(x=Order):", "x.objects.all().delete()", "queryset", "shop.Order"),
    ],
    ids=spelled,
)
def test_an_annotation_tells_the_model(tmp_path: Path, signature: str, body: str, kind: str, model: str) -> None:
    site = one_site(tmp_path, body, signature)
    assert (site.kind, site.model, site.guessed) == (kind, model, False)


def test_an_import_for_type_checking_alone_tells_the_model(tmp_path: Path) -> None:
    graph = read_shop(
        tmp_path,
        MODELS,
        code="""
from __future__ import annotations
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from shop.models import Order

def clean(order: Order):
    order.delete()
""",
    )
    (site,) = (site for site in graph.deletes if site.place.file == "shop/code.py")
    assert site.model == "shop.Order"


@pytest.mark.parametrize(
    ("helper", "body", "kind"),
    [
        ("def find() -> Order:\n    return unknown()", "find().delete()", "instance"),
        ("def find():\n    return Order.objects.get(pk=1)", "find().delete()", "instance"),
        ("def find(model):\n    return model.objects.get(pk=1)", "find(Order).delete()", "instance"),
        ("def find(model):\n    return model.objects.filter(pk=1)", "find(Order).delete()", "queryset"),
        ("def find():\n    yield Order.objects.get(pk=1)", "for x in find():\n    x.delete()", "instance"),
        ("def find():\n    yield from Order.objects.all()", "for x in find():\n    x.delete()", "instance"),
        ("async def find():\n    return await Order.objects.aget(pk=1)", "(await find()).delete()", "instance"),
        (
            "def find():\n    return Line.objects.first(), Order.objects.first()",
            "a, b = find()\nb.delete()",
            "instance",
        ),
        (
            "class Finder:\n    def find(self):\n        return Order.objects.all()",
            "Finder().find().delete()",
            "queryset",
        ),
        (
            "class Finder:\n    def __init__(self, order: Order):\n        self.order = order",
            "Finder(unknown).order.delete()",
            "instance",
        ),
        (
            "class Finder:\n    @property\n    def rows(self):\n        return Order.objects.all()",
            "Finder().rows.delete()",
            "queryset",
        ),
        ("ROWS = Order.objects.all()", "ROWS.delete()", "queryset"),
        ("find = lambda pk: Order.objects.get(pk=pk)", "find(1).delete()", "instance"),
        (
            "from functools import lru_cache\n@lru_cache\ndef find():\n    return Order.objects.get(pk=1)",
            "find().delete()",
            "instance",
        ),
    ],
    ids=spelled,
)
def test_what_a_function_of_the_project_gives(tmp_path: Path, helper: str, body: str, kind: str) -> None:
    signature = "async def clean(request, unknown):" if "await" in body else "def clean(request, unknown):"
    (site,) = sites(tmp_path, helper + "\n" + in_function(body, signature))
    assert (site.kind, site.model) == (kind, "shop.Order")


@pytest.mark.parametrize(
    "body",
    [
        "cache.delete('x')",
        "from django.core.cache import caches\ncaches['x'].delete('y')",
        "default_storage.delete('x')",
        "requests.delete('https://example.org')",
        "requests.Session().delete('x')",
        "import redis\nredis.Redis().delete('x')",
        "import boto3\nboto3.resource('s3').Object('a', 'b').delete()",
        "import boto3\nboto3.resource('s3').Bucket('x').objects.all().delete()",
        "Order.objects.get(pk=1).photo.delete(save=False)",
        "Order.objects.get(pk=1).photo.storage.delete('x')",
        "request.session.delete()",
        "unknown.cache.delete('x')",
        "unknown.delete('key')",
        "request.COOKIES.delete('x')",
        "import shutil\nunknown_client.delete(url='x')",
        "from google.cloud import storage\nstorage.Client().bucket('x').blob('y').delete()",
        "from elasticsearch import Elasticsearch\nElasticsearch().delete(index='x', id=1)",
        "self.client.delete('/x')",
        "import stripe\nstripe.Customer.delete('x')",
        "with open('x') as f:\n    f.delete()",
        "{}.delete()",
        "'x'.delete()",
        "import httpx\nwith httpx.Client() as c:\n    c.delete('x')",
        "from pathlib import Path\nPath('x').delete()",
    ],
    ids=spelled,
)
def test_what_is_not_the_orms_delete(tmp_path: Path, body: str) -> None:
    site = one_site(tmp_path, body)
    assert (site.kind, site.model) == ("other", None)


def test_a_route_decorator_is_no_delete(tmp_path: Path) -> None:
    found = sites(
        tmp_path,
        """
from ninja import Router
router = Router()

@router.delete("/orders/{pk}")
def remove(request, pk):
    Order.objects.get(pk=pk).delete()
""",
    )
    assert [(site.kind, site.model) for site in found] == [("other", None), ("instance", "shop.Order")]


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        pytest.param(
            "class Basket:\n    def delete(self): pass\ndef clean():\n    Basket().delete()", "other", id="own class"
        ),
        pytest.param(
            "class Basket:\n    def delete(self): pass\nclass View:\n    basket = Basket()\n"
            "    def clean(self):\n        self.basket.delete()",
            "other",
            id="own class in an attribute",
        ),
        pytest.param(
            "class Store:\n    def get(self, key):\n        return Item()\nclass Item:\n    def delete(self): pass\n"
            "def clean():\n    Store().get('x').delete()",
            "other",
            id="what a method of an own class gives",
        ),
    ],
)
def test_a_delete_method_of_the_projects_own(tmp_path: Path, code: str, kind: str) -> None:
    (site,) = sites(tmp_path, "\n" + code + "\n")
    assert site.kind == kind


@pytest.mark.parametrize(
    ("body", "method", "kind"),
    [
        ("await Order.objects.all().adelete()", "adelete", "queryset"),
        ("await (await Order.objects.aget(pk=1)).adelete()", "adelete", "instance"),
        ("order = await Order.objects.afirst()\nawait order.adelete()", "adelete", "instance"),
        ("async for order in Order.objects.all():\n    await order.adelete()", "adelete", "instance"),
        ("async for order in Order.objects.aiterator():\n    await order.adelete()", "adelete", "instance"),
        ("Order.objects.all()._raw_delete('default')", "_raw_delete", "queryset"),
        ("Order.objects.all()._raw_delete(using='default')", "_raw_delete", "queryset"),
        ("Order.objects.all()._raw_delete(Order.objects.db)", "_raw_delete", "queryset"),
    ],
    ids=spelled,
)
def test_each_delete_method(tmp_path: Path, body: str, method: str, kind: str) -> None:
    site = one_site(tmp_path, body, "async def clean(request, unknown):")
    assert (site.method, site.kind, site.model) == (method, kind, "shop.Order")


def test_keep_parents_is_noted(tmp_path: Path) -> None:
    assert one_site(tmp_path, "Order.objects.get(pk=1).delete(keep_parents=True)").keep_parents
    assert not one_site(tmp_path, "Order.objects.get(pk=1).delete()").keep_parents


# --- self ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "kind", "model"),
    [
        pytest.param(
            "class Extra(models.Model):\n    def clean(self):\n        self.delete()",
            "instance",
            "shop.Extra",
            id="model",
        ),
        pytest.param(
            "class Extra(models.Model):\n    parent = models.ForeignKey('self', models.CASCADE)\n"
            "    def clean(self):\n        self.extra_set.all().delete()",
            "queryset",
            "shop.Extra",
            id="reverse accessor of self",
        ),
        pytest.param(
            "class Extra(models.Model):\n    @classmethod\n    def clean(cls):\n        cls.objects.all().delete()",
            "queryset",
            "shop.Extra",
            id="class method of a model",
        ),
        pytest.param(
            "class Rows(models.QuerySet):\n    def clean(self):\n        self.filter(pk=1).delete()\n"
            "class Extra(models.Model):\n    objects = Rows.as_manager()",
            "queryset",
            "shop.Extra",
            id="queryset class",
        ),
        pytest.param(
            "class Rows(models.Manager):\n    def clean(self):\n        self.filter(pk=1).delete()\n"
            "class Extra(models.Model):\n    objects = Rows()",
            "queryset",
            "shop.Extra",
            id="manager class",
        ),
        pytest.param(
            "class Rows(models.Manager):\n    def clean(self):\n        self.model.objects.all().delete()\n"
            "class Extra(models.Model):\n    objects = Rows()",
            "queryset",
            "shop.Extra",
            id="self.model of a manager",
        ),
        pytest.param(
            "class Soft(models.Model):\n    class Meta:\n        abstract = True\n"
            "    def clean(self):\n        self.delete()\n"
            "class Extra(Soft): pass",
            "instance",
            "shop.Extra",
            id="abstract model with one heir",
        ),
        pytest.param(
            "class Soft(models.Model):\n    class Meta:\n        abstract = True\n"
            "    def clean(self):\n        self.delete()\n"
            "class Extra(Soft): pass\nclass Other(Soft): pass",
            "instance",
            "shop.Soft",
            id="abstract model with two heirs",
        ),
    ],
)
def test_self_in_models_managers_and_querysets(tmp_path: Path, code: str, kind: str, model: str) -> None:
    graph = read_shop(tmp_path, "from django.db import models\n" + code + "\n")
    assert (the_site(graph).kind, the_site(graph).model) == (kind, model)


def test_super_delete_in_an_override_is_known_as_such(tmp_path: Path) -> None:
    graph = read_shop(
        tmp_path,
        """
        class Order(models.Model):
            def delete(self, *args, **kwargs):
                self.line_set.all().delete()
                return super().delete(*args, **kwargs)

        class Line(models.Model):
            order = models.ForeignKey(Order, models.CASCADE)
        """,
    )
    assert [(site.model, site.override_super, site.leaf_first) for site in graph.deletes] == [
        ("shop.Line", False, ()),
        ("shop.Order", True, ("shop.Line",)),
    ]


VIEWS = """
from django import forms
from django.contrib import admin
from django.views.generic import DeleteView, DetailView, FormView, ListView, UpdateView, View
from django.views.generic.detail import SingleObjectMixin
from rest_framework import mixins, serializers, viewsets
from rest_framework.views import APIView
"""


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (
            "class V(DeleteView):\n    model = Order\n    def form_valid(self, form):\n        self.object.delete()",
            "instance",
        ),
        (
            "class V(DetailView):\n    model = Order\n    def post(self, request):\n        self.get_object().delete()",
            "instance",
        ),
        (
            "class V(DetailView):\n    queryset = Order.objects.all()\n"
            "    def post(self, request):\n        self.get_object().delete()",
            "instance",
        ),
        (
            "class V(ListView):\n    model = Order\n    def post(self, request):\n        self.get_queryset().delete()",
            "queryset",
        ),
        (
            "class V(DetailView):\n    def get_queryset(self):\n        return Order.objects.filter(code='')\n"
            "    def post(self, request):\n        self.get_object().delete()",
            "instance",
        ),
        (
            "class V(SingleObjectMixin, View):\n    def get_object(self, queryset=None):\n"
            "        return Order.objects.get(pk=1)\n"
            "    def post(self, request):\n        self.object = self.get_object()\n        self.object.delete()",
            "instance",
        ),
        (
            "class Base(DetailView):\n    model = Order\nclass V(Base):\n"
            "    def post(self, request):\n        obj = super().get_object()\n        obj.delete()",
            "instance",
        ),
        (
            "class V(View):\n    def setup(self, request, pk):\n        self.order = get_object_or_404(Order, pk=pk)\n"
            "    def post(self, request):\n        self.order.delete()",
            "instance",
        ),
        (
            "class V(View):\n    def dispatch(self, request, pk):\n        self.thing = Order.objects.get(pk=pk)\n"
            "        return super().dispatch(request, pk)\n"
            "    def post(self, request):\n        self.thing.delete()",
            "instance",
        ),
        (
            "class V(viewsets.ModelViewSet):\n    queryset = Order.objects.all()\n"
            "    def perform_destroy(self, instance):\n        instance.delete()",
            "instance",
        ),
        (
            "class V(viewsets.ModelViewSet):\n    queryset = Order.objects.all()\n"
            "    def clear(self, request):\n        self.filter_queryset(self.get_queryset()).delete()",
            "queryset",
        ),
        (
            "class S(serializers.ModelSerializer):\n    class Meta:\n        model = Order\n"
            "class V(viewsets.ModelViewSet):\n    serializer_class = S\n"
            "    def perform_destroy(self, instance):\n        instance.delete()",
            "instance",
        ),
        (
            "class S(serializers.ModelSerializer):\n    class Meta:\n        model = Order\n"
            "    def update(self, instance, validated_data):\n        instance.delete()",
            "instance",
        ),
        (
            "class F(forms.ModelForm):\n    class Meta:\n        model = Order\n"
            "    def save(self, commit=True):\n        self.instance.delete()",
            "instance",
        ),
        (
            "class F(forms.ModelForm):\n    class Meta:\n        model = Order\n"
            "    def save(self, commit=True):\n        obj = super().save(commit=False)\n        obj.delete()",
            "instance",
        ),
        (
            "class F(forms.ModelForm):\n    class Meta:\n        model = Order\n"
            "def clean(request):\n    form = F(request.POST)\n    form.save().delete()",
            "instance",
        ),
        (
            "class F(forms.ModelForm):\n    class Meta:\n        model = Order\n"
            "class V(UpdateView):\n    form_class = F\n    def post(self, request):\n"
            "        self.get_object().delete()",
            "instance",
        ),
        (
            "@admin.register(Order)\nclass A(admin.ModelAdmin):\n"
            "    def delete_queryset(self, request, queryset):\n        queryset.delete()",
            "queryset",
        ),
        (
            "@admin.register(Order)\nclass A(admin.ModelAdmin):\n"
            "    def delete_model(self, request, obj):\n        obj.delete()",
            "instance",
        ),
        (
            "class A(admin.ModelAdmin):\n    def delete_queryset(self, request, queryset):\n        queryset.delete()\n"
            "admin.site.register(Order, A)",
            "queryset",
        ),
        (
            "class I(admin.TabularInline):\n    model = Order\n    def clean(self, obj):\n        obj.delete()",
            "instance",
        ),
    ],
)
def test_classes_that_are_about_one_model(tmp_path: Path, code: str, kind: str) -> None:
    (site,) = sites(tmp_path, VIEWS + code + "\n")
    assert (site.kind, site.model) == (kind, "shop.Order")


# --- what only the callers know -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("def purge(rows):\n    rows.delete()\ndef clean():\n    purge(Order.objects.all())", "queryset"),
        (
            "def purge(rows):\n    rows.filter(pk=1).delete()\ndef clean():\n    purge(rows=Order.objects.all())",
            "queryset",
        ),
        ("def purge(thing):\n    thing.delete()\ndef clean():\n    purge(Order.objects.get(pk=1))", "instance"),
        (
            "def purge(things):\n    for t in things:\n        t.delete()\ndef clean():\n"
            "    purge([Order.objects.get(pk=1)])",
            "instance",
        ),
        (
            "def purge(things):\n    for t in things:\n        t.delete()\ndef clean():\n"
            "    purge(Order.objects.all())",
            "instance",
        ),
        (
            "class Tool:\n    def purge(self, thing):\n        thing.delete()\n"
            "    def clean(self):\n        self.purge(Order.objects.get(pk=1))",
            "instance",
        ),
        (
            "from celery import shared_task\n@shared_task\ndef purge(model):\n    model.objects.all().delete()\n"
            "def clean():\n    purge.delay(Order)",
            "queryset",
        ),
        ("def purge(model):\n    model.objects.all().delete()\ndef clean():\n    purge(Order)", "queryset"),
    ],
    ids=spelled,
)
def test_a_parameter_is_what_the_callers_pass(tmp_path: Path, code: str, kind: str) -> None:
    (site,) = sites(tmp_path, "\n" + code + "\n")
    assert (site.kind, site.model, site.guessed) == (kind, "shop.Order", False)


def test_callers_in_another_module_are_asked(tmp_path: Path) -> None:
    (site,) = sites(
        tmp_path,
        "\ndef purge(thing):\n    thing.delete()\n",
        callers="from shop.code import purge\nfrom shop.models import Line\ndef go():\n"
        "    purge(Line.objects.first())\n",
    )
    assert (site.kind, site.model) == ("instance", "shop.Line")


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("order.delete()", id="a variable that spells a model"),
        pytest.param("unknown.order.delete()", id="an attribute that spells a model"),
        pytest.param("unknown.orders.all().delete()", id="the only accessor of that name"),
    ],
)
def test_what_rests_on_a_name_alone_is_marked_as_a_guess(tmp_path: Path, body: str) -> None:
    site = one_site(tmp_path, body, "def clean(request, unknown, order):")
    assert site.model == "shop.Order"
    assert site.guessed


def test_what_nobody_can_tell_is_an_instance_of_no_model(tmp_path: Path) -> None:
    site = one_site(tmp_path, "unknown.thing.delete()")
    assert (site.kind, site.model, site.guessed) == ("instance", None, True)


# --- filters, narrowing -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "kind", "unbounded"),
    [
        ("Order.objects.all()", "none", True),
        ("Order.objects.get_queryset()", "none", True),
        ("Order.objects.order_by('pk')", "none", True),
        ("Order.objects.filter()", "none", True),
        ("Order.objects.filter(pk=1)", "pk", False),
        ("Order.objects.filter(id=1)", "pk", False),
        ("Order.objects.filter(pk__exact=1)", "pk", False),
        ("Order.objects.filter(pk__in=[1, 2])", "pk-in", False),
        ("Order.objects.filter(pk__in=unknown)", "pk-in", True),
        ("Order.objects.filter(id__in=unknown[:100])", "pk-in", False),
        ("Customer.objects.filter(name='x')", "unique", False),
        ("Invoice.objects.filter(order=unknown)", "unique", False),
        ("Invoice.objects.filter(order_id=1)", "unique", False),
        ("Order.objects.filter(customer=unknown)", "fk", True),
        ("Order.objects.filter(customer_id=1)", "fk", True),
        ("Order.objects.filter(customer__name='x')", "fk", True),
        ("Order.objects.filter(code='x')", "other", True),
        ("Order.objects.filter(pk__gt=1)", "other", True),
        ("Order.objects.exclude(pk=1)", "other", True),
        ("Order.objects.filter(Q(code='x'))", "other", True),
        ("Order.objects.filter(Q(code='x'), pk=1)", "pk", False),
        ("Order.objects.filter(code='x').filter(pk=1)", "pk", False),
        ("Order.objects.filter(**unknown)", "unknown", True),
        ("Customer.objects.get(pk=1).orders.all()", "fk", True),
        ("Customer.objects.get(pk=1).orders.filter(pk=1)", "pk", False),
        ("Order.objects.stale()", "other", True),
    ],
    ids=spelled,
)
def test_what_narrows_the_rows(tmp_path: Path, query: str, kind: str, unbounded: bool) -> None:
    site = one_site(tmp_path, f"{query}.delete()")
    assert (site.filter, site.unbounded) == (kind, unbounded)


@pytest.mark.parametrize(
    ("chain", "attribute", "value"),
    [
        (".only('pk')", "only", ("pk",)),
        (".only('pk', 'code')", "only", ("pk", "code")),
        (".defer('code')", "defer", ("code",)),
        (".only('pk').filter(code='')", "only", ("pk",)),
        (".values('pk')", "values", True),
        (".values_list('pk')", "values", True),
        ("[:10]", "sliced", True),
        (".order_by('pk')[5:]", "sliced", True),
        (".distinct()", "distinct", True),
        (".distinct('code')", "distinct", True),
        (".all()", "distinct", False),
        (".only('pk').only('code')", "only", ("code",)),
        (".defer('code').defer('photo')", "defer", ("code", "photo")),
        (".values('pk').all()", "values", True),
    ],
    ids=spelled,
)
def test_what_a_queryset_was_narrowed_with(tmp_path: Path, chain: str, attribute: str, value: object) -> None:
    site = one_site(tmp_path, f"Order.objects.filter(code=''){chain}._raw_delete('default')")
    assert getattr(site, attribute) == value


# --- loops and batches --------------------------------------------------------------------------------------------

BATCHES = [
    pytest.param(
        "keys = list(Order.objects.values_list('pk', flat=True))\n"
        "for start in range(0, len(keys), 500):\n"
        "    Order.objects.filter(pk__in=keys[start:start + 500]).delete()",
        id="slices of keys",
    ),
    pytest.param(
        "while True:\n"
        "    keys = Order.objects.values_list('pk', flat=True)[:500]\n"
        "    if not keys:\n        break\n"
        "    Order.objects.filter(pk__in=list(keys)).delete()",
        id="while with a slice of keys",
    ),
    pytest.param(
        "while keys := list(Order.objects.values_list('pk', flat=True)[:500]):\n"
        "    Order.objects.filter(pk__in=keys).delete()",
        id="while with a walrus",
    ),
    pytest.param(
        "while Order.objects.exists():\n    Order.objects.filter(pk__in=Order.objects.values('pk')[:500]).delete()",
        id="while exists with a subquery",
    ),
    pytest.param(
        "rows = Order.objects.all()\nwhile rows.exists():\n"
        "    keys = rows.values_list('pk', flat=True)[:500]\n    Order.objects.filter(pk__in=keys).delete()",
        id="a slice of another queryset",
    ),
    pytest.param(
        "for page in Paginator(Order.objects.order_by('pk'), 500):\n"
        "    Order.objects.filter(pk__in=[o.pk for o in page.object_list]).delete()",
        id="Paginator",
    ),
    pytest.param(
        "p = Paginator(Order.objects.values_list('pk', flat=True), 500)\n"
        "for number in p.page_range:\n"
        "    Order.objects.filter(pk__in=p.page(number).object_list).delete()",
        id="Paginator by page numbers",
    ),
    pytest.param(
        "for keys in itertools.batched(Order.objects.values_list('pk', flat=True), 500):\n"
        "    Order.objects.filter(pk__in=keys).delete()",
        id="itertools.batched",
    ),
    pytest.param(
        "for keys in itertools.batched(Order.objects.values_list('pk', flat=True).iterator(), 500):\n"
        "    Order.objects.filter(pk__in=keys).delete()",
        id="batched over an iterator",
    ),
    pytest.param(
        "from more_itertools import chunked\nfor keys in chunked(Order.objects.values_list('pk', flat=True), 500):\n"
        "    Order.objects.filter(pk__in=keys).delete()",
        id="more_itertools.chunked",
    ),
    pytest.param(
        "for keys in chunked(Order.objects.values_list('pk', flat=True), 500):\n"
        "    Order.objects.filter(pk__in=keys).delete()",
        id="the project's own chunked",
    ),
    pytest.param(
        "for keys in pieces(list(Order.objects.values_list('pk', flat=True)), 500):\n"
        "    Order.objects.filter(pk__in=keys).delete()",
        id="the project's own by slices",
    ),
    pytest.param(
        "keys = []\nfor pk in Order.objects.values_list('pk', flat=True).iterator(chunk_size=500):\n"
        "    keys.append(pk)\n"
        "    if len(keys) >= 500:\n"
        "        Order.objects.filter(pk__in=keys).delete()\n        keys = []",
        id="iterator with a key list",
    ),
    pytest.param(
        "rows = iter(Order.objects.values_list('pk', flat=True))\n"
        "while keys := list(itertools.islice(rows, 500)):\n"
        "    Order.objects.filter(pk__in=keys).delete()",
        id="islice",
    ),
    pytest.param(
        "while True:\n"
        "    keys = [o.pk for o in Order.objects.only('pk')[:500]]\n"
        "    deleted, _ = Order.objects.filter(pk__in=keys).delete()\n"
        "    if not deleted:\n        break",
        id="a comprehension over a slice",
    ),
    pytest.param(
        "last = 0\nwhile True:\n"
        "    keys = list(Order.objects.filter(pk__gt=last).order_by('pk').values_list('pk', flat=True)[:500])\n"
        "    if not keys:\n        return\n"
        "    Order.objects.filter(pk__in=keys).delete()\n    last = keys[-1]",
        id="keyset pages",
    ),
    pytest.param(
        "for start in range(0, 10000, 500):\n    Order.objects.filter(pk__gte=start, pk__lt=start + 500).delete()",
        id="ranges of keys",
    ),
    pytest.param(
        "for start in range(0, 10000, 500):\n    Order.objects.filter(pk__range=(start, start + 499)).delete()",
        id="pk__range",
    ),
    pytest.param(
        "deleted = 1\nwhile deleted:\n"
        "    with transaction.atomic():\n"
        "        keys = Order.objects.select_for_update(skip_locked=True).values_list('pk', flat=True)[:500]\n"
        "        deleted, _ = Order.objects.filter(pk__in=list(keys)).delete()",
        id="a transaction for each batch",
    ),
]


@pytest.mark.parametrize("body", BATCHES)
def test_a_delete_in_batches_is_known_to_be(tmp_path: Path, body: str) -> None:
    helper = """
def chunked(rows, size):
    rows = iter(rows)
    while piece := list(itertools.islice(rows, size)):
        yield piece

def pieces(rows, size):
    for start in range(0, len(rows), size):
        yield rows[start:start + size]
"""
    (site,) = sites(tmp_path, helper + in_function(body))
    assert (site.kind, site.model) == ("queryset", "shop.Order")
    assert site.batched
    assert not site.unbounded


def test_the_rest_after_a_batch_loop_is_small(tmp_path: Path) -> None:
    found = sites(
        tmp_path,
        in_function(
            "keys = []\n"
            "for pk in Order.objects.values_list('pk', flat=True).iterator():\n"
            "    keys.append(pk)\n"
            "    if len(keys) == 500:\n"
            "        Order.objects.filter(pk__in=keys).delete()\n"
            "        keys.clear()\n"
            "Order.objects.filter(pk__in=keys).delete()"
        ),
    )
    assert [(site.batched, site.unbounded) for site in found] == [(True, False), (True, False)]


def test_a_batch_helper_is_batched_for_the_queryset_that_it_is_given(tmp_path: Path) -> None:
    (site,) = sites(
        tmp_path,
        """
def delete_in_batches(queryset, size=500):
    while True:
        keys = list(queryset.values_list("pk", flat=True)[:size])
        if not keys:
            break
        queryset.model.objects.filter(pk__in=keys).delete()

def clean():
    delete_in_batches(Order.objects.filter(code=""))
""",
    )
    assert (site.kind, site.model, site.batched) == ("queryset", "shop.Order", True)


def test_the_rest_branch_of_a_batch_helper_is_batched_too(tmp_path: Path) -> None:
    found = sites(
        tmp_path,
        """
def delete_in_batches(queryset, size=500):
    if queryset.count() <= size:
        queryset.delete()
        return
    while True:
        keys = list(queryset.values_list("pk", flat=True)[:size])
        if not keys:
            break
        queryset.filter(pk__in=keys).delete()

def clean():
    delete_in_batches(Order.objects.filter(code=""))
""",
    )
    assert [site.batched for site in found] == [True, True]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("Order.objects.all().delete()", id="all at once"),
        pytest.param("Order.objects.filter(pk__in=Order.objects.values('pk')).delete()", id="a subquery of all"),
        pytest.param(
            "keys = list(Order.objects.values_list('pk', flat=True))\nOrder.objects.filter(pk__in=keys).delete()",
            id="all keys at once",
        ),
        pytest.param(
            "for customer in Customer.objects.all():\n    customer.orders.all().delete()", id="all rows of each parent"
        ),
        pytest.param(
            "for code in ('a', 'b'):\n    Order.objects.filter(code=code).delete()", id="one filter after another"
        ),
        pytest.param("for i in range(3):\n    Order.objects.all().delete()", id="the same again"),
        pytest.param("while Order.objects.exists():\n    Order.objects.all().delete()", id="while with all"),
    ],
)
def test_what_only_looks_like_a_batch_is_none(tmp_path: Path, body: str) -> None:
    site = one_site(tmp_path, body)
    assert not site.batched
    assert site.unbounded


@pytest.mark.parametrize(
    ("body", "line", "model"),
    [
        ("for order in Order.objects.all():\n    order.delete()", 15, "shop.Order"),
        ("for order in Order.objects.filter(code='').iterator():\n    order.delete()", 15, "shop.Order"),
        ("for order in list(Order.objects.all()):\n    order.delete()", 15, "shop.Order"),
        ("[order.delete() for order in Order.objects.all()]", 15, "shop.Order"),
        ("for pk in unknown:\n    Order.objects.filter(pk=pk).delete()", 15, None),
        (
            "for pk in Order.objects.values_list('pk', flat=True):\n    Order.objects.get(pk=pk).delete()",
            15,
            "shop.Order",
        ),
        ("for c in Customer.objects.all():\n    for o in c.orders.all():\n        o.delete()", 16, "shop.Order"),
        ("while unknown:\n    Order.objects.first().delete()", 15, None),
    ],
)
def test_a_delete_on_each_turn_of_a_loop(tmp_path: Path, body: str, line: int, model: str | None) -> None:
    site = one_site(tmp_path, body)
    assert site.in_loop
    assert site.loop is not None
    assert (site.loop.place.line, site.loop.model) == (line, model)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(
            "for x in unknown:\n    if x:\n        Order.objects.get(pk=x).delete()\n        break", id="break"
        ),
        pytest.param("for x in unknown:\n    Order.objects.get(pk=x).delete()\n    return", id="return"),
        pytest.param("for x in unknown:\n    return Order.objects.get(pk=x).delete()", id="returned"),
        pytest.param("for x in unknown:\n    pass\nOrder.objects.get(pk=x).delete()", id="after the loop"),
        pytest.param("for x in unknown:\n    pass\nelse:\n    Order.objects.get(pk=1).delete()", id="else of the loop"),
        pytest.param("for x in Order.objects.get(pk=1).delete():\n    pass", id="what the loop runs over"),
        pytest.param(
            "for x in unknown:\n    def later():\n        Order.objects.get(pk=1).delete()",
            id="a function defined in it",
        ),
        pytest.param(
            "while True:\n    try:\n        Order.objects.get(pk=1).delete()\n        break\n"
            "    except OSError:\n        continue",
            id="a retry loop",
        ),
    ],
)
def test_a_delete_that_runs_once_is_not_in_a_loop(tmp_path: Path, body: str) -> None:
    assert not one_site(tmp_path, body).in_loop


# --- children first -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "before",
    [
        "Line.objects.filter(order__customer=customer).delete()",
        "Line.objects.filter(order__customer=customer)._raw_delete('default')",
        "purge(Line.objects.filter(order__customer=customer))",
        "purge(queryset=Line.objects.all())",
        "if customer.pk:\n    Line.objects.filter(order__customer=customer).delete()",
        "with transaction.atomic():\n    Line.objects.all().delete()",
        "for order in customer.orders.all():\n    order.line_set.all().delete()",
    ],
    ids=spelled,
)
def test_children_deleted_before_their_parent_are_remembered(tmp_path: Path, before: str) -> None:
    found = sites(
        tmp_path,
        "\ndef purge(queryset):\n    queryset._raw_delete('default')\n"
        + in_function(f"{before}\ncustomer.delete()", "def clean(customer: Customer):"),
    )
    (last,) = (site for site in found if site.model == "shop.Customer")
    assert last.leaf_first == ("shop.Line",)


def test_a_batcher_that_the_settings_name_counts_as_a_delete_of_the_children(tmp_path: Path) -> None:
    found = sites(
        tmp_path,
        "from bulk import in_batches\n" + in_function("in_batches(Line.objects.all())\nOrder.objects.all().delete()"),
        Settings(batchers=("bulk.in_batches",)),
    )
    assert [site.leaf_first for site in found] == [("shop.Line",)]


def test_children_deleted_afterwards_do_not_count(tmp_path: Path) -> None:
    found = sites(tmp_path, in_function("Order.objects.all().delete()\nLine.objects.all().delete()"))
    assert found[0].leaf_first == ()


# --- muted receivers ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "muted"),
    [
        ("post_delete.disconnect(handler, sender=Order)\nOrder.objects.all().delete()", "disconnect"),
        (
            "post_delete.disconnect(handler, sender=Order)\ntry:\n    Order.objects.all().delete()\n"
            "finally:\n    post_delete.connect(handler, sender=Order)",
            "disconnect",
        ),
        (
            "from factory.django import mute_signals\nwith mute_signals(post_delete):\n"
            "    Order.objects.all().delete()",
            "receivers_emptied",
        ),
        (
            "kept = post_delete.receivers\npost_delete.receivers = []\n"
            "Order.objects.all().delete()\npost_delete.receivers = kept",
            "receivers_emptied",
        ),
        ("with quiet():\n    Order.objects.all().delete()", "disconnect"),
        ("with Quiet():\n    Order.objects.all().delete()", "disconnect"),
        ("Order.objects.all().delete()", None),
        ("post_delete.disconnect(handler)\npost_delete.connect(handler)\nOrder.objects.all().delete()", None),
        (
            "kept = post_delete.receivers\npost_delete.receivers = []\n"
            "post_delete.receivers = kept\nOrder.objects.all().delete()",
            None,
        ),
        (
            "from factory.django import mute_signals\nwith mute_signals(post_delete):\n"
            "    pass\nOrder.objects.all().delete()",
            None,
        ),
    ],
    ids=spelled,
)
def test_receivers_that_are_muted_around_a_delete(tmp_path: Path, body: str, muted: str | None) -> None:
    found = sites(
        tmp_path,
        """
from contextlib import contextmanager

def handler(**kwargs): pass

@contextmanager
def quiet():
    post_delete.disconnect(handler)
    yield
    post_delete.connect(handler)

class Quiet:
    def __enter__(self):
        post_delete.disconnect(handler)
    def __exit__(self, *args):
        post_delete.connect(handler)
"""
        + in_function(body),
    )
    assert [site.muted for site in found] == [muted]


def test_a_decorator_that_mutes(tmp_path: Path) -> None:
    found = sites(
        tmp_path,
        "from factory.django import mute_signals\n@mute_signals(pre_delete, post_delete)\ndef clean():\n"
        "    Order.objects.all().delete()\n",
    )
    assert [site.muted for site in found] == ["receivers_emptied"]


def test_a_muter_that_the_settings_name(tmp_path: Path) -> None:
    found = sites(
        tmp_path,
        "from bulk import silence\n" + in_function("with silence():\n    Order.objects.all().delete()"),
        Settings(muters=("bulk.silence",)),
    )
    assert [site.muted for site in found] == ["muter"]


# --- migrations ---------------------------------------------------------------------------------------------------

MIGRATION = """
from django.db import migrations

def forwards(apps, schema_editor):
    Order = apps.get_model("shop", "Order")
    Order.objects.all().delete()

def backwards(apps, schema_editor):
    for line in apps.get_model("shop.Line").objects.all():
        line.delete()

def unused(apps, schema_editor):
    apps.get_model("shop", "Order").objects.all().delete()

class Migration(migrations.Migration):
    dependencies = []
    operations = [{}]
"""


@pytest.mark.parametrize(
    "operation",
    [
        "migrations.RunPython(forwards, backwards)",
        "migrations.RunPython(code=forwards, reverse_code=backwards)",
        "migrations.RunPython(\n        forwards,\n        reverse_code=backwards,\n    )",
        "migrations.RunPython(forwards, backwards, elidable=True)",
        "migrations.RunPython(reverse_code=backwards, code=forwards)",
    ],
    ids=spelled,
)
def test_what_run_python_calls_is_read_with_historical_models(tmp_path: Path, operation: str) -> None:
    graph = read(
        tmp_path,
        {
            "shop/models.py": "from django.db import models\n" + MODELS,
            "shop/migrations/0001_x.py": MIGRATION.format(operation),
        },
    )
    found = [site for site in graph.deletes if "migrations" in site.place.file]
    assert {(site.scope, site.kind, site.model) for site in found} == {
        ("forwards", "queryset", "shop.Order"),
        ("backwards", "instance", "shop.Line"),
    }
    assert all(site.historical for site in found)


def test_a_delete_outside_a_migration_is_not_historical(tmp_path: Path) -> None:
    assert not one_site(tmp_path, "Order.objects.all().delete()").historical


# --- places -------------------------------------------------------------------------------------------------------


def test_a_site_spans_from_the_name_of_the_method_to_the_closing_bracket(tmp_path: Path) -> None:
    place = one_site(tmp_path, "(\n    Order.objects\n    .all()\n    .delete(\n    )\n)").place
    assert (place.line, place.column, place.end_line, place.end_column) == (18, 10, 19, 10)


def test_a_site_knows_the_function_that_it_stands_in(tmp_path: Path) -> None:
    found = sites(
        tmp_path,
        "\nOrder.objects.all().delete()\n"
        "class Tool:\n    def clean(self):\n        Order.objects.all().delete()\n"
        "    class Inner:\n        def clean(self):\n            Order.objects.all().delete()\n",
    )
    assert [site.scope for site in found] == ["", "Tool.clean", "Tool.Inner.clean"]


def test_every_site_is_listed_once(tmp_path: Path) -> None:
    graph: ProjectGraph = read(
        tmp_path,
        packaged({"shop/models.py": "from django.db import models\n" + MODELS, "shop/code.py": PRELUDE + BATCHES_CODE}),
    )
    places = [site.place for site in graph.deletes]
    assert len(places) == len(set(places)) == 5


BATCHES_CODE = """
def outer():
    def inner():
        Order.objects.all().delete()
    inner()
    inner()
    after = lambda: Line.objects.all().delete()
    after()
    after()
"""


def test_who_calls_a_function_is_found_in_a_large_project_as_in_a_small_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def models_deleted() -> list[str | None]:
        return [
            site.model
            for site in read_shop(
                tmp_path,
                "class Order(models.Model):\n    pass\nclass Basket(models.Model):\n    pass\n",
                services="def purge(rows):\n    rows.delete()\n\n\ndef drop(row):\n    row.delete()\n",
                views="""
                    from shop.models import Basket, Order
                    from shop.services import drop, purge
                    def view(request):
                        purge(Order.objects.all())
                    def other(request):
                        drop (Basket.objects.get(pk=1))
                """,
            ).deletes
        ]

    after_few_searches = models_deleted()
    monkeypatch.setattr("delete_lint.source.callers._MOST_SEARCHES", 0)
    assert models_deleted() == after_few_searches == ["shop.Order", "shop.Basket"]
