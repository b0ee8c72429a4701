"""Every relation that deleting a model can reach is read from source, with the on_delete that Django will see."""

from __future__ import annotations

from pathlib import Path
from textwrap import indent

import pytest

from delete_lint.settings import Settings
from delete_lint.source.questions import LONGEST_STATEMENT
from tests.source.project import edges, read, read_shop, spelled, the_site

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


# --- classes ------------------------------------------------------------------------------------------------------

LINE = "class Line(models.Model):\n    order = models.ForeignKey(Order, models.CASCADE)\n"


@pytest.mark.parametrize(
    "definition",
    [
        pytest.param("if True:\n" + indent(LINE, "    "), id="if"),
        pytest.param("if settings.DEBUG:\n    pass\nelse:\n" + indent(LINE, "    "), id="else"),
        pytest.param("if not settings.DEBUG:\n    if True:\n" + indent(LINE, " " * 8), id="nested if"),
        pytest.param("try:\n    import extra\n" + indent(LINE, "    ") + "except ImportError:\n    pass\n", id="try"),
        pytest.param(
            "try:\n    from extra import Line\nexcept ImportError:\n" + indent(LINE, "    "), id="except ImportError"
        ),
        pytest.param("if not is_model_registered('shop', 'Line'):\n" + indent(LINE, "    "), id="oscar's way"),
        pytest.param("with warnings.catch_warnings():\n" + indent(LINE, "    "), id="with"),
        pytest.param("@total_ordering\n" + LINE, id="decorated"),
        pytest.param(LINE.replace("(models.Model)", "[T](models.Model)"), id="type parameters"),
        pytest.param(
            LINE.replace("(models.Model)", "(\n    models.Model,  # base\n)"), id="bases on lines of their own"
        ),
        pytest.param(LINE.replace("(models.Model)", "(Mixin[int], models.Model)"), id="a mixin with type arguments"),
        pytest.param(LINE.replace("(models.Model)", "(models.Model, metaclass=Base)"), id="metaclass"),
        pytest.param(LINE.replace("models.Model", "db.models.Model"), id="dotted base"),
        pytest.param("M = models.Model\n" + LINE.replace("models.Model", "M"), id="aliased base"),
        pytest.param(
            "from django.db.models import Model\n" + LINE.replace("models.Model", "Model"), id="imported base"
        ),
        pytest.param(
            "from django.db.models import Model as M\n" + LINE.replace("models.Model", "M"), id="renamed base"
        ),
        pytest.param(LINE.replace("(models.Model)", "(base())"), id="a base that a function gives"),
    ],
)
def test_a_model_is_found_however_its_class_is_written(tmp_path: Path, definition: str) -> None:
    prelude = """
from functools import total_ordering
import warnings
from typing import Generic, TypeVar
from django import db
from django.conf import settings
from django.db.models.base import ModelBase
from oscar.core.loading import is_model_registered

T = TypeVar("T")

class Base(ModelBase):
    pass

class Mixin(Generic[T]):
    pass

def base():
    return models.Model

class Order(models.Model):
    pass

"""
    graph = read_shop(tmp_path, prelude + definition)
    assert edges(graph, "shop.Order") == {("shop.Line", "order", "fk", "CASCADE")}


@pytest.mark.parametrize(
    "definition",
    [
        pytest.param("class Line(BaseModel):\n    order: int\n", id="pydantic"),
        pytest.param("class Line:\n    order = models.ForeignKey('Order', models.CASCADE)\n", id="no base"),
        pytest.param("class Line(forms.ModelForm):\n    pass\n", id="a form"),
        pytest.param("class Line(models.Manager):\n    pass\n", id="a manager"),
        pytest.param("class Line(models.TextChoices):\n    A = 'a'\n", id="choices"),
    ],
)
def test_what_is_no_model_is_not_taken_for_one(tmp_path: Path, definition: str) -> None:
    graph = read_shop(
        tmp_path,
        f"from pydantic import BaseModel\nfrom django import forms\nclass Order(models.Model): pass\n{definition}",
    )
    assert list(graph.models) == ["shop.Order"]


def test_a_field_under_a_condition_in_the_class_body_is_a_field(tmp_path: Path) -> None:
    graph = read_shop(
        tmp_path,
        """
        import django
        from django.conf import settings

        class Order(models.Model): pass

        class Line(models.Model):
            if settings.WITH_ORDERS:
                order = models.ForeignKey(Order, models.CASCADE)
        """,
    )
    assert edges(graph, "shop.Order") == {("shop.Line", "order", "fk", "CASCADE")}


def test_a_field_set_to_none_is_taken_away(tmp_path: Path) -> None:
    graph = read_shop(
        tmp_path,
        """
        class Order(models.Model): pass

        class Owned(models.Model):
            order = models.ForeignKey(Order, models.CASCADE)
            class Meta:
                abstract = True

        class Free(Owned):
            order = None
        """,
    )
    assert edges(graph, "shop.Order") == set()


def test_a_field_that_replaces_an_inherited_one_counts_alone(tmp_path: Path) -> None:
    graph = read_shop(
        tmp_path,
        """
        class Order(models.Model): pass

        class Owned(models.Model):
            order = models.ForeignKey(Order, models.CASCADE)
            class Meta:
                abstract = True

        class Line(Owned):
            order = models.ForeignKey(Order, models.PROTECT)
        """,
    )
    assert edges(graph, "shop.Order") == {("shop.Line", "order", "fk", "PROTECT")}


# --- inheritance --------------------------------------------------------------------------------------------------


def test_fields_of_abstract_bases_are_inherited_across_modules_and_apps(tmp_path: Path) -> None:
    graph = read(
        tmp_path,
        {
            "core/models.py": "from core.base import Owned, Tagged\n",
            "core/base.py": """
            from django.db import models

            class Root(models.Model):
                class Meta:
                    abstract = True

            class Owned(Root):
                owner = models.ForeignKey("crm.Owner", models.CASCADE, related_name="%(app_label)s_%(class)s_rows")
                class Meta(Root.Meta):
                    abstract = True

            class Tagged(models.Model):
                tags = models.ManyToManyField("crm.Tag", related_name="%(class)ss")
                class Meta:
                    abstract = True
            """,
            "crm/models.py": "from django.db import models\nclass Owner(models.Model): pass\n"
            "class Tag(models.Model): pass\n",
            "shop/models.py": "from core.models import Owned, Tagged\nclass Line(Tagged, Owned): pass\n",
            "blog/models.py": "from core import models\nclass Post(models.Owned): pass\n",
        },
    )
    assert edges(graph, "crm.Owner") == {
        ("shop.Line", "owner", "fk", "CASCADE"),
        ("blog.Post", "owner", "fk", "CASCADE"),
    }
    assert edges(graph, "crm.Tag") == {("shop.Line_tags", "tag", "m2m_through", "CASCADE")}
    assert graph.models["core.Owned"].abstract


@pytest.mark.parametrize(
    ("related_name", "accessor"),
    [
        ("'%(class)s_rows'", "line_rows"),
        ("'%(app_label)s_%(class)s_rows'", "shop_line_rows"),
        ("'%(model_name)s_rows'", "line_rows"),
        ("'rows_of_%(class)ss'", "rows_of_lines"),
        ("None", "line_set"),
    ],
)
def test_a_related_name_from_an_abstract_base_leads_to_the_inheriting_model(
    tmp_path: Path, related_name: str, accessor: str
) -> None:
    graph = read_shop(
        tmp_path,
        f"""
        class Order(models.Model):
            def clean_up(self):
                self.{accessor}.all().delete()

        class Owned(models.Model):
            order = models.ForeignKey(Order, models.CASCADE, related_name={related_name})
            class Meta:
                abstract = True

        class Line(Owned): pass
        """,
    )
    assert (the_site(graph).kind, the_site(graph).model) == ("queryset", "shop.Line")
    assert not the_site(graph).guessed


def test_meta_default_related_name_names_the_reverse_accessor(tmp_path: Path) -> None:
    graph = read_shop(
        tmp_path,
        """
        class Order(models.Model):
            def clean_up(self):
                self.positions.all().delete()

        class Line(models.Model):
            order = models.ForeignKey(Order, models.CASCADE)
            class Meta:
                default_related_name = "positions"
        """,
    )
    assert the_site(graph).model == "shop.Line"


def test_an_abstract_class_itself_points_at_nothing(tmp_path: Path) -> None:
    graph = read_shop(
        tmp_path,
        """
        class Order(models.Model): pass

        class Owned(models.Model):
            order = models.ForeignKey(Order, models.CASCADE)
            class Meta:
                abstract = True
        """,
    )
    assert graph.models["shop.Owned"].abstract
    assert edges(graph, "shop.Order") == set()


@pytest.mark.parametrize(
    "meta",
    [
        pytest.param("class Meta:\n        ordering = ['pk']", id="its own Meta"),
        pytest.param("class Meta(Owned.Meta):\n        ordering = ['pk']", id="a Meta that inherits"),
        pytest.param("pass", id="no Meta"),
    ],
)
def test_a_child_of_an_abstract_class_is_concrete(tmp_path: Path, meta: str) -> None:
    # Django sets abstract = False in the abstract parent's Meta before the child inherits it.
    graph = read_shop(
        tmp_path,
        f"""
class Owned(models.Model):
    class Meta:
        abstract = True

class Line(Owned):
    {meta}
""",
    )
    assert not graph.models["shop.Line"].abstract


def test_a_proxy_shares_the_table_and_the_edges_of_its_model(tmp_path: Path) -> None:
    graph = read_shop(
        tmp_path,
        """
        class Order(models.Model): pass

        class OpenOrder(Order):
            class Meta:
                proxy = True

        class Urgent(OpenOrder):
            class Meta:
                proxy = True

        class Line(models.Model):
            order = models.ForeignKey(OpenOrder, models.CASCADE)
        """,
    )
    line = {("shop.Line", "order", "fk", "CASCADE")}
    assert edges(graph, "shop.Order") == edges(graph, "shop.OpenOrder") == edges(graph, "shop.Urgent") == line
    assert graph.models["shop.Urgent"].proxy
    assert graph.models["shop.Urgent"].concrete == "shop.Order"
    assert graph.models["shop.Urgent"].parents == ()


def test_a_multi_table_child_points_at_its_parent(tmp_path: Path) -> None:
    graph = read_shop(
        tmp_path,
        """
        class Document(models.Model): pass
        class Invoice(Document): pass
        class Reminder(Invoice): pass
        class Line(models.Model):
            document = models.ForeignKey(Document, models.CASCADE)
        """,
    )
    assert edges(graph, "shop.Document") == {
        ("shop.Invoice", "document_ptr", "parent_link", "CASCADE"),
        ("shop.Line", "document", "fk", "CASCADE"),
    }
    assert graph.models["shop.Reminder"].parents == ("shop.Invoice",)
    assert edges(graph, "shop.Reminder") == {("shop.Line", "document", "fk", "CASCADE")}


@pytest.mark.parametrize(
    "link",
    [
        "models.OneToOneField(Document, models.CASCADE, parent_link=True, primary_key=True)",
        "models.OneToOneField('Document', on_delete=models.CASCADE, parent_link=True)",
        "models.OneToOneField('shop.Document', on_delete=models.CASCADE, parent_link=True, related_name='+')",
    ],
)
def test_an_explicit_parent_link_takes_the_place_of_the_automatic_one(tmp_path: Path, link: str) -> None:
    graph = read_shop(
        tmp_path,
        f"""
        class Document(models.Model): pass
        class Invoice(Document):
            base = {link}
        """,
    )
    assert edges(graph, "shop.Document") == {("shop.Invoice", "base", "parent_link", "CASCADE")}


def test_a_child_of_two_parents_points_at_both(tmp_path: Path) -> None:
    graph = read_shop(
        tmp_path,
        """
        class Document(models.Model):
            document_id = models.AutoField(primary_key=True)
        class Folder(models.Model):
            folder_id = models.AutoField(primary_key=True)
        class Binder(Document, Folder): pass
        """,
    )
    assert graph.models["shop.Binder"].parents == ("shop.Document", "shop.Folder")
    assert edges(graph, "shop.Folder") == {("shop.Binder", "folder_ptr", "parent_link", "CASCADE")}


def test_a_child_of_a_known_model_of_a_package_is_its_multi_table_child(tmp_path: Path) -> None:
    graph = read_shop(
        tmp_path,
        """
        from django.contrib.auth.models import User
        class Customer(User):
            notes = models.TextField()
        """,
    )
    assert ("shop.Customer", "user_ptr", "parent_link", "CASCADE") in edges(graph, "auth.User")


def test_models_of_a_package_that_point_at_each_other_are_reached(tmp_path: Path) -> None:
    graph = read_shop(
        tmp_path,
        """
        from django.contrib.contenttypes.models import ContentType
        class Note(models.Model):
            content_type = models.ForeignKey(ContentType, models.CASCADE)
        """,
    )
    assert edges(graph, "contenttypes.ContentType") >= {("shop.Note", "content_type", "fk", "CASCADE")}


@pytest.mark.parametrize(
    ("meta", "managed"), [("managed = False", False), ("db_table = 'x'", True), ("managed = True", True)]
)
def test_an_unmanaged_model_is_known_as_one(tmp_path: Path, meta: str, managed: bool) -> None:
    graph = read_shop(tmp_path, f"class Report(models.Model):\n    class Meta:\n        {meta}\n")
    assert graph.models["shop.Report"].managed is managed


# --- generic relations --------------------------------------------------------------------------------------------

TAGS = """
from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.contrib.contenttypes.models import ContentType

class Tag(models.Model):
    content_type = models.ForeignKey(ContentType, models.CASCADE)
    object_id = models.PositiveIntegerField()
    of = GenericForeignKey("content_type", "object_id")

class Tags(GenericRelation):
    def __init__(self, **kwargs):
        kwargs.setdefault("to", "shop.Tag")
        super().__init__(**kwargs)
"""


@pytest.mark.parametrize(
    "relation",
    [
        "GenericRelation(Tag)",
        "GenericRelation('Tag')",
        "GenericRelation('shop.Tag')",
        "GenericRelation(to=Tag)",
        "Tags()",
    ],
)
def test_a_generic_relation_is_an_edge_at_the_model_it_stands_on(tmp_path: Path, relation: str) -> None:
    graph = read_shop(tmp_path, f"{TAGS}\nclass Page(models.Model):\n    tags = {relation}\n")
    assert edges(graph, "shop.Page") == {("shop.Tag", "tags", "generic", "CASCADE")}
    assert edges(graph, "shop.Tag") == set()


def test_a_generic_relation_of_an_abstract_base_stands_on_every_heir(tmp_path: Path) -> None:
    graph = read_shop(
        tmp_path,
        TAGS
        + """
class Tagged(models.Model):
    tags = GenericRelation(Tag)
    class Meta:
        abstract = True

class Page(Tagged): pass
class Book(Tagged): pass
""",
    )
    for label in ("shop.Page", "shop.Book"):
        assert edges(graph, label) == {("shop.Tag", "tags", "generic", "CASCADE")}


def test_a_multi_table_child_sees_the_generic_relation_of_its_parent(tmp_path: Path) -> None:
    graph = read_shop(
        tmp_path,
        TAGS
        + """
class Page(models.Model):
    tags = GenericRelation(Tag)

class NewsPage(Page): pass
""",
    )
    assert edges(graph, "shop.NewsPage") == {("shop.Tag", "tags", "generic", "CASCADE")}


def test_taggits_manager_deletes_tagged_items_with_the_object(tmp_path: Path) -> None:
    graph = read_shop(
        tmp_path,
        """
        from taggit.managers import TaggableManager
        class Page(models.Model):
            tags = TaggableManager()
        """,
    )
    assert edges(graph, "shop.Page") == {("taggit.TaggedItem", "tags", "generic", "CASCADE")}


def test_taggits_manager_with_a_through_model_of_the_project(tmp_path: Path) -> None:
    graph = read_shop(
        tmp_path,
        """
        from taggit.managers import TaggableManager
        from taggit.models import GenericTaggedItemBase, TagBase

        class Colour(TagBase): pass

        class Coloured(GenericTaggedItemBase):
            tag = models.ForeignKey(Colour, models.CASCADE, related_name="items")

        class Page(models.Model):
            colours = TaggableManager(through=Coloured)
        """,
    )
    assert edges(graph, "shop.Page") == {("shop.Coloured", "colours", "generic", "CASCADE")}
    assert ("shop.Coloured", "tag", "fk", "CASCADE") in edges(graph, "shop.Colour")


# --- delete overrides, base managers, querysets -------------------------------------------------------------------


def test_a_delete_override_is_known_with_the_class_that_holds_it(tmp_path: Path) -> None:
    graph = read_shop(
        tmp_path,
        """
        class Soft:
            def delete(self, *args, **kwargs):
                self.gone = True

        class Base(Soft, models.Model):
            class Meta:
                abstract = True

        class Line(Base): pass
        class Order(models.Model): pass
        """,
    )
    line = graph.models["shop.Line"]
    assert str(line.delete_override) == "shop/models.py:4"
    assert line.override_owner == "Soft"
    assert graph.models["shop.Order"].delete_override is None


@pytest.mark.parametrize(
    "manager",
    [
        pytest.param("Visible()", id="a manager whose get_queryset filters"),
        pytest.param("Visible.from_queryset(models.QuerySet)()", id="made from a queryset class"),
        pytest.param("VisibleFrom()", id="made from a queryset class above"),
    ],
)
def test_a_base_manager_that_filters_is_known_to(tmp_path: Path, manager: str) -> None:
    graph = read_shop(
        tmp_path,
        f"""
        class Visible(models.Manager):
            def get_queryset(self):
                return super().get_queryset().filter(gone=False)

        VisibleFrom = Visible.from_queryset(models.QuerySet)

        class Line(models.Model):
            gone = models.BooleanField(default=False)
            visible = {manager}
            class Meta:
                base_manager_name = "visible"
        """,
    )
    assert graph.models["shop.Line"].base_manager_filters
    assert graph.models["shop.Line"].base_manager_place is not None


def test_a_base_manager_that_shows_all_rows_hides_none(tmp_path: Path) -> None:
    graph = read_shop(
        tmp_path,
        """
        class Fast(models.Manager):
            def get_queryset(self):
                return super().get_queryset().select_related("order")

        class Line(models.Model):
            fast = Fast()
            class Meta:
                base_manager_name = "fast"
        """,
    )
    assert not graph.models["shop.Line"].base_manager_filters


def test_a_base_manager_is_inherited_with_the_meta_of_an_abstract_parent(tmp_path: Path) -> None:
    graph = read_shop(
        tmp_path,
        """
        class Visible(models.Manager):
            def get_queryset(self):
                return super().get_queryset().filter(gone=False)

        class Soft(models.Model):
            gone = models.BooleanField(default=False)
            visible = Visible()
            class Meta:
                abstract = True
                base_manager_name = "visible"

        class Line(Soft): pass
        """,
    )
    assert graph.models["shop.Line"].base_manager_filters


QUERYSET = """
class Soft(models.QuerySet):
    def delete(self):
        return self.update(gone=True)
    {}

class Manager(models.Manager):
    pass

class Line(models.Model):
    gone = models.BooleanField(default=False)
    {}
"""


@pytest.mark.parametrize(
    ("mark", "manager", "exposed", "queryset_only"),
    [
        pytest.param("", "objects = Soft.as_manager()", True, False, id="as_manager"),
        pytest.param("", "objects = models.Manager.from_queryset(Soft)()", True, False, id="from_queryset"),
        pytest.param("", "objects = Manager.from_queryset(Soft)()", True, False, id="own manager from_queryset"),
        pytest.param("delete.queryset_only = True", "objects = Soft.as_manager()", True, True, id="queryset_only"),
        pytest.param("", "objects = Manager()", False, False, id="never made a manager"),
    ],
)
def test_a_queryset_class_that_overrides_delete_and_how_a_manager_gets_it(
    tmp_path: Path, mark: str, manager: str, exposed: bool, queryset_only: bool
) -> None:
    graph = read_shop(tmp_path, QUERYSET.format(mark, manager))
    (found,) = graph.queryset_classes
    assert (found.name, found.exposed_by is not None, found.queryset_only) == ("Soft", exposed, queryset_only)
    assert found.models == (("shop.Line",) if exposed else ())


def test_a_manager_that_only_returns_the_queryset_does_not_expose_its_delete(tmp_path: Path) -> None:
    graph = read_shop(
        tmp_path,
        """
        class Soft(models.QuerySet):
            def delete(self):
                return self.update(gone=True)

        class SoftManager(models.Manager):
            def get_queryset(self):
                return Soft(self.model, using=self._db)

        class Line(models.Model):
            gone = models.BooleanField(default=False)
            objects = SoftManager()
        """,
    )
    (found,) = graph.queryset_classes
    assert found.exposed_by is None


def test_a_manager_class_made_from_a_queryset_in_another_module_exposes_delete(tmp_path: Path) -> None:
    graph = read_shop(
        tmp_path,
        """
        from shop.querysets import SoftManager
        class Line(models.Model):
            objects = SoftManager()
        """,
        querysets="""
        from django.db import models
        class Soft(models.QuerySet):
            def delete(self):
                return self.update(gone=True)
        class SoftManager(models.Manager.from_queryset(Soft)):
            pass
        """,
    )
    (found,) = graph.queryset_classes
    assert found.models == ("shop.Line",)


def test_a_model_whose_choices_are_a_large_table_is_read_without_the_table(tmp_path: Path) -> None:
    row = "    ('AD-ALV', 'AD-ALV (Andorra la Vella, Andorra)'),\n"
    table = "PLACES = (\n" + row * (2 * LONGEST_STATEMENT // len(row)) + ")\n"
    declaration = "models.ForeignKey(Order, models.CASCADE)\n    place = models.CharField(choices=PLACES)"
    found = read_shop(tmp_path, table + ORDER_AND_LINE.format(declaration))
    assert edges(found, "shop.Order") == {("shop.Line", "order", "fk", "CASCADE")}
