"""Every way in which real projects connect delete receivers is seen: a receiver that is missed is a slow delete that
nobody explains, one that is made up is a false alarm."""

from __future__ import annotations

from pathlib import Path

import pytest

from delete_lint.graph.receiver import Receiver
from tests.source.project import read, read_shop, spelled, the_receiver

MODELS = """
class Order(models.Model):
    code = models.CharField(max_length=9)

class Line(models.Model):
    order = models.ForeignKey(Order, models.CASCADE)
    products = models.ManyToManyField("Product")

class Product(models.Model):
    class Meta:
        swappable = "SHOP_PRODUCT_MODEL"

class Base(models.Model):
    class Meta:
        abstract = True
"""
PRELUDE = """
from functools import partial, wraps
from django.db import models
from django.db.models import signals
from django.db.models.signals import post_delete, post_save, pre_delete
from django.dispatch import receiver
from shop.models import Base, Line, Order, Product
"""


def connected(folder: Path, signals: str, **modules: str) -> list[Receiver]:
    """The receivers that this ``shop/signals.py`` connects."""
    return list(read_shop(folder, MODELS, signals=PRELUDE + signals, **modules).receivers)


def summary(receiver: Receiver) -> tuple[str, tuple[str, ...], tuple[str, ...] | None]:
    return receiver.name, receiver.signals, receiver.senders


# --- the decorator ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "decorators",
    [
        pytest.param("@receiver(post_delete, sender=Order)", id="one signal"),
        pytest.param("@receiver([post_delete], sender=Order)", id="a list of one"),
        pytest.param("@receiver((post_delete, post_save), sender=Order)", id="among other signals"),
        pytest.param("@receiver(signals.post_delete, sender=Order)", id="through the module"),
        pytest.param("@receiver(models.signals.post_delete, sender=Order)", id="through models.signals"),
        pytest.param("@receiver(signal=post_delete, sender=Order)", id="by keyword"),
        pytest.param("@receiver(post_delete, sender='shop.Order')", id="sender as label"),
        pytest.param("@receiver(post_delete, sender='shop.order')", id="sender as label in lower case"),
        pytest.param("@receiver(post_delete, sender=Order, dispatch_uid='x')", id="with a uid"),
        pytest.param("@receiver(post_save, sender=Line)\n@receiver(post_delete, sender=Order)", id="stacked"),
        pytest.param("@receiver(post_delete, sender=models_.Order)", id="sender through a module"),
        pytest.param("@dispatch.receiver(post_delete, sender=Order)", id="receiver through a module"),
        pytest.param("@on(gone, sender=Order)", id="both under other names"),
        pytest.param("@receiver(ENDED, sender=Order)", id="a constant"),
        pytest.param("@receiver(ALL, sender=Order)", id="a constant list"),
        pytest.param("@receiver([*ALL, post_save], sender=Order)", id="a spread list"),
        pytest.param("@receiver([post_delete] + [post_save], sender=Order)", id="lists added"),
        pytest.param("@receiver(post_delete, **OF_ORDER)", id="sender in a dictionary"),
        pytest.param("@receiver(post_delete, sender=apps.get_model('shop', 'Order'))", id="sender from the registry"),
        pytest.param("@on_order", id="a receiver kept under a name"),
        pytest.param("@log\n@receiver(post_delete, sender=Order)", id="under another decorator"),
        pytest.param("@receiver(post_delete, sender=Order)\n@log", id="over another decorator"),
    ],
)
def test_the_receiver_decorator(tmp_path: Path, decorators: str) -> None:
    found = connected(
        tmp_path,
        f"""
from django import dispatch
from django.apps import apps
from django.dispatch import receiver as on
from django.db.models.signals import post_delete as gone
from shop import models as models_

ENDED = post_delete
ALL = [post_delete]
OF_ORDER = {{"sender": Order}}
on_order = receiver(post_delete, sender=Order)

def log(func):
    @wraps(func)
    def inner(*args, **kwargs):
        return func(*args, **kwargs)
    return inner

{decorators}
def handle(sender, instance, **kwargs):
    pass
""",
    )
    assert [summary(receiver) for receiver in found] == [("handle", ("post_delete",), ("shop.Order",))]
    assert found[0].alive


def test_one_function_stacked_on_several_senders_is_one_receiver(tmp_path: Path) -> None:
    (found,) = connected(
        tmp_path,
        """
@receiver(post_delete, sender=Order)
@receiver(pre_delete, sender=Line)
def handle(sender, instance, **kwargs):
    pass
""",
    )
    assert summary(found) == ("handle", ("pre_delete", "post_delete"), ("shop.Line", "shop.Order"))
    assert [(r.place and r.place.line, r.signals, r.senders) for r in found.registrations] == [
        (9, ("post_delete",), ("shop.Order",)),
        (10, ("pre_delete",), ("shop.Line",)),
    ]


def test_a_receiver_stands_on_its_def_line(tmp_path: Path) -> None:
    (found,) = connected(tmp_path, "\n@receiver(post_delete, sender=Order)\ndef handle(**kwargs): pass\n")
    assert str(found.place) == "shop/signals.py:10"


@pytest.mark.parametrize(
    "connection",
    [
        "@receiver(post_save, sender=Order)",
        "@receiver(signals.m2m_changed, sender=Order)",
        "@receiver(order_deleted, sender=Order)",
        "@receiver(other.post_delete, sender=Order)",
        "@something_else(post_delete, sender=Order)",
    ],
)
def test_what_is_no_delete_receiver_of_django_is_not_taken_for_one(tmp_path: Path, connection: str) -> None:
    found = connected(
        tmp_path,
        f"""
from django.dispatch import Signal
from pubsub import other
from registry import something_else
order_deleted = Signal()

{connection}
def handle(sender, **kwargs):
    pass
""",
    )
    assert found == []


# --- senders ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "connection",
    ["post_delete.connect(handle)", "post_delete.connect(handle, sender=None)", "post_delete.connect(handle, None)"],
)
def test_without_a_sender_it_hears_every_model(tmp_path: Path, connection: str) -> None:
    (found,) = connected(tmp_path, f"def handle(sender, **kwargs): pass\n{connection}\n")
    assert found.senders is None


def test_a_sender_that_nobody_can_tell_is_not_every_model(tmp_path: Path) -> None:
    (found,) = connected(
        tmp_path,
        """
import somewhere

def handle(sender, **kwargs): pass

def connect_all(names):
    for name in names:
        post_delete.connect(handle, sender=somewhere.find(name))
""",
    )
    assert found.senders == ()


def test_keywords_that_nobody_can_tell_may_hold_a_sender(tmp_path: Path) -> None:
    (found,) = connected(
        tmp_path,
        """
from somewhere import options

@receiver(post_delete, **options)
def handle(sender, **kwargs): pass
""",
    )
    assert found.senders == ()


@pytest.mark.parametrize(
    ("imports", "sender"),
    [
        ("from django.conf import settings", "settings.AUTH_USER_MODEL"),
        ("from django.contrib.auth import get_user_model", "get_user_model()"),
        ("from django.contrib.auth import get_user_model\nUser = get_user_model()", "User"),
        ("from django.contrib.auth.models import User", "User"),
        ("", "'auth.User'"),
    ],
    ids=spelled,
)
def test_the_user_as_sender(tmp_path: Path, imports: str, sender: str) -> None:
    (found,) = connected(
        tmp_path, f"{imports}\n@receiver(post_delete, sender={sender})\ndef handle(sender, **kwargs): pass\n"
    )
    assert found.senders == ("auth.User",)


def test_a_swappable_sender_is_the_model_that_the_settings_name(tmp_path: Path) -> None:
    graph = read_shop(
        tmp_path,
        MODELS + "\nclass MyProduct(models.Model): pass\n",
        local_settings='SHOP_PRODUCT_MODEL = "shop.MyProduct"\n',
        signals=PRELUDE
        + """
from django.conf import settings
@receiver(post_delete, sender=settings.SHOP_PRODUCT_MODEL)
def handle(sender, **kwargs): pass
""",
    )
    assert the_receiver(graph).senders == ("shop.MyProduct",)


def test_an_automatic_many_to_many_table_as_sender_never_fires(tmp_path: Path) -> None:
    (found,) = connected(
        tmp_path, "@receiver(post_delete, sender=Line.products.through)\ndef handle(sender, **kwargs): pass\n"
    )
    assert found.dead is not None
    assert "many-to-many" in found.dead
    assert found.senders == ("shop.Line_products",)


@pytest.mark.parametrize("sender", ["[Order, Line]", "(Order, Line)", "SENDERS"])
def test_a_list_as_sender_never_fires(tmp_path: Path, sender: str) -> None:
    (found,) = connected(
        tmp_path,
        f"SENDERS = [Order, Line]\n@receiver(post_delete, sender={sender})\ndef handle(sender, **kwargs): pass\n",
    )
    assert found.dead is not None
    assert "list" in found.dead


def test_an_abstract_sender_never_fires(tmp_path: Path) -> None:
    (found,) = connected(tmp_path, "@receiver(post_delete, sender=Base)\ndef handle(sender, **kwargs): pass\n")
    assert found.dead is not None
    assert "abstract" in found.dead


def test_a_sender_of_a_package_that_nobody_knows_is_named_as_it_would_be(tmp_path: Path) -> None:
    (found,) = connected(
        tmp_path,
        "from voting.models import Vote\n@receiver(post_delete, sender=Vote)\ndef handle(sender, **kwargs): pass\n",
    )
    assert found.senders == ("voting.Vote",)


# --- connect ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "connection",
    [
        pytest.param("post_delete.connect(handle, sender=Order)", id="keyword"),
        pytest.param("post_delete.connect(handle, Order)", id="position"),
        pytest.param("post_delete.connect(receiver=handle, sender=Order)", id="all keywords"),
        pytest.param("signals.post_delete.connect(handle, sender=Order, weak=False)", id="strongly"),
        pytest.param("models.signals.post_delete.connect(handle, 'shop.Order')", id="a label"),
        pytest.param("receiver(post_delete, sender=Order)(handle)", id="receiver called"),
        pytest.param("for model in (Order,):\n    post_delete.connect(handle, sender=model)", id="a loop"),
        pytest.param("for model in [m for m in (Order,)]:\n    post_delete.connect(handle, model)", id="comprehension"),
        pytest.param(
            "for signal in (post_delete, post_save):\n    signal.connect(handle, sender=Order)", id="loop over signals"
        ),
        pytest.param(
            "for signal, model in ((post_delete, Order), (post_save, Line)):\n    signal.connect(handle, sender=model)",
            id="loop over pairs",
        ),
        pytest.param(
            "for signal, model in zip([post_delete], [Order]):\n    signal.connect(handle, sender=model)", id="zip"
        ),
        pytest.param(
            "for model, func in {Order: handle}.items():\n    post_delete.connect(func, sender=model)", id="dict items"
        ),
        pytest.param(
            "for func in HANDLERS[Order]:\n    post_delete.connect(func, sender=Order)", id="handlers in a dictionary"
        ),
        pytest.param(
            "for name in ('shop.Order',):\n    post_delete.connect(handle, sender=apps.get_model(name))", id="get_model"
        ),
        pytest.param("[post_delete.connect(handle, sender=m) for m in (Order,)]", id="comprehension for its effect"),
        pytest.param("if settings.INDEX:\n    post_delete.connect(handle, sender=Order)", id="if"),
        pytest.param("try:\n    post_delete.connect(handle, sender=Order)\nexcept ValueError:\n    pass", id="try"),
        pytest.param("getattr(signals, 'post_delete').connect(handle, sender=Order)", id="getattr"),
        pytest.param(
            "for name in ['post_save', 'post_delete']:\n    getattr(signals, name).connect(handle, sender=Order)",
            id="getattr by name in a loop",
        ),
    ],
)
def test_connect_at_module_level(tmp_path: Path, connection: str) -> None:
    found = connected(
        tmp_path,
        f"""
from django.apps import apps
from django.conf import settings

def handle(sender, **kwargs): pass

HANDLERS = {{Order: [handle]}}

{connection}
""",
    )
    assert [summary(receiver) for receiver in found] == [("handle", ("post_delete",), ("shop.Order",))]
    assert found[0].alive


@pytest.mark.parametrize(
    "ready",
    [
        pytest.param(
            "from shop.handlers import handle\n"
            "        from shop.models import Order\n"
            "        post_delete.connect(handle, sender=Order)",
            id="imports inside",
        ),
        pytest.param(
            "from . import handlers\n        post_delete.connect(handlers.handle, sender=self.get_model('Order'))",
            id="self.get_model",
        ),
        pytest.param(
            "from shop import handlers\n        post_delete.connect(handlers.handle, sender='shop.Order')", id="label"
        ),
        pytest.param(
            "import shop.handlers as h\n"
            "        Order = apps.get_model('shop.Order')\n"
            "        post_delete.connect(h.handle, Order, dispatch_uid='x')",
            id="apps.get_model",
        ),
        pytest.param("from shop.handlers import connect\n        connect()", id="a function elsewhere"),
        pytest.param("self.connect_all()", id="another method"),
        pytest.param(
            "from shop.handlers import handle\n"
            "        for model in self.get_models():\n"
            "            if model.__name__ == 'Order':\n"
            "                post_delete.connect(handle, sender='shop.Order')",
            id="under a condition in a loop",
        ),
    ],
)
def test_connect_in_the_apps_ready(tmp_path: Path, ready: str) -> None:
    graph = read_shop(
        tmp_path,
        MODELS,
        apps=f"""
from django.apps import AppConfig, apps
from django.db.models.signals import post_delete

class ShopConfig(AppConfig):
    name = "shop"

    def ready(self):
        {ready}

    def connect_all(self):
        from shop.handlers import handle
        post_delete.connect(handle, sender="shop.Order")
""",
        handlers="""
from django.db.models.signals import post_delete

def handle(sender, **kwargs): pass

def connect():
    from shop.models import Order
    post_delete.connect(handle, sender=Order)
""",
    )
    assert {summary(receiver) for receiver in graph.receivers} == {("handle", ("post_delete",), ("shop.Order",))}


# --- helpers of the project ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code",
    [
        pytest.param(
            "def listen(model):\n    post_delete.connect(handle, sender=model)\nlisten(Order)\nlisten(Line)",
            id="model as argument",
        ),
        pytest.param(
            "def listen(*models):\n    for m in models:\n        post_delete.connect(handle, sender=m)\n"
            "listen(Order, Line)",
            id="models as arguments",
        ),
        pytest.param(
            "def listen(models):\n    for m in models:\n        post_delete.connect(handle, sender=m)\n"
            "listen([Order, Line])",
            id="a list of models",
        ),
        pytest.param(
            "def listen(signal, func, model):\n    signal.connect(func, sender=model)\n"
            "for m in (Order, Line):\n    listen(post_delete, handle, m)",
            id="signal, function and model",
        ),
        pytest.param(
            "def listen(signals_, *, sender):\n    for s in signals_:\n        s.connect(handle, sender=sender)\n"
            "listen([post_delete, post_save], sender=Order)\nlisten((post_delete,), sender=Line)",
            id="signals as a list",
        ),
        pytest.param(
            "class Hub:\n"
            "    def register(self, model):\n        post_delete.connect(handle, sender=model)\n"
            "hub = Hub()\nhub.register(Order)\nhub.register(Line)",
            id="a method of an object",
        ),
        pytest.param(
            "class Hub:\n"
            "    def __init__(self, *models):\n"
            "        for m in models:\n            post_delete.connect(handle, sender=m)\n"
            "Hub(Order, Line)",
            id="a constructor",
        ),
        pytest.param(
            "class Hub:\n"
            "    def __init__(self, models):\n        self.models = models\n"
            "    def connect_all(self):\n"
            "        for m in self.models:\n            post_delete.connect(handle, sender=m)\n"
            "Hub([Order, Line]).connect_all()",
            id="constructor state",
        ),
        pytest.param(
            "class Hub:\n"
            "    @classmethod\n    def register(cls, model):\n        post_delete.connect(handle, sender=model)\n"
            "Hub.register(Order)\nHub.register(Line)",
            id="a class method",
        ),
        pytest.param(
            "def listen(*models):\n"
            "    def decorate(func):\n"
            "        for m in models:\n            post_delete.connect(func, sender=m)\n"
            "        return func\n"
            "    return decorate\n"
            "@listen(Order, Line)\ndef handle(sender, **kwargs): pass",
            id="a decorator factory",
        ),
        pytest.param(
            "def listen(*models):\n"
            "    def decorate(func):\n"
            "        @wraps(func)\n"
            "        def wrapper(sender, **kwargs):\n            return func(sender, **kwargs)\n"
            "        for m in models:\n            post_delete.connect(wrapper, sender=m, weak=False)\n"
            "        return wrapper\n"
            "    return decorate\n"
            "@listen(Order, Line)\ndef handle(sender, **kwargs): pass",
            id="a decorator factory that connects a wrapper",
        ),
        pytest.param(
            "def listen(func):\n"
            "    for m in (Order, Line):\n        post_delete.connect(func, sender=m)\n"
            "    return func\n"
            "@listen\ndef handle(sender, **kwargs): pass",
            id="a bare decorator",
        ),
        pytest.param(
            "class listen:\n"
            "    def __init__(self, *models):\n        self.models = models\n"
            "    def __call__(self, func):\n"
            "        for m in self.models:\n            post_delete.connect(func, sender=m)\n"
            "        return func\n"
            "@listen(Order, Line)\ndef handle(sender, **kwargs): pass",
            id="a class as decorator factory",
        ),
        pytest.param(
            "on_delete = partial(receiver, post_delete)\n"
            "@on_delete(sender=Order)\n@on_delete(sender=Line)\ndef handle(sender, **kwargs): pass",
            id="partial of receiver",
        ),
        pytest.param(
            "def on_delete(**kwargs):\n    return receiver(post_delete, **kwargs)\n"
            "@on_delete(sender=Order)\n@on_delete(sender=Line)\ndef handle(sender, **kwargs): pass",
            id="a function that gives receiver",
        ),
    ],
)
def test_a_helper_of_the_project_that_connects(tmp_path: Path, code: str) -> None:
    own = "" if "def handle(" in code else "def handle(sender, **kwargs): pass\n"
    found = connected(tmp_path, own + code + "\n")
    assert [summary(receiver) for receiver in found] == [("handle", ("post_delete",), ("shop.Line", "shop.Order"))]
    assert found[0].alive


@pytest.mark.parametrize(
    "use",
    [
        pytest.param("from shop.hub import listen\nlisten(Order)", id="imported"),
        pytest.param("from shop import hub\nhub.listen(Order)", id="through its module"),
        pytest.param("from shop.hub import listen as on_order\non_order(Order)", id="under another name"),
        pytest.param("import shop.hub\nshop.hub.listen(model=Order)", id="by dotted path"),
    ],
)
def test_a_connecting_helper_in_another_module(tmp_path: Path, use: str) -> None:
    found = connected(
        tmp_path,
        use + "\n",
        hub="""
from django.db.models.signals import post_delete
def handle(sender, **kwargs): pass
def listen(model):
    post_delete.connect(handle, sender=model)
""",
    )
    assert [summary(receiver) for receiver in found] == [("handle", ("post_delete",), ("shop.Order",))]


def test_a_helper_that_connects_through_another_helper(tmp_path: Path) -> None:
    found = connected(
        tmp_path,
        """
def handle(sender, **kwargs): pass
def inner(model, func):
    post_delete.connect(func, sender=model)
def middle(model):
    inner(model, handle)
def outer(models):
    for model in models:
        middle(model)
outer([Order, Line])
""",
    )
    assert [summary(receiver) for receiver in found] == [("handle", ("post_delete",), ("shop.Line", "shop.Order"))]


# --- methods, lambdas, objects ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "name"),
    [
        pytest.param("post_delete.connect(Hub.static, sender=Order)", "Hub.static", id="static method"),
        pytest.param("post_delete.connect(Hub.on_class, sender=Order)", "Hub.on_class", id="class method"),
        pytest.param("post_delete.connect(hub.bound, sender=Order)", "Hub.bound", id="method of an object kept"),
        pytest.param("post_delete.connect(Hub().bound, sender=Order, weak=False)", "Hub.bound", id="temporary, strong"),
        pytest.param("post_delete.connect(hub, sender=Order)", "Hub.__call__", id="an object that can be called"),
        pytest.param(
            "post_delete.connect(lambda **kwargs: None, sender=Order, weak=False)", "<lambda>", id="lambda, strong"
        ),
        pytest.param("named = lambda **kwargs: None\npost_delete.connect(named, sender=Order)", "<lambda>", id="kept"),
        pytest.param(
            "post_delete.connect(partial(handle, 1), sender=Order, weak=False)", "handle", id="partial, strong"
        ),
        pytest.param("kept = partial(handle, 1)\npost_delete.connect(kept, sender=Order)", "handle", id="partial kept"),
    ],
)
def test_a_receiver_that_is_no_plain_function(tmp_path: Path, code: str, name: str) -> None:
    found = connected(
        tmp_path,
        f"""
class Hub:
    @staticmethod
    def static(sender, **kwargs): pass
    @classmethod
    def on_class(cls, sender, **kwargs): pass
    def bound(self, sender, **kwargs): pass
    def __call__(self, sender, **kwargs): pass

hub = Hub()
def handle(extra, sender, **kwargs): pass

{code}
""",
    )
    assert [summary(receiver) for receiver in found] == [(name, ("post_delete",), ("shop.Order",))]
    assert found[0].alive


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("post_delete.connect(lambda **kwargs: None, sender=Order)", id="lambda"),
        pytest.param("post_delete.connect(Hub().bound, sender=Order)", id="method of a temporary"),
        pytest.param("post_delete.connect(receiver=Hub().bound, sender=Order)", id="method of a temporary by keyword"),
        pytest.param("post_delete.connect(partial(handle, 1), sender=Order)", id="partial"),
        pytest.param("post_delete.connect(Hub(), sender=Order)", id="a temporary object that can be called"),
        pytest.param(
            "def setup():\n    def local(sender, **kwargs): pass\n"
            "    post_delete.connect(local, sender=Order)\nsetup()",
            id="local function",
        ),
        pytest.param(
            "def setup():\n    @receiver(post_delete, sender=Order)\n    def local(sender, **kwargs): pass\nsetup()",
            id="local function under the decorator",
        ),
        pytest.param(
            "def setup():\n    hub = Hub()\n    post_delete.connect(hub.bound, sender=Order)\nsetup()",
            id="method of a local object",
        ),
        pytest.param(
            "def setup():\n    local = lambda **kwargs: None\n    post_delete.connect(local, sender=Order)\nsetup()",
            id="local lambda",
        ),
    ],
)
def test_a_receiver_that_is_held_weakly_by_nobody_is_dead(tmp_path: Path, code: str) -> None:
    (found,) = connected(
        tmp_path,
        f"""
class Hub:
    def bound(self, sender, **kwargs): pass
    def __call__(self, sender, **kwargs): pass

def handle(extra, sender, **kwargs): pass

def make():
    def made(sender, **kwargs): pass
    return made

{code}
""",
    )
    assert found.dead is not None
    assert summary(found)[1:] == (("post_delete",), ("shop.Order",))


@pytest.mark.parametrize(
    "code",
    [
        pytest.param(
            "def setup():\n    def local(sender, **kwargs): pass\n"
            "    post_delete.connect(local, sender=Order, weak=False)",
            id="weak=False",
        ),
        pytest.param(
            "def setup():\n    def local(sender, **kwargs): pass\n    post_delete.connect(local, Order, False)",
            id="weak as third position",
        ),
        pytest.param(
            "def setup():\n    @receiver(post_delete, sender=Order, weak=False)\n    def local(sender, **kwargs): pass",
            id="decorator with weak=False",
        ),
        pytest.param(
            "def setup():\n    def local(sender, **kwargs): pass\n"
            "    post_delete.connect(local, sender=Order)\n    return local",
            id="returned",
        ),
        pytest.param(
            "KEPT = []\ndef setup():\n    def local(sender, **kwargs): pass\n"
            "    KEPT.append(local)\n    post_delete.connect(local, sender=Order)",
            id="appended to a list",
        ),
        pytest.param(
            "def setup():\n    global local\n    def local(sender, **kwargs): pass\n"
            "    post_delete.connect(local, sender=Order)",
            id="global",
        ),
        pytest.param(
            "KEPT = {}\ndef setup():\n    def local(sender, **kwargs): pass\n"
            "    KEPT['x'] = local\n    post_delete.connect(local, sender=Order)",
            id="stored in a dictionary",
        ),
        pytest.param("made = make()\npost_delete.connect(made, sender=Order)", id="made and kept at module level"),
        pytest.param(
            "if True:\n    def local(sender, **kwargs): pass\n    post_delete.connect(local, sender=Order)",
            id="a function under an if is global",
        ),
        pytest.param(
            "class Hub:\n    def __init__(self):\n        post_delete.connect(self.bound, sender=Order)\n"
            "    def bound(self, sender, **kwargs): pass\nhub = Hub()",
            id="method of an object that is kept",
        ),
    ],
)
def test_a_receiver_that_somebody_keeps_is_alive(tmp_path: Path, code: str) -> None:
    found = connected(
        tmp_path,
        f"""
def make():
    def made(sender, **kwargs): pass
    return made

{code}
""",
    )
    assert [receiver.alive for receiver in found] == [True]


# --- hooks of classes ---------------------------------------------------------------------------------------------


def test_contribute_to_class_of_a_field_connects_for_every_model_that_has_it(tmp_path: Path) -> None:
    graph = read_shop(
        tmp_path,
        """
        from shop.fields import Photo
        class Order(models.Model):
            photo = Photo()
        class Album(models.Model):
            cover = Photo()
        class Line(models.Model):
            note = models.TextField()
        """,
        fields="""
from django.db import models
from django.db.models.signals import post_delete

class Photo(models.ImageField):
    def contribute_to_class(self, cls, name, **kwargs):
        super().contribute_to_class(cls, name, **kwargs)
        post_delete.connect(self.clean, sender=cls)

    def clean(self, sender, instance, **kwargs): pass
""",
    )
    assert summary(the_receiver(graph)) == ("Photo.clean", ("post_delete",), ("shop.Album", "shop.Order"))
    assert the_receiver(graph).alive


def test_init_subclass_connects_for_every_subclass(tmp_path: Path) -> None:
    graph = read_shop(
        tmp_path,
        """
        from django.db.models.signals import post_delete

        class Tracked(models.Model):
            class Meta:
                abstract = True

            def __init_subclass__(cls, **kwargs):
                super().__init_subclass__(**kwargs)
                post_delete.connect(gone, sender=cls)

        def gone(sender, instance, **kwargs): pass

        class Order(Tracked): pass
        class Line(Tracked): pass
        class Product(models.Model): pass
        """,
    )
    assert summary(the_receiver(graph)) == ("gone", ("post_delete",), ("shop.Line", "shop.Order"))


def test_a_model_metaclass_connects_for_every_class_it_makes(tmp_path: Path) -> None:
    graph = read_shop(
        tmp_path,
        """
        from django.db.models.base import ModelBase
        from django.db.models.signals import post_delete

        class TrackedBase(ModelBase):
            def __init__(cls, name, bases, attrs):
                super().__init__(name, bases, attrs)
                if not cls._meta.abstract:
                    post_delete.connect(gone, sender=cls)

        def gone(sender, instance, **kwargs): pass

        class Order(models.Model, metaclass=TrackedBase): pass
        class Line(Order): pass
        class Product(models.Model): pass
        """,
    )
    assert summary(the_receiver(graph)) == ("gone", ("post_delete",), ("shop.Line", "shop.Order"))


@pytest.mark.parametrize("decorator", ["@tracked", "@tracked_with('audit')", "@hub.register"])
def test_a_class_decorator_that_connects(tmp_path: Path, decorator: str) -> None:
    graph = read_shop(
        tmp_path,
        f"""
        from shop.tracking import hub, tracked, tracked_with
        {decorator}
        class Order(models.Model): pass
        class Line(models.Model): pass
        """,
        tracking="""
from django.db.models.signals import post_delete

def gone(sender, instance, **kwargs): pass

def tracked(cls):
    post_delete.connect(gone, sender=cls)
    return cls

def tracked_with(name):
    def decorate(cls):
        post_delete.connect(gone, sender=cls)
        return cls
    return decorate

class Hub:
    def register(self, cls):
        post_delete.connect(gone, sender=cls)
        return cls

hub = Hub()
""",
    )
    assert summary(the_receiver(graph)) == ("gone", ("post_delete",), ("shop.Order",))


def test_a_receiver_connected_beside_its_model(tmp_path: Path) -> None:
    graph = read_shop(
        tmp_path,
        """
        from django.db.models.signals import post_delete
        from django.dispatch import receiver

        class Order(models.Model):
            @staticmethod
            def gone(sender, instance, **kwargs): pass

        post_delete.connect(Order.gone, sender=Order)

        @receiver(post_delete, sender=Order)
        def later(sender, instance, **kwargs): pass
        """,
    )
    assert [summary(receiver) for receiver in graph.receivers] == [
        ("Order.gone", ("post_delete",), ("shop.Order",)),
        ("later", ("post_delete",), ("shop.Order",)),
    ]


# --- what is said about it ----------------------------------------------------------------------------------------


def test_an_async_receiver_is_known_as_one(tmp_path: Path) -> None:
    (found,) = connected(tmp_path, "@receiver(post_delete, sender=Order)\nasync def handle(**kwargs): pass\n")
    assert found.is_async


def test_a_receiver_connected_for_the_time_of_a_function_is_temporary(tmp_path: Path) -> None:
    (found,) = connected(
        tmp_path,
        """
def handle(sender, **kwargs): pass

def purge():
    post_delete.connect(handle, sender=Order)
    try:
        Order.objects.all().delete()
    finally:
        post_delete.disconnect(handle, sender=Order)
""",
    )
    assert found.temporary
    assert not found.hears("shop.Order")


def test_a_receiver_of_a_package_is_not_the_users_own(tmp_path: Path) -> None:
    (found,) = connected(tmp_path, "from easy.signals import clean\npost_delete.connect(clean, sender=Order)\n")
    assert (found.own, found.package, found.name, found.place) == (False, "easy", "clean", None)


@pytest.mark.parametrize(
    ("body", "guarded"),
    [
        ("if origin is not instance:\n        return\n    work()", True),
        ("if kwargs.get('origin') is not instance:\n        return\n    work()", True),
        ("origin = kwargs['origin']\n    if origin != instance:\n        return\n    work()", True),
        ("if origin is instance:\n        work()", True),
        ("if instance.pk:\n        return\n    work()", False),
        ("work()", False),
    ],
)
def test_an_early_return_by_origin_is_known(tmp_path: Path, body: str, guarded: bool) -> None:
    (found,) = connected(
        tmp_path,
        f"""
def work(): pass

@receiver(post_delete, sender=Order)
def handle(sender, instance, origin=None, **kwargs):
    {body}
""",
    )
    assert found.origin_guard is guarded


@pytest.mark.parametrize(
    ("body", "guarded"),
    [
        ("if sender is not Order:\n        return\n    work()", True),
        ("if sender in (Order, Line):\n        work()", True),
        ("if not issubclass(sender, Order):\n        return\n    work()", True),
        ("if not isinstance(instance, Order):\n        return\n    work()", True),
        ("if instance.code:\n        return\n    work()", False),
        ("work()", False),
    ],
)
def test_a_senderless_receiver_that_sorts_models_out_is_known_to(tmp_path: Path, body: str, guarded: bool) -> None:
    (found,) = connected(
        tmp_path, f"def work(): pass\n\n@receiver(post_delete)\ndef handle(sender, instance, **kwargs):\n    {body}\n"
    )
    assert found.sender_guard is guarded


def test_receivers_in_tests_and_migrations_are_not_those_of_the_project(tmp_path: Path) -> None:
    code = PRELUDE + "\n@receiver(post_delete, sender=Order)\ndef handle(**kwargs): pass\n"
    graph = read(
        tmp_path,
        {
            "shop/models.py": "from django.db import models\n" + MODELS,
            "shop/tests/test_x.py": code,
            "shop/migrations/0001_x.py": code,
        },
    )
    assert graph.receivers == ()
