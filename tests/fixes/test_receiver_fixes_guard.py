"""A receiver that deletes what goes anyway returns early, and leaves the same rows behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixes.harness import fixed, unfixable
from tests.fixes.running import Both

RULE = "cascading_receiver"

MODELS = """
    from django.db import models
    from django.db.models.signals import post_delete, pre_delete
    from django.dispatch import receiver

    class Customer(models.Model):
        name = models.CharField(max_length=20)

    class Order(models.Model):
        customer = models.ForeignKey(Customer, models.CASCADE)
        number = models.CharField(max_length=20, unique=True)

    class Line(models.Model):
        order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
        status = models.CharField(max_length=20, default="open")

    class Pick(models.Model):
        line = models.ForeignKey(Line, models.CASCADE)

    class Message(models.Model):
        line = models.ForeignKey(Line, models.SET_NULL, null=True)
"""


def project(receiver: str, models: str = MODELS) -> dict[str, str]:
    indented = "\n".join(f"    {line}" if line else "" for line in receiver.strip("\n").splitlines())
    return {"shop/models.py": f"{models}\n{indented}\n"}


def guarded(folder: Path, receiver: str) -> str:
    """The function after its fix."""
    source = fixed(folder, RULE, project(receiver), "shop/models.py")
    return source[source.index("@receiver") :].rstrip("\n")


# --- how it is written --------------------------------------------------------------------------------------------


def test_the_guard_stands_above_the_deletes_and_below_everything_else(tmp_path: Path) -> None:
    assert guarded(tmp_path, '''
@receiver(post_delete, sender=Order)
def drop_lines(sender, instance, **kwargs):
    """Lines first."""
    print(instance.pk)

    # The lines.
    instance.lines.all().delete()  # all of them
    Line.objects.filter(order=instance).delete()
''') == '''
@receiver(post_delete, sender=Order)
def drop_lines(sender, instance, **kwargs):
    """Lines first."""
    print(instance.pk)

    if kwargs.get("origin", instance) is not instance:
        return
    # The lines.
    instance.lines.all().delete()  # all of them
    Line.objects.filter(order=instance).delete()
'''.strip("\n")  # fmt: skip


SIGNATURES = {
    "def f(sender, instance, **kwargs)": 'kwargs.get("origin", instance) is not instance',
    "def f(instance, **_)": '_.get("origin", instance) is not instance',
    "def f(sender, instance, origin, **kwargs)": "origin is not instance",
    "def f(instance, origin=None, **kwargs)": "origin is not None and origin is not instance",
    "def f(sender, instance, *, origin=None, **kwargs)": "origin is not None and origin is not instance",
}


@pytest.mark.parametrize("signature", SIGNATURES)
def test_the_guard_asks_in_the_way_that_the_signature_allows(tmp_path: Path, signature: str) -> None:
    receiver = f"@receiver(post_delete, sender=Order)\n{signature}:\n    instance.lines.all().delete()"
    assert f"    if {SIGNATURES[signature]}:\n        return\n    instance.lines" in guarded(tmp_path, receiver)


def test_an_instance_out_of_the_keyword_arguments_goes_by_its_own_name(tmp_path: Path) -> None:
    function = guarded(tmp_path, """
@receiver(post_delete, sender=Order)
def f(sender, **kwargs):
    order = kwargs["instance"]
    order.lines.all().delete()
""")  # fmt: skip
    assert 'if kwargs.get("origin", order) is not order:' in function


def test_single_quotes_and_another_indentation_stay_what_they_are(tmp_path: Path) -> None:
    files = {"shop/models.py": MODELS.replace('"', "'") + """
    @receiver(post_delete, sender=Order)
    def f(sender, instance, **kwargs):
      instance.lines.all().delete()
"""}  # fmt: skip
    source = fixed(tmp_path, RULE, files, "shop/models.py")
    assert "  if kwargs.get('origin', instance) is not instance:\n    return\n  instance.lines" in source


CLEANUPS = [
    "instance.lines.all().delete()",
    'instance.lines.filter(status="open").exclude(pk=3).delete()',
    "Line.objects.filter(order=instance).delete()",
    "Line.objects.filter(order_id=instance.pk).delete()",
    "Line.objects.filter(order__pk=instance.id, status='open').delete()",
    "Line._default_manager.filter(order=instance).order_by('pk').delete()",
    "for line in instance.lines.all():\n        line.delete()",
    "if instance.lines.exists():\n        instance.lines.all().delete()",
    "if instance.number:\n        Line.objects.filter(models.Q(status='open'), order=instance).delete()\n    return",
]


@pytest.mark.parametrize("body", CLEANUPS)
def test_every_spelling_of_rows_that_go_anyway_is_known(tmp_path: Path, body: str) -> None:
    function = f"@receiver(pre_delete, sender=Order)\ndef f(sender, instance, **kwargs):\n    {body}"
    assert 'if kwargs.get("origin", instance) is not instance' in guarded(tmp_path, function)


# --- what must stay as it is --------------------------------------------------------------------------------------

HEAD = "@receiver(post_delete, sender=Order)\ndef f(sender, instance, **kwargs):\n    "
UNSURE = {
    "something else is done behind it": "instance.lines.all().delete()\n    print(instance)",
    "rows of another parent": "instance.customer.order_set.all().delete()",
    "another order's rows": "instance = Order.objects.first()\n    instance.lines.all().delete()",
    "rows that would be set to null": "Message.objects.filter(line__order=instance).delete()",
    "the key of something else": "Line.objects.filter(order__number=instance.number).delete()",
    "a negated filter": "Line.objects.exclude(order=instance).delete()",
    "a filter with an effect": "instance.lines.filter(status=count(instance)).delete()",
    "a condition with an effect": "if count(instance):\n        instance.lines.all().delete()",
    "an else": "if instance.number:\n        instance.lines.all().delete()\n    else:\n        print(1)",
    "another database": "instance.lines.using('old').delete()",
    "its result is used": "print(instance.lines.all().delete())",
    "rows are also saved": "for line in instance.lines.all():\n        line.save()\n        line.delete()",
    "keyword arguments are taken out": "kwargs.pop('origin', None)\n    instance.lines.all().delete()",
}


@pytest.mark.parametrize("why", UNSURE)
def test_a_receiver_that_may_do_more_than_the_cascade_is_left_alone(tmp_path: Path, why: str) -> None:
    unfixable(tmp_path, RULE, project(f"def count(order):\n    print(order)\n\n{HEAD}{UNSURE[why]}"))


PICK = "class Pick(models.Model):\n        line = models.ForeignKey(Line, models."
OVERRIDE = """\
        def delete(self, *args, **kwargs):
            print(1)
            return super().delete(*args, **kwargs)

    class Pick"""
LISTENER = """\
    @receiver(pre_delete, sender=Pick)
    def log(**kwargs):
        print(1)

    class Message"""
OTHER_MODELS = {
    "the key is not a cascade": ("Order, models.CASCADE, related", "Order, models.SET_NULL, null=True, related"),
    "RESTRICT below": (f"{PICK}CASCADE", f"{PICK}RESTRICT"),
    "lines have a delete of their own": ("    class Pick", OVERRIDE),
    "picks have a receiver": ("    class Message", LISTENER),
    "the key holds a number": ("Order, models.CASCADE, related", 'Order, models.CASCADE, to_field="number", related'),
}


@pytest.mark.parametrize("why", OTHER_MODELS)
def test_models_where_something_else_hangs_on_the_rows_are_left_alone(tmp_path: Path, why: str) -> None:
    old, new = OTHER_MODELS[why]
    assert old in MODELS
    body = "Line.objects.filter(order_id=instance.pk).delete()"
    unfixable(tmp_path, RULE, project(HEAD + body, MODELS.replace(old, new, 1)))


def test_rows_hidden_from_the_cascade_are_still_deleted_by_the_receiver(tmp_path: Path) -> None:
    hiding = MODELS.replace(
        "    class Line(models.Model):\n",
        "    class Open(models.Manager):\n        def get_queryset(self):\n"
        '            return super().get_queryset().filter(status="open")\n\n    class Line(models.Model):\n'
        "        objects = models.Manager()\n        visible = Open()\n\n        class Meta:\n"
        '            base_manager_name = "visible"\n\n',
    )
    unfixable(tmp_path, RULE, project(f"{HEAD}instance.lines.all().delete()", hiding))


def test_a_queryset_with_a_delete_of_its_own_is_called_as_before(tmp_path: Path) -> None:
    soft = MODELS.replace(
        "    class Line(models.Model):\n",
        "    class Softly(models.QuerySet):\n        def delete(self):\n"
        '            return self.update(status="gone"), {}\n\n        delete.queryset_only = True\n\n'
        "    class Line(models.Model):\n        objects = Softly.as_manager()\n",
    )
    files = project(
        f"{HEAD}for line in instance.lines.all():\n        instance.lines.filter(pk=line.pk).delete()", soft
    )
    unfixable(tmp_path, RULE, files)


def test_a_receiver_without_keyword_arguments_is_left_alone(tmp_path: Path) -> None:
    receiver = "@receiver(post_delete, sender=Order)\ndef f(sender, instance, using, signal):\n    "
    unfixable(tmp_path, RULE, project(f"{receiver}instance.lines.all().delete()"))


def test_one_of_two_senders_without_the_cascade_keeps_the_receiver_as_it_is(tmp_path: Path) -> None:
    other = (
        MODELS
        + """
    class Invoice(models.Model):
        lines = models.ManyToManyField(Line)
"""
    )
    receiver = "@receiver(post_delete, sender=Order)\n@receiver(post_delete, sender=Invoice)\n"
    body = f"{receiver}def f(sender, instance, **kwargs):\n    instance.lines.all().delete()"
    unfixable(tmp_path, RULE, project(body, other))


# --- what Django does ---------------------------------------------------------------------------------------------

DELETES = """
from shop import models

def fill():
    for model in reversed(tables):
        model.objects.all()._raw_delete("default")
    for customer in (1, 2):
        models.Customer.objects.create(pk=customer, name="c")
        for order in (1, 2):
            key = 10 * customer + order
            models.Order.objects.create(pk=key, number=key, customer_id=customer)
            for line in (1, 2):
                models.Line.objects.create(pk=10 * key + line, order_id=key)
                models.Pick.objects.create(pk=10 * key + line, line_id=10 * key + line)
                models.Message.objects.create(pk=10 * key + line, line_id=10 * key + line)

answer = {}
for name, delete in {
    "instance": lambda: models.Order.objects.get(pk=11).delete(),
    "queryset": lambda: models.Order.objects.filter(customer=1).delete(),
    "cascade": lambda: models.Customer.objects.get(pk=1).delete(),
    "cascade of all": lambda: models.Customer.objects.all().delete(),
}.items():
    fill()
    answer[name] = seen(delete)
fill()
answer["called by hand"] = seen(lambda: models.drop(models.Order, instance=models.Order.objects.get(pk=11)))
"""


@pytest.mark.parametrize("signal", ["pre_delete", "post_delete"])
@pytest.mark.parametrize(
    "body",
    [
        "instance.lines.all().delete()",
        "for line in Line.objects.filter(order_id=instance.pk):\n        line.delete()",
    ],
)
def test_the_same_rows_are_left_with_fewer_queries(tmp_path: Path, signal: str, body: str) -> None:
    receiver = f"@receiver({signal}, sender=Order)\ndef drop(sender, instance, **kwargs):\n    {body}"
    before, after = Both(tmp_path, RULE, project(receiver)).ask(DELETES)
    assert {name: each["rows"] for name, each in before.items()} == {name: each["rows"] for name, each in after.items()}
    assert before["instance"]["sent"] == after["instance"]["sent"]
    assert before["called by hand"]["sent"] == after["called by hand"]["sent"] != []
    for name in ("queryset", "cascade", "cascade of all"):
        if signal == "post_delete":  # before a delete, the receiver takes rows away that Django would count
            assert before[name]["returned"] == after[name]["returned"]
        assert len(after[name]["sent"]) < len(before[name]["sent"])
