"""The running Python's parser and libcst: whichever reads a block, the facts are the same."""

from __future__ import annotations

import random
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import django
import msgspec
import pytest

from delete_lint.source import syntax
from delete_lint.source.file import SourceFile
from delete_lint.source.lowering import NotParsed, lower
from delete_lint.source.lowering.by_builtin import lower_with_builtin
from delete_lint.source.lowering.by_libcst import lower_with_libcst
from delete_lint.source.lowering.places import GiveUp
from delete_lint.source.outline import Block
from delete_lint.source.tokens import tokens
from tests.command import ROOT


def spelled(found: list[list[syntax.Stmt]]) -> bytes:
    return msgspec.json.encode(found)


def lines_of(text: str) -> list[int]:
    return [*range(1, text.count("\n") + 2)]


def by_libcst(text: str) -> list[list[syntax.Stmt]]:
    return lower_with_libcst(text, lines_of(text), tokens(text))


def blocks(of: list[Block] | tuple[Block, ...]) -> Iterator[Block]:
    for block in of:
        yield block
        if block.kind == "class":
            yield from blocks(block.children)


def sample(count: int) -> list[Path]:
    found: list[Path] = []
    for root in (Path(django.__file__).parent, Path(sysconfig.get_path("stdlib"))):
        paths = [path for path in root.rglob("*.py") if "site-packages" not in path.relative_to(root).parts]
        small = sorted(path for path in paths if 200 < path.stat().st_size < 25_000)
        found += random.Random(5).sample(small, count)
    return found


def test_code_that_others_wrote_means_the_same_both_ways() -> None:
    compared = given_up = 0
    for path in sample(20):
        file = SourceFile(path.name, path.read_bytes())
        for block in blocks(file.outline):
            cut = file._cut(block)
            try:
                builtin = lower_with_builtin(cut.code, cut.origin)
            except GiveUp:
                given_up += 1
                continue
            assert spelled(builtin) == spelled(lower_with_libcst(cut.code, cut.origin, tokens(cut.code))), path
            compared += 1
    assert compared > 300
    assert given_up < compared / 5  # before Python 3.12 f-strings beside other strings are libcst's


@pytest.mark.parametrize(
    "text",
    [
        "a = 1; b.c = d[e]; f()\ng()\n",
        "x = 'a' \"b\" '''c\nd''' + u'e' + r'\\f' + '\\N{DASH}\\x41\\101\\\n'\n",
        "x = b'a' b'b'; y = ...; z = 1j; w = 10 ** 400; v = 0x_ff + 1_000 + 1e3\n",
        "x = f'{a.b()} {c!r:>{d.e()}} {{}} \\n'\n",
        "x = f'{{{a}' 'b' f'{c}'\n",
        "x = ('a'\n     f'{b()}'  # c\n     \"d\" f'''{e}\n{f.g()}''')\n",
        "x = f'{a = }' + f'a={b}' + f'{c=!r}' + f'=' + f''\n",
        "x = '\\ud800'; y = f'\\ud800{a}'; z = '\\ud800' 'a'\n",
        "ä = 'ö'; ü.é(ß)[à] = \"ñ\", f'ú{ó.í}'\n",
        "x = 'ﬁ…', ﬁ.ﬁ(), b\n",
        "f(a, *b, c=1, *d, **e)(g)[h](i)((j for j in k))\n",
        "((a or b))(c); (lambda: 0)(); [a][0](); (yield)()\n",
        "(a  # b\n)(c)\n((a or b)  # c\n)(d)\n",
        "'a'(b)\nf'{a}'(b)\n(a, b)()\n{}()\n",
        "a[1]; a[1,]; a[1:2, ::3]; a[(1, 2)]; a[()]; a[*b]; a[*b,]\n",
        "not a; -a; +a; ~a; a if b else c; a and b and c or d or (e or f); a < b <= c is not d not in e\n",
        "(a and b) and c; a and (b and c)\n",
        "[a for b in c if d if e for f in g]; {a: b for c in d}; {a for b in c}; (a async for b in c)\n",
        "lambda a, /, b=1, *c, d, e=2, **f: (g := h)\n",
        "del a, b; del (c, d); del (e); del [f]\n",
        "import a.b as c, d\nfrom . import e\nfrom ..f import (g as h, i,)\nfrom j import *\n",
        "assert a, b; raise c from d; raise; global e, f; pass\n",
        "a: int\nb: c = d\ne.f: g = h\ni += 1; j @= 2; k //= 3; l >>= 4; m **= 5\n*n, o = p\n(q) = r\n",
        "if a: b\nelif c:\n    d\nelif e: f; g\nelse:\n    if h:\n        i\n",
        "while a:\n    break\nelse:\n    continue\n",
        "async def f(a: b, *, c: d = e) -> g:\n    async with h as i, j:\n        async for k, l in m: await n\n",
        "with (a as b, c): d\nwith (a): b\nwith (a, b): c\nwith (a, b) as c: d\n",
        "try: a\nexcept b: c\nexcept (d, e) as f: g\nexcept: h\nelse: i\nfinally: j\n",
        "try:\n    a\nexcept* b as c:\n    d\n",
        "match a:\n    case [b, *c, {'d': e, **f}] | g(h, i=j) as k if l: m\n    case 1 | None | n.o | _: p\n",
        "@a\n@b.c(d)\nclass E(f, *h, metaclass=g, **i):\n    '''j'''\n    @k\n    async def l(self): ...\n",
        "def \\\n  f(a): pass\nasync def \\\n  g(): pass\n",
        "@a\ndef f(): pass\n\x0c\ndef g():\n\x0c    return 1\n",
        "x = yield; y = yield a; z = yield from b; print(*a, **b); w = [*a, b]; v = {**a, 'b': c, **d}\n",
        "if a:\n" + "".join(f"    b({index})\nelif c{index}:\n" for index in range(150)) + "    d\n",
        "x = " + "(" * 90 + "a" + ")" * 90 + "\ny = " + "[" * 70 + "]" * 70 + "\n",
        "x = " + " and ".join(f"a{index}" for index in range(120)) + "\n",
        "",
        "# nothing\n",
    ],
)
def test_odd_code_means_the_same_both_ways(text: str) -> None:
    assert spelled(lower(text, lines_of(text))) == spelled(by_libcst(text))


def test_lines_are_those_of_the_file_both_ways() -> None:
    text = "a.b(\n  c,\n)\nd = f'{e}'\n"
    origin = [7, 9, 30, 31, 32]
    assert spelled(lower_with_builtin(text, origin)) == spelled(lower_with_libcst(text, origin, tokens(text)))


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="this Python knows t-strings")
def test_syntax_newer_than_the_running_python_is_read_all_the_same() -> None:
    ((assignment,),) = lower("x = t'{a.b()}'\n", [1, 2])
    assert isinstance(assignment, syntax.Assign)
    assert isinstance(assignment.value, syntax.FString)


def test_what_libcst_trips_over_is_told_like_any_mistake() -> None:
    with pytest.raises(NotParsed, match="libcst cannot read this"):
        by_libcst("async def f(x):\n    return [\n        y async\n        for y in x\n    ]\n")


def test_reading_ordinary_code_does_not_cost_the_import_of_libcst() -> None:
    code = (
        "import sys\n"
        "from delete_lint.source.file import SourceFile\n"
        "file = SourceFile('a.py', b'def f(a):\\n    a.delete()\\n')\n"
        "assert file.function(file.outline[0]).body\n"
        "assert 'libcst' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
