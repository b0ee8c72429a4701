"""What a model has of its bases, mixins and managers is read from source as Python and Django would make it."""

from __future__ import annotations

from pathlib import Path
from textwrap import indent

import pytest

from delete_lint.source.questions import LONGEST_STATEMENT
from tests.source.project import edges, read, read_shop, the_site

ORDER_AND_LINE = """
class Order(models.Model):
    code = models.CharField(max_length=9, unique=True)

class Line(models.Model):
    order = {}
"""


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


@pytest.mark.parametrize(
    "made",
    [
        'attrs["Meta"].proxy = True',
        'attrs["Meta"] = type("Meta", (), {"proxy": True})',
        "class Meta:\n    proxy = True",
    ],
)
def test_a_metaclass_that_makes_proxies_makes_no_tables(tmp_path: Path, made: str) -> None:
    graph = read_shop(
        tmp_path,
        f"""
class Maker(models.base.ModelBase):
    def __new__(cls, name, bases, attrs):
{indent(made, "        ")}
        return super().__new__(cls, name, bases, attrs)

class Named(models.Model):
    class Meta:
        abstract = True

class Order(Named): pass

class OpenOrder(Order, metaclass=Maker): pass

class Urgent(OpenOrder): pass

class Archived(Order): pass
""",
    )
    assert {label for label, model in graph.models.items() if model.proxy} == {"shop.OpenOrder", "shop.Urgent"}
    assert graph.models["shop.Urgent"].concrete == "shop.Order"
    assert graph.models["shop.Archived"].parents == ("shop.Order",)


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


@pytest.mark.parametrize("condition", ["TYPE_CHECKING", "typing.TYPE_CHECKING"])
def test_a_class_that_only_type_checkers_see_is_no_model(tmp_path: Path, condition: str) -> None:
    graph = read_shop(
        tmp_path,
        f"""
import typing
from typing import TYPE_CHECKING

class Order(models.Model):
    pass

if {condition}:
    class OrderWithExtra(Order):
        extra: str
else:
    OrderWithExtra = Order

    class Made(models.Model):
        order = models.ForeignKey(OrderWithExtra, models.CASCADE)
""",
    )
    assert set(graph.models) >= {"shop.Order", "shop.Made"}
    assert "shop.OrderWithExtra" not in graph.models
    assert edges(graph, "shop.Order") == {("shop.Made", "order", "fk", "CASCADE")}
