"""Long lines of things that hang on one another: nothing here may go as deep as they are long."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.fuzz.trial import SECONDS, faults_within
from tests.robustness.running import assert_sound, run

#: Longer than Python's stack is deep.
LENGTH = 1_100

Files = dict[str, str]
_HEAD = "from django.db import models\n\n\n"
_MODELS = _HEAD + (
    "class M(models.Model):\n    text = models.TextField()\n\n\n"
    "class Child(models.Model):\n    m = models.ForeignKey(M, models.CASCADE)\n"
)
_ABSTRACT = "    class Meta:\n        abstract = True\n"


def _deletes(name: str, rows: str = ".objects.all()") -> str:
    return f"\n\ndef purge():\n    {name}{rows}.delete()\n    for row in {name}{rows}:\n        row.delete()\n"


def _line(first: str, following: str, last: int = LENGTH) -> str:
    """Each made of the one before it."""
    return first + "".join(following.format(this=i, before=i - 1) for i in range(1, last + 1))


def _parents() -> Files:
    lines = _line("class M0(models.Model):\n    pass\n", "class M{this}(M{before}):\n    pass\n")
    return {"shop/models.py": _HEAD + lines + _deletes("M0")}


def _abstract_bases() -> Files:
    lines = _line(f"class M0(models.Model):\n{_ABSTRACT}", "class M{this}(M{before}):\n" + _ABSTRACT)
    return {"shop/models.py": f"{_HEAD}{lines}class M(M{LENGTH}):\n    pass\n" + _deletes("M")}


def _inherited_options() -> Files:
    lines = _line(
        f"class M0(models.Model):\n{_ABSTRACT}",
        "class M{this}(M{before}):\n    class Meta(M{before}.Meta):\n        abstract = True\n",
    )
    return {"shop/models.py": f"{_HEAD}{lines}class M(M{LENGTH}):\n    pass\n" + _deletes("M")}


def _proxies() -> Files:
    lines = _line(
        "class M0(models.Model):\n    pass\n", "class M{this}(M{before}):\n    class Meta:\n        proxy = True\n"
    )
    return {"shop/models.py": _HEAD + lines + _deletes(f"M{LENGTH}")}


def _managers() -> Files:
    def method(name: str) -> str:
        return f"    def get_queryset(self):\n        return super().get_queryset().filter(a={name})\n"

    lines = _line(f"class Q0(models.Manager):\n{method('0')}", "class Q{this}(Q{before}):\n" + method("{this}"))
    model = f"class M(models.Model):\n    a = models.TextField()\n    objects = Q{LENGTH}()\n"
    return {"shop/models.py": _HEAD + lines + model + _deletes("M")}


def _methods_of_querysets() -> Files:
    lines = _line(
        "class Q(models.QuerySet):\n    def a0(self):\n        return self\n",
        "    def a{this}(self):\n        return self.a{before}()\n",
    )
    model = "class M(models.Model):\n    objects = Q.as_manager()\n"
    return {"shop/models.py": _HEAD + lines + model + _deletes("M", f".objects.a{LENGTH}()")}


def _cascades() -> Files:
    lines = _line(
        "class M0(models.Model):\n    pass\n",
        "class M{this}(models.Model):\n    m = models.ForeignKey(M{before}, models.CASCADE)\n",
    )
    return {"shop/models.py": _HEAD + lines + _deletes("M0")}


def _functions() -> Files:
    lines = _line("def f0(rows):\n    rows.delete()\n", "def f{this}(rows):\n    f{before}(rows)\n")
    call = f"def purge():\n    f{LENGTH}(M.objects.all())\n"
    return {"shop/models.py": _MODELS, "shop/views.py": f"from shop.models import M\n{lines}{call}"}


def _functions_that_return() -> Files:
    lines = _line("def f0():\n    return M\n", "def f{this}():\n    return f{before}()\n")
    return {
        "shop/models.py": _MODELS,
        "shop/views.py": f"from shop.models import M\n{lines}" + _deletes(f"f{LENGTH}()"),
    }


def _names() -> Files:
    lines = _line("A0 = M\n", "A{this} = A{before}\n")
    return {"shop/models.py": _MODELS, "shop/views.py": f"from shop.models import M\n{lines}" + _deletes(f"A{LENGTH}")}


def _local_names() -> Files:
    lines = _line("    a0 = M.objects.all()\n", "    a{this} = a{before}\n")
    last = f"    a{LENGTH}.delete()\n    for row in a{LENGTH}:\n        row.delete()\n"
    return {"shop/models.py": _MODELS, "shop/views.py": f"from shop.models import M\ndef purge():\n{lines}{last}"}


def _steps_of_an_expression() -> Files:
    return {
        "shop/models.py": _HEAD + "class M(models.Model):\n    p = models.ForeignKey('self', models.CASCADE)\n",
        "shop/views.py": "from shop.models import M\n" + _deletes("M", ".objects.first()" + ".p" * LENGTH),
    }


def _modules(importing: str) -> Callable[[], Files]:
    """Each imports from the one before it."""

    def files() -> Files:
        found = {"shop/models.py": _MODELS, "shop/m0.py": "from shop.models import M\n"}
        for i in range(1, LENGTH + 1):
            found[f"shop/m{i}.py"] = importing.format(before=i - 1)
        found["shop/views.py"] = f"from shop.m{LENGTH} import M\n" + _deletes("M")
        return found

    return files


def _modules_in_a_circle() -> Files:
    return _modules("from shop.m{before} import *\n")() | {"shop/m0.py": f"from shop.m{LENGTH} import *\n"}


CHAINS: dict[str, Callable[[], Files]] = {
    "parents": _parents,
    "abstract bases": _abstract_bases,
    "inherited options": _inherited_options,
    "proxies": _proxies,
    "managers": _managers,
    "methods of querysets": _methods_of_querysets,
    "cascades": _cascades,
    "functions": _functions,
    "functions that return": _functions_that_return,
    "names": _names,
    "local names": _local_names,
    "steps of an expression": _steps_of_an_expression,
    "modules that import": _modules("from shop.m{before} import M\n"),
    "modules that import all": _modules("from shop.m{before} import *\n"),
    "modules that import and assign": _modules("from shop.m{before} import M as N\nM = N\n"),
    "modules that look into modules": _modules("from shop import m{before}\nM = m{before}.M\n"),
    "modules in a circle": _modules_in_a_circle,
}


@pytest.mark.parametrize("name", CHAINS)
def test_a_long_chain_is_read_to_its_end_or_let_go(name: str, tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop/__init__.py").touch()
    for file, text in CHAINS[name]().items():
        (tmp_path / file).write_text(text)
    done = run(".", "--no-cache", folder=tmp_path)
    assert_sound(done, 0, 1)
    assert " delete site" in done.stdout, done.stdout[-2000:]


def test_modules_that_hand_a_model_on_are_seen_through(tmp_path: Path) -> None:
    files = _modules("from shop.m{before} import M as N\nM = N\n")()
    for i in range(20, LENGTH + 1):
        del files[f"shop/m{i}.py"]
    files["shop/views.py"] = "from shop.m19 import M\n" + _deletes("M")
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop/__init__.py").touch()
    for file, text in files.items():
        (tmp_path / file).write_text(text)
    done = run("shop", "--no-cache", "--format", "concise", folder=tmp_path)
    assert "shop/views.py:7:13: delete_in_loop" in done.stdout, done.stdout


def test_many_fields_that_change_together_do_not_multiply(tmp_path: Path) -> None:
    fields = "".join(f"    f{i} = models.ForeignKey(A, models.CASCADE, related_name='r{i}')\n" for i in range(300))
    text = f"{_HEAD}class A(models.Model):\n    pass\n\n\nclass B(models.Model):\n{fields}"
    faults = faults_within({"shop/models.py": text.encode()}, tmp_path, seconds=SECONDS)
    assert faults == []
