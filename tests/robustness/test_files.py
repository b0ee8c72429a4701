"""Files that nobody would write: each is read, or named as one that cannot be, and the rest of the run goes on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.fuzz.trial import SECONDS, faults_within
from tests.robustness.running import assert_sound, limited, run, shop

_HEAD = b"from django.db import models\n\n\nclass Other(models.Model):\n    name = models.CharField(max_length=9)\n"
#: Bytes of memory that a file of fifty megabytes may take.
_MEMORY = 6 << 30
_MANY = 10_000
_MEGA = 1 << 20

_ENCODINGS = (
    *("latin-1", "utf-16", "utf-32", "utf-7", "rot13", "base64", "hex", "zlib", "bz2", "uu", "idna", "punycode"),
    *("undefined", "mbcs", "unicode_escape", "raw_unicode_escape", "ascii", "cp037", "big5", "no-such-thing"),
    *("utf-8-sig", "..\\..\\x"),
)
#: What stands in a file, and whether the running Python takes it.
FILES: dict[str, bytes] = {
    "nested-round": b"x = " + b"(" * _MANY + b")" * _MANY + b"\n",
    "nested-square": b"x = " + b"[" * _MANY + b"]" * _MANY + b"\n",
    "nested-curly": b"x = " + b"{" * _MANY + b"}" * _MANY + b"\n",
    "nested-mixed": b"x = " + b"([{" * _MANY,
    "nested-calls": b"x = a" + b"(a" * _MANY + b")" * _MANY + b"\n",
    "nested-after-delete": b"def f(q):\n    q.delete(" + b"(" * _MANY + b")" * _MANY + b")\n",
    "nested-indices": b"x = a" + b"[a" * _MANY + b"]" * _MANY + b"\n",
    "nested-fields": b"x = " + b"f'{" * _MANY,
    "nested-lambdas": b"x = " + b"lambda: " * _MANY + b"1\n",
    "nested-nots": b"x = " + b"not " * _MANY + b"1\n",
    "nested-blocks": b"".join(b" " * level + b"if 1:\n" for level in range(1000)) + b" " * 1000 + b"pass\n",
    "nested-classes": b"".join(b" " * level + b"class A(A):\n" for level in range(300)) + b" " * 300 + b"pass\n",
    "nested-functions": b"".join(b" " * level + b"def f(q): \n" for level in range(300)) + b" " * 300 + b"q.delete()\n",
    "only-opened": b"(" * _MANY,
    "only-closed": b")" * _MANY,
    "attributes": b"def f(a):\n    a" + b".a" * _MANY + b".delete()\n",
    "calls": b"def f(a):\n    a" + b"()" * _MANY + b".delete()\n",
    "sum": b"x = 1" + b" + 1" * _MANY + b"\n",
    "strings": b"x = (" + b"'a' " * _MANY + b")\n",
    "elifs": b"if 1: pass\n" + b"elif 1: pass\n" * _MANY,
    "decorators": b"@a\n" * _MANY + b"def f(): pass\n",
    "long-line-string": b"x = '" + b"a" * _MEGA + b"'\n",
    "long-line-name": b"def f():\n    " + b"a" * _MEGA + b".delete()\n",
    "long-line-name-connecting": b"def f():\n    " + b"a" * _MEGA + b".connect(f)\n",
    "long-line-statements": b"x=1;" * (_MEGA // 4) + b"\n",
    "long-line-list": b"x = [" + b"1," * (_MEGA // 2) + b"]\n",
    "long-line-comment": b"#" * _MEGA + b"\n",
    "long-line-spaces": b" " * _MEGA + b"x\n",
    "long-line-backslashes": b"\\" * _MEGA,
    "long-line-quotes": b"'" * _MEGA,
    "long-line-suppressions": b"x = 1  " + b"# delete-lint: ignore[delete_in_loop] " * (_MEGA // 1000) + b"\n",
    "many-suppressions": b"x = 1  # delete-lint: ignore\n" * (_MEGA // 1000),
    "many-classes-left-open": b"class A(\n" * (_MEGA // 60),
    "many-loops-on-a-line": b"def f():\n    " + b"for a " * (_MEGA // 24) + b"post_delete.connect(f)\n",
    "many-newlines": b"\n" * _MEGA,
    "continued": b"x = 1 + \\\n" * _MANY + b"1\n",
    "nul": b"x = 1\n\0\ny = 2\n",
    "nul-only": b"\0" * 1000,
    "nul-in-string": b"x = '\0'\n",
    "no-utf-8": b"x = '\xff\xfe'\n",
    "surrogates-encoded": b"x = '\xed\xa0\x80'\n",
    "surrogates-escaped": b"class Order2(models.Model):\n    class Meta:\n        db_table = '\\ud800'\n\n\n"
    b"def f(x='\\udfff'):\n    Order2.objects.get(a='\\ud800').delete()\n",
    "overlong": b"x = '\xc0\x80\xf8\x88\x80\x80\x80'\n",
    "utf-16": "x = 1\n".encode("utf-16"),
    "utf-32": "x = 1\n".encode("utf-32"),
    "bom": b"\xef\xbb\xbfx = 1\n",
    "bom-twice": b"\xef\xbb\xbf\xef\xbb\xbfx = 1\n",
    "bom-inside": b"x = 1\n\xef\xbb\xbfy = 2\n",
    "bom-and-lie": b"\xef\xbb\xbf# coding: latin-1\nx = 1\n",
    **{
        f"coding-{name}": b"# -*- coding: " + name.encode() + b" -*-\nx = '\xe4'\n"
        for name in _ENCODINGS
    },
    "coding-of-a-kilometre": b"# coding: " + b"x" * _MEGA + b"\n",
    "form-feeds": b"\fx = 1\n\f\n  \f\ndef f():\n\f    pass\n    \f  y = 1\n",
    "vertical-tabs": b"x = 1\n\vy = 2\n",
    "cr-only": b"from django.db import models\rclass A(models.Model):\r    x = 1\r",
    "line-ends-mixed": b"x = 1\r\ny = 2\rz = 3\n\r\n\r",
    "separators": "x = 1\u2028y = 2\u2029z = '\x85'\n".encode(),
    "tabs-and-spaces": b"if 1:\n\tx = 1\n        y = 2\n    \tz = 3\n",
    "empty": b"",
    "one-byte": b"\\",
    "no-end": b"class A(models.Model):\n    x =",
    "unclosed-triple": b"x = '''\n" + b"def f(): pass\n" * 1000,
    "many-digits": b"x = " + b"9" * 100_000 + b"\n",
    "digits-as-delete": b"def f(q):\n    q.filter(pk=" + b"9" * 5000 + b").delete()\n",
    "inherits-itself": b"class A(A): pass\nclass B(C): pass\nclass C(B): pass\nB.objects.all().delete()\n",
    "attribute-of-itself": b"class A:\n    x = A.x\n    y = A.z\n    z = A.y\n\n\nA.x.delete()\nA.y.delete()\n",
    "refers-to-itself": b"class R(models.Model):\n    r = models.ForeignKey('self', models.CASCADE)\n"
    b"    s = models.ForeignKey('R', models.RESTRICT)\n",
    "calls-itself": b"def f(q):\n    g(q)\n\n\ndef g(q):\n    f(q)\n    q.delete()\n",
    "long-chain": b"".join(b"def f%d(x):\n    return f%d(x)\n" % (n, n + 1) for n in range(2000)) + b"f0(1).delete()\n",
    "long-names": b"".join(b"x%d = x%d\n" % (n, n + 1) for n in range(3000)) + b"x0.delete()\n",
    "long-inheritance": b"class M0(models.Model): pass\n"
    + b"".join(b"class M%d(M%d): pass\n" % (n + 1, n) for n in range(150)),
}  # fmt: skip


def content(name: str) -> bytes:
    """What stands in the file of this name; some of them are odd from the first byte on."""
    odd_from_the_start = name.startswith(("bom", "coding", "utf", "empty", "cr-only"))
    return FILES[name] if odd_from_the_start else _HEAD + FILES[name]


@pytest.mark.parametrize("name", FILES)
def test_whatever_is_in_a_file_is_read_shown_and_fixed_or_named(name: str, tmp_path: Path) -> None:
    project = {file.relative_to(tmp_path).as_posix(): file.read_bytes() for file in shop(tmp_path).rglob("*.py")}
    data = content(name)
    # A megabyte is given time in proportion to what a file has that people write.
    is_large = len(data) > 100_000
    found = faults_within(
        {**project, "shop/odd.py": data}, tmp_path, seconds=SECONDS * (6 if is_large else 1), thorough=not is_large
    )
    assert [fault.where for fault in found] == [], found[0].message


def test_one_run_over_all_of_them_says_what_the_sound_files_have(tmp_path: Path) -> None:
    folder = shop(tmp_path)
    for name in FILES:
        (folder / "shop" / f"{name.replace('-', '_').replace('.', '_')[:60]}.py".replace("\\", "_")).write_bytes(
            content(name)
        )
    done = run(".", "--no-cache", "--format", "json", folder=folder, first=limited(2 << 30), seconds=200)
    assert_sound(done, 1)
    found = json.loads(done.stdout)
    assert found["summary"]["files"] == 4 + len(FILES)
    assert any(each["rule"] == "delete_in_loop" for each in found["findings"])


def test_a_file_of_fifty_megabytes_takes_a_bounded_memory(tmp_path: Path) -> None:
    folder = shop(tmp_path)
    lines = b"x = [1, 2, 'three', {4: 5}]\ny = '" + b"data " * 100 + b"'\n"
    (folder / "shop" / "data.py").write_bytes(_HEAD + lines * (50 * _MEGA // len(lines)))
    done = run(".", "--no-cache", "--format", "json", folder=folder, first=limited(_MEMORY), seconds=300)
    assert_sound(done, 1)
    assert any(each["rule"] == "delete_in_loop" for each in json.loads(done.stdout)["findings"])
