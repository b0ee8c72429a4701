"""Every relation that deleting a model can reach is read from source, with the on_delete that Django will see."""

from __future__ import annotations

from pathlib import Path

import pytest

from delete_lint.settings import Settings
from tests.source.project import edges, read, read_shop, spelled

ORDER_AND_LINE = """
class Order(models.Model):
    code = models.CharField(max_length=9, unique=True)

class Line(models.Model):
    order = {}
"""


# --- kinds of relations -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("declaration", "expected"),
    [
        pytest.param(
            "models.ForeignKey(Order, models.CASCADE)",
            {("shop.Line", "order", "fk", "CASCADE")},
            id="foreign key",
        ),
        pytest.param(
            "models.OneToOneField(Order, on_delete=models.PROTECT)",
            {("shop.Line", "order", "o2o", "PROTECT")},
            id="one to one",
        ),
        pytest.param(
            "models.ManyToManyField(Order)",
            {("shop.Line_order", "order", "m2m_through", "CASCADE")},
            id="automatic many-to-many table",
        ),
        pytest.param(
            "models.ForeignKey(Order, models.CASCADE, related_name='+')",
            {("shop.Line", "order", "fk", "CASCADE")},
            id="a relation without reverse accessor",
        ),
        pytest.param(
            "models.ForeignKey(on_delete=models.CASCADE, to=Order)",
            {("shop.Line", "order", "fk", "CASCADE")},
            id="keywords in any order",
        ),
        pytest.param(
            "models.ForeignKey[Order, Order](Order, on_delete=models.CASCADE)",
            {("shop.Line", "order", "fk", "CASCADE")},
            id="a subscripted field class",
        ),
    ],
)
def test_a_relation_is_an_edge_of_its_kind(tmp_path: Path, declaration: str, expected: set[object]) -> None:
    graph = read_shop(tmp_path, ORDER_AND_LINE.format(declaration))
    assert edges(graph, "shop.Order") == expected


def test_both_ends_of_an_automatic_many_to_many_table_are_reached(tmp_path: Path) -> None:
    graph = read_shop(tmp_path, ORDER_AND_LINE.format("models.ManyToManyField(Order)"))
    assert edges(graph, "shop.Line") == {("shop.Line_order", "line", "m2m_through", "CASCADE")}
    table = graph.models["shop.Line_order"]
    assert table.auto_created
    assert table.name == "Line_order"


def test_a_many_to_many_field_to_its_own_model_has_two_keys_there(tmp_path: Path) -> None:
    graph = read_shop(
        tmp_path,
        """
        class Person(models.Model):
            friends = models.ManyToManyField("self")
        """,
    )
    assert edges(graph, "shop.Person") == {
        ("shop.Person_friends", "from_person", "m2m_through", "CASCADE"),
        ("shop.Person_friends", "to_person", "m2m_through", "CASCADE"),
    }


@pytest.mark.parametrize("through", ["'Place'", "'shop.Place'", "'shop.place'"])
def test_an_explicit_through_model_is_reached_by_its_own_keys(tmp_path: Path, through: str) -> None:
    graph = read_shop(
        tmp_path,
        f"""
        class Order(models.Model):
            pass

        class Shelf(models.Model):
            orders = models.ManyToManyField(Order, through={through})

        class Place(models.Model):
            order = models.ForeignKey(Order, models.CASCADE)
            shelf = models.ForeignKey(Shelf, models.PROTECT)
        """,
    )
    assert edges(graph, "shop.Order") == {("shop.Place", "order", "fk", "CASCADE")}
    assert edges(graph, "shop.Shelf") == {("shop.Place", "shelf", "fk", "PROTECT")}
    assert not any(model.auto_created for model in graph.models.values())


@pytest.mark.parametrize(
    ("arguments", "attribute", "value"),
    [
        ("null=True", "null", True),
        ("blank=True", "null", False),
        ("to_field='code'", "to_field", "code"),
        ("db_constraint=False", "db_constraint", False),
    ],
)
def test_what_a_key_says_beside_its_target(tmp_path: Path, arguments: str, attribute: str, value: object) -> None:
    graph = read_shop(tmp_path, ORDER_AND_LINE.format(f"models.ForeignKey(Order, models.CASCADE, {arguments})"))
    (edge,) = graph.pointing_at("shop.Order")
    assert getattr(edge, attribute) == value


def test_an_edge_stands_where_the_field_does(tmp_path: Path) -> None:
    graph = read_shop(tmp_path, ORDER_AND_LINE.format("models.ForeignKey(Order, models.CASCADE)"))
    (edge,) = graph.pointing_at("shop.Order")
    assert str(edge.place) == "shop/models.py:7"


# --- targets ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "target",
    [
        pytest.param("Order", id="the class"),
        pytest.param("'Order'", id="its name"),
        pytest.param("'shop.Order'", id="its label"),
        pytest.param("'shop.order'", id="its label in lower case"),
        pytest.param("ORDER", id="a constant"),
        pytest.param("LABELS['order']", id="a constant in a dictionary"),
        pytest.param("'shop' + '.Order'", id="two strings added"),
        pytest.param("'shop.' 'Order'", id="two strings side by side"),
        pytest.param("Config.target", id="an attribute of a class"),
    ],
)
def test_every_way_to_name_the_target_of_a_key(tmp_path: Path, target: str) -> None:
    graph = read_shop(
        tmp_path,
        f"""
        APP = "shop"
        ORDER = "shop.Order"
        LABELS = {{"order": "shop.Order"}}

        class Config:
            target = "shop.Order"

        class Order(models.Model):
            pass

        class Line(models.Model):
            order = models.ForeignKey({target}, models.CASCADE)
        """,
    )
    assert edges(graph, "shop.Order") == {("shop.Line", "order", "fk", "CASCADE")}


def test_a_key_to_a_model_further_down_is_found_by_name(tmp_path: Path) -> None:
    graph = read_shop(
        tmp_path,
        """
        class Line(models.Model):
            order = models.ForeignKey("Order", models.CASCADE)

        class Order(models.Model):
            pass
        """,
    )
    assert edges(graph, "shop.Order") == {("shop.Line", "order", "fk", "CASCADE")}


def test_a_key_to_self_is_an_edge_from_the_model_to_itself(tmp_path: Path) -> None:
    graph = read_shop(
        tmp_path,
        """
        class Node(models.Model):
            parent = models.ForeignKey("self", models.CASCADE, null=True)
        """,
    )
    assert edges(graph, "shop.Node") == {("shop.Node", "parent", "fk", "CASCADE")}


def test_self_in_an_abstract_base_is_the_inheriting_model(tmp_path: Path) -> None:
    graph = read_shop(
        tmp_path,
        """
        class Tree(models.Model):
            parent = models.ForeignKey("self", models.CASCADE, null=True)
            class Meta:
                abstract = True

        class Page(Tree): pass
        class Folder(Tree): pass
        """,
    )
    assert edges(graph, "shop.Page") == {("shop.Page", "parent", "fk", "CASCADE")}
    assert edges(graph, "shop.Folder") == {("shop.Folder", "parent", "fk", "CASCADE")}


def test_a_bare_name_in_an_abstract_base_is_looked_for_in_the_app_of_the_inheriting_model(tmp_path: Path) -> None:
    # django/db/models/fields/related.py, `resolve_relation`: the scope is the concrete model's app.
    graph = read(
        tmp_path,
        {
            "core/models.py": """
            from django.db import models

            class Owner(models.Model):
                pass

            class Owned(models.Model):
                owner = models.ForeignKey("Owner", models.CASCADE)
                class Meta:
                    abstract = True
            """,
            "shop/models.py": """
            from django.db import models
            from core.models import Owned

            class Owner(models.Model):
                pass

            class Line(Owned):
                pass
            """,
        },
    )
    assert edges(graph, "shop.Owner") == {("shop.Line", "owner", "fk", "CASCADE")}
    assert edges(graph, "core.Owner") == set()


@pytest.mark.parametrize(
    ("imports", "target"),
    [
        pytest.param("from crm.models import Customer", "Customer", id="imported class"),
        pytest.param("from crm.models import Customer as C", "C", id="imported under another name"),
        pytest.param("from crm import models as crm", "crm.Customer", id="imported module under another name"),
        pytest.param("import crm.models", "crm.models.Customer", id="imported by its dotted path"),
        pytest.param("", "'crm.Customer'", id="label"),
        pytest.param("from django.apps import apps", "apps.get_model('crm', 'Customer')", id="app registry"),
    ],
)
def test_a_target_in_another_app(tmp_path: Path, imports: str, target: str) -> None:
    graph = read(
        tmp_path,
        {
            "crm/models.py": "from django.db import models\nclass Customer(models.Model): pass\n",
            "shop/models.py": f"from django.db import models\n{imports}\n"
            f"class Order(models.Model):\n    customer = models.ForeignKey({target}, models.CASCADE)\n",
        },
    )
    assert edges(graph, "crm.Customer") == {("shop.Order", "customer", "fk", "CASCADE")}


USER_TARGETS = [
    pytest.param("from django.conf import settings", "settings.AUTH_USER_MODEL", id="settings.AUTH_USER_MODEL"),
    pytest.param("from django import conf", "conf.settings.AUTH_USER_MODEL", id="conf.settings.AUTH_USER_MODEL"),
    pytest.param("from django.contrib.auth import get_user_model", "get_user_model()", id="get_user_model()"),
    pytest.param(
        "from django.contrib.auth import get_user_model\nUser = get_user_model()", "User", id="User = get_user_model()"
    ),
    pytest.param(
        "from django.conf import settings\nUSER = getattr(settings, 'AUTH_USER_MODEL', 'auth.User')",
        "USER",
        id="getattr(settings, ...)",
    ),
    pytest.param("from django.contrib import auth", "auth.get_user_model()", id="auth.get_user_model()"),
]


@pytest.mark.parametrize(("imports", "target"), USER_TARGETS)
def test_the_user_is_djangos_own_where_no_setting_says_otherwise(tmp_path: Path, imports: str, target: str) -> None:
    graph = read_shop(
        tmp_path,
        f"{imports}\nclass Order(models.Model):\n    user = models.ForeignKey({target}, models.CASCADE)\n",
    )
    assert ("shop.Order", "user", "fk", "CASCADE") in edges(graph, "auth.User")
    assert not graph.models["auth.User"].own


@pytest.mark.parametrize(("imports", "target"), USER_TARGETS)
def test_the_user_is_the_model_that_the_settings_name(tmp_path: Path, imports: str, target: str) -> None:
    graph = read(
        tmp_path,
        {
            "site_/settings.py": 'AUTH_USER_MODEL = "people.Person"\n',
            "people/models.py": """
            from django.contrib.auth.models import AbstractUser
            class Person(AbstractUser): pass
            """,
            "shop/models.py": f"from django.db import models\n{imports}\n"
            f"class Order(models.Model):\n    user = models.ForeignKey({target}, models.CASCADE)\n",
        },
    )
    assert ("shop.Order", "user", "fk", "CASCADE") in edges(graph, "people.Person")


def test_the_projects_own_user_brings_the_many_to_many_tables_of_its_abstract_base(tmp_path: Path) -> None:
    graph = read(
        tmp_path,
        {
            "site_/settings.py": 'AUTH_USER_MODEL = "people.Person"\n',
            "people/models.py": "from django.contrib.auth.models import AbstractUser\n"
            "class Person(AbstractUser): pass\n",
        },
    )
    assert edges(graph, "people.Person") == {
        ("people.Person_groups", "person", "m2m_through", "CASCADE"),
        ("people.Person_user_permissions", "person", "m2m_through", "CASCADE"),
    }


def test_a_swapped_out_model_is_known_to_be_and_its_keys_have_no_table(tmp_path: Path) -> None:
    graph = read(
        tmp_path,
        {
            "site_/settings.py": 'ORDER_MODEL = "mine.MyOrder"\n',
            "shop/models.py": """
            from django.conf import settings
            from django.db import models

            class Customer(models.Model):
                pass

            class AbstractOrder(models.Model):
                customer = models.ForeignKey(Customer, models.CASCADE)
                class Meta:
                    abstract = True

            class Order(AbstractOrder):
                class Meta:
                    swappable = "ORDER_MODEL"

            class Line(models.Model):
                order = models.ForeignKey(settings.ORDER_MODEL, models.CASCADE)
            """,
            "mine/models.py": "from shop.models import AbstractOrder\nclass MyOrder(AbstractOrder): pass\n",
        },
    )
    assert graph.models["shop.Order"].swapped == "mine.MyOrder"
    assert edges(graph, "mine.MyOrder") == {("shop.Line", "order", "fk", "CASCADE")}
    assert edges(graph, "shop.Customer") == {("mine.MyOrder", "customer", "fk", "CASCADE")}


def test_a_swappable_model_that_is_not_swapped_stays(tmp_path: Path) -> None:
    graph = read(
        tmp_path,
        {
            "site_/settings.py": 'ORDER_MODEL = "shop.Order"\n',
            "shop/models.py": """
            from django.conf import settings
            from django.db import models

            class Order(models.Model):
                class Meta:
                    swappable = "ORDER_MODEL"

            class Line(models.Model):
                order = models.ForeignKey(settings.ORDER_MODEL, models.CASCADE)
            """,
        },
    )
    assert graph.models["shop.Order"].swapped is None
    assert edges(graph, "shop.Order") == {("shop.Line", "order", "fk", "CASCADE")}


# --- on_delete ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("handler", "expected"),
    [
        ("models.CASCADE", "CASCADE"),
        ("models.PROTECT", "PROTECT"),
        ("models.RESTRICT", "RESTRICT"),
        ("models.SET_NULL", "SET_NULL"),
        ("models.DO_NOTHING", "DO_NOTHING"),
        ("models.SET_DEFAULT", "SET_DEFAULT"),
        ("models.deletion.CASCADE", "CASCADE"),
        ("PROTECT", "PROTECT"),
        ("nullify", "SET_NULL"),
        ("db.models.SET_NULL", "SET_NULL"),
        ("models.SET(None)", "SET_VALUE"),
        ("models.SET(7)", "SET_VALUE"),
        ("models.SET(DEFAULT_PK)", "SET_VALUE"),
        ("models.SET(sentinel)", "SET_CALLABLE"),
        ("models.SET(sentinel())", "SET_VALUE"),
        ("models.SET(lambda: 1)", "SET_CALLABLE"),
        ("models.SET(Sentinels.get)", "SET_CALLABLE"),
        ("models.DB_CASCADE", "DB_CASCADE"),
        ("models.DB_SET_NULL", "DB_SET_NULL"),
        ("models.DB_SET_DEFAULT", "DB_SET_DEFAULT"),
        ("HANDLER", "PROTECT"),
        ("Handlers.strict", "RESTRICT"),
    ],
    ids=spelled,
)
def test_each_spelling_of_on_delete(tmp_path: Path, handler: str, expected: str) -> None:
    graph = read_shop(
        tmp_path,
        f"""
        from functools import partial
        from django import db
        from django.db.models import PROTECT, SET, SET_NULL as nullify

        DEFAULT_PK = 1
        HANDLER = models.PROTECT

        def sentinel():
            return Order.objects.get_or_create(code="deleted")[0]

        class Sentinels:
            @staticmethod
            def get():
                return 1

        class Handlers:
            strict = models.RESTRICT

        class Order(models.Model):
            pass

        class Line(models.Model):
            order = models.ForeignKey(Order, on_delete={handler}, null=True, default=1)
        """,
    )
    (edge,) = graph.pointing_at("shop.Order")
    assert edge.on_delete == expected


@pytest.mark.parametrize(
    ("body", "wraps"),
    [
        pytest.param("models.CASCADE(collector, field, sub_objs, using)", True, id="calls CASCADE"),
        pytest.param("raise models.ProtectedError('no', sub_objs)", False, id="protects"),
    ],
)
def test_a_function_of_the_projects_own_keeps_its_name_and_whether_it_cascades(
    tmp_path: Path, body: str, wraps: bool
) -> None:
    graph = read_shop(
        tmp_path,
        """
        from shop.handlers import archive

        class Order(models.Model): pass

        class Line(models.Model):
            order = models.ForeignKey(Order, on_delete=archive)
        """,
        handlers=f"from django.db import models\ndef archive(collector, field, sub_objs, using):\n    {body}\n",
    )
    (edge,) = graph.pointing_at("shop.Order")
    assert (edge.on_delete, edge.wraps_cascade) == ("shop.handlers.archive", wraps)


@pytest.mark.parametrize(("version", "expected"), [("5.2", "CASCADE"), ("6.1", "DB_CASCADE")])
@pytest.mark.parametrize(
    "choice",
    [
        pytest.param("HANDLER = models.DB_CASCADE if django.VERSION >= (6, 1) else models.CASCADE", id="conditional"),
        pytest.param(
            "if django.VERSION >= (6, 1):\n    HANDLER = models.DB_CASCADE\nelse:\n    HANDLER = models.CASCADE",
            id="if and else",
        ),
        pytest.param("HANDLER = getattr(models, 'DB_CASCADE', models.CASCADE)", id="getattr with a default"),
        pytest.param(
            "try:\n    from django.db.models import DB_CASCADE as HANDLER\n"
            "except ImportError:\n    from django.db.models import CASCADE as HANDLER",
            id="import or except",
        ),
    ],
)
def test_a_handler_chosen_by_djangos_version_is_that_of_the_version_in_use(
    tmp_path: Path, choice: str, version: str, expected: str
) -> None:
    graph = read(
        tmp_path,
        {
            "shop/models.py": f"import django\nfrom django.db import models\n{choice}\n"
            "class Order(models.Model): pass\n"
            "class Line(models.Model):\n    order = models.ForeignKey(Order, on_delete=HANDLER)\n"
        },
        Settings(django_version=version),
    )
    (edge,) = graph.pointing_at("shop.Order")
    assert edge.on_delete == expected


# --- fields that are wrapped, subclassed or made by functions -----------------------------------------------------

FIELD_MAKERS = """
from functools import partial
from django.contrib.contenttypes.fields import GenericRelation

def audited(field, **options):
    field.audited = True
    return field

def to_order():
    return models.ForeignKey("shop.Order", on_delete=models.PROTECT)

def to_order_by(on_delete, **kwargs):
    return models.ForeignKey("shop.Order", on_delete=on_delete, **kwargs)

def key_to(model):
    return models.ForeignKey(model, models.PROTECT)

Cascading = partial(models.ForeignKey, on_delete=models.CASCADE)

class Plain(models.ForeignKey):
    pass

class Further(Plain):
    description = "further down"

class Filled(models.ForeignKey):
    def __init__(self, *args, **kwargs):
        kwargs["to"] = "shop.Order"
        kwargs["on_delete"] = models.SET_NULL
        kwargs["null"] = True
        super().__init__(*args, **kwargs)

class WithDefaults(models.ForeignKey):
    def __init__(self, *args, **kwargs):
        kwargs.setdefault("to", "shop.Order")
        kwargs.setdefault("on_delete", models.PROTECT)
        super().__init__(*args, **kwargs)

class HandsOn(models.ForeignKey):
    def __init__(self, **kwargs):
        super().__init__("shop.Order", on_delete=models.PROTECT, **kwargs)

class ByPosition(models.ForeignKey):
    def __init__(self, **kwargs):
        super().__init__("shop.Order", models.PROTECT, **kwargs)

class InSignature(models.ForeignKey):
    def __init__(self, to="shop.Order", on_delete=models.PROTECT, **kwargs):
        super().__init__(to, on_delete, **kwargs)

class MergedDefaults(models.ForeignKey):
    def __init__(self, **kwargs):
        super().__init__(**{"to": "shop.Order", "on_delete": models.PROTECT, **kwargs})

class UpdatedDefaults(models.ForeignKey):
    def __init__(self, *args, **kwargs):
        kwargs.update(to="shop.Order", on_delete=models.PROTECT)
        super().__init__(*args, **kwargs)

class Heir(WithDefaults):
    def __init__(self, *args, **kwargs):
        kwargs.setdefault("on_delete", models.RESTRICT)
        super().__init__(*args, **kwargs)

class Unique(models.OneToOneField):
    pass

class Mixin:
    def deconstruct(self):
        return super().deconstruct()

class Mixed(Mixin, models.ForeignKey):
    pass

class Order(models.Model):
    pass

class Line(models.Model):
    order = {}
"""


@pytest.mark.parametrize(
    ("declaration", "kind", "on_delete"),
    [
        ("audited(models.ForeignKey(Order, models.PROTECT))", "fk", "PROTECT"),
        ("audited(field=models.ForeignKey(Order, models.PROTECT), deep=True)", "fk", "PROTECT"),
        ("audited(audited(models.OneToOneField(Order, models.PROTECT)))", "o2o", "PROTECT"),
        ("to_order()", "fk", "PROTECT"),
        ("Plain(Order, models.PROTECT)", "fk", "PROTECT"),
        ("Further(Order, models.PROTECT)", "fk", "PROTECT"),
        ("Filled()", "fk", "SET_NULL"),
        ("WithDefaults()", "fk", "PROTECT"),
        ("WithDefaults(on_delete=models.CASCADE)", "fk", "CASCADE"),
        ("HandsOn()", "fk", "PROTECT"),
        ("ByPosition()", "fk", "PROTECT"),
        ("InSignature()", "fk", "PROTECT"),
        ("InSignature(on_delete=models.CASCADE)", "fk", "CASCADE"),
        ("Unique(Order, models.PROTECT)", "o2o", "PROTECT"),
        ("Mixed(Order, models.PROTECT)", "fk", "PROTECT"),
    ],
    ids=spelled,
)
def test_a_key_behind_a_wrapper_a_subclass_or_a_function_is_still_a_key(
    tmp_path: Path, declaration: str, kind: str, on_delete: str
) -> None:
    graph = read_shop(tmp_path, FIELD_MAKERS.replace("order = {}", f"order = {declaration}"))
    assert edges(graph, "shop.Order") == {("shop.Line", "order", kind, on_delete)}


@pytest.mark.parametrize(
    ("imports", "field", "kind"),
    [
        ("from modelcluster.fields import ParentalKey", "ParentalKey('shop.Order', models.CASCADE)", "fk"),
        ("from mptt.models import TreeForeignKey", "TreeForeignKey('shop.Order', models.CASCADE)", "fk"),
        ("from mptt.fields import TreeForeignKey", "TreeForeignKey('shop.Order', models.CASCADE)", "fk"),
        ("from mptt.fields import TreeOneToOneField", "TreeOneToOneField('shop.Order', models.CASCADE)", "o2o"),
        ("from django.contrib.gis.db import models as gis", "gis.ForeignKey('shop.Order', models.CASCADE)", "fk"),
        (
            "from django.db.models.fields.related import ForeignKey as Key",
            "Key('shop.Order', models.CASCADE)",
            "fk",
        ),
    ],
    ids=spelled,
)
def test_well_known_subclasses_of_the_relation_fields(tmp_path: Path, imports: str, field: str, kind: str) -> None:
    graph = read_shop(
        tmp_path, f"{imports}\nclass Order(models.Model): pass\nclass Line(models.Model):\n    order = {field}\n"
    )
    assert edges(graph, "shop.Order") == {("shop.Line", "order", kind, "CASCADE")}


@pytest.mark.parametrize(
    ("imports", "field"),
    [
        ("", "models.JSONField(default=dict)"),
        ("", "models.TextField()"),
        ("", "models.BinaryField()"),
        ("from django.contrib.postgres.fields import ArrayField", "ArrayField(models.IntegerField())"),
        ("from django.contrib.postgres.fields import JSONField", "JSONField()"),
        ("from django.contrib.postgres.fields import HStoreField", "HStoreField()"),
        ("class Markdown(models.TextField): pass", "Markdown()"),
        ("class Markdown(models.TextField): pass\nclass Prose(Markdown): pass", "Prose()"),
        ("def blob():\n    return models.BinaryField()", "blob()"),
        ("from wagtail.fields import StreamField", "StreamField([])"),
    ],
    ids=spelled,
)
def test_columns_that_may_be_large(tmp_path: Path, imports: str, field: str) -> None:
    graph = read_shop(
        tmp_path, f"{imports}\nclass Page(models.Model):\n    slug = models.SlugField()\n    body = {field}\n"
    )
    assert graph.models["shop.Page"].large_fields == ("body",)


@pytest.mark.parametrize("field", ["models.CharField(max_length=9)", "models.IntegerField()", "models.UUIDField()"])
def test_small_columns_are_not_large(tmp_path: Path, field: str) -> None:
    graph = read_shop(tmp_path, f"class Page(models.Model):\n    body = {field}\n")
    assert graph.models["shop.Page"].large_fields == ()


@pytest.mark.parametrize("field", ["models.FileField()", "models.ImageField(upload_to='x')", "Upload()"])
def test_file_columns_are_known(tmp_path: Path, field: str) -> None:
    graph = read_shop(
        tmp_path, f"class Upload(models.FileField): pass\nclass Page(models.Model):\n    photo = {field}\n"
    )
    (column,) = (field for field in graph.models["shop.Page"].fields if field.name == "photo")
    assert column.is_file
