"""What the cache does when it is damaged, full, in the way, or somebody else's: go on without it."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delete_lint.cache.folder import packs as pack_files
from delete_lint.cache.store import PACKS, Store
from delete_lint.lint import lint
from delete_lint.output.json_report import json_report
from delete_lint.settings import Settings
from delete_lint.source.facts import Known, key_of
from delete_lint.source.file import SourceFile
from tests.cache.shop import FILES, findings, hits, packs, project
from tests.command import ROOT, delete_lint

TEXTS = [f"class A{number}:\n    x = f(y)[{number}]\n\n\nimport a.b\n".encode() for number in range(6)]


def learn(known: Known, data: bytes) -> None:
    file = SourceFile("a.py", data, known.of(data))
    file.read(file.outline)
    assert file.imports


def kept(folder: Path, texts: list[bytes]) -> None:
    with Store(folder) as store:
        for text in texts:
            learn(store, text)
        store.save()


def met(folder: Path) -> list[bytes]:
    """What the cache has of each text."""
    with Store(folder) as store:
        return [store._stored(key_of(text)) or b"" for text in TEXTS]


# --- damage -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes, list[bytes]]:
    folder = tmp_path_factory.mktemp("cache")
    kept(folder, TEXTS)
    [pack] = packs(folder)
    return pack, pack.read_bytes(), met(folder)


def damaged(data: bytes) -> st.SearchStrategy[bytes]:
    place = st.integers(0, len(data) - 1)
    flipped = st.builds(
        lambda at, bits: data[:at] + bytes([data[at] ^ bits]) + data[at + 1 :], place, st.integers(1, 255)
    )
    cut = st.builds(lambda at: data[:at], place)
    noise = st.binary(max_size=300)
    spliced = st.builds(lambda at, other, to: data[:at] + other + data[to:], place, noise, place)
    return flipped | cut | noise | spliced


@given(data=st.data())
@settings(max_examples=400, deadline=None)
def test_a_damaged_entry_is_no_entry_and_the_others_are_what_they_were(
    sound: tuple[Path, bytes, list[bytes]], data: st.DataObject
) -> None:
    pack, whole, entries = sound
    assert all(entries)
    pack.write_bytes(data.draw(damaged(whole)))
    try:
        assert all(found in (b"", entry) for found, entry in zip(met(pack.parent), entries, strict=True))
    finally:
        pack.write_bytes(whole)


@dataclass(frozen=True)
class Cached:
    """A project, its cache as it was, and what is to be said of it."""

    folder: Path
    cache: Path
    pack: Path
    whole: bytes
    said: str

    def run(self, cache: Path | None) -> str:
        return json_report(lint(["."], Settings(cache_dir=cache), self.folder))


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Cached:
    folder = project(tmp_path_factory.mktemp("damaged"))
    cache = folder / "cache"
    said = json_report(lint(["."], Settings(cache_dir=cache), folder))
    [pack] = packs(cache)
    found = Cached(folder, cache, pack, pack.read_bytes(), said)
    assert found.run(None) == said
    return found


@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_damage_changes_nothing_of_what_is_said_and_is_made_good(shop: Cached, data: st.DataObject) -> None:
    for pack in packs(shop.cache):
        pack.unlink()
    shop.pack.write_bytes(data.draw(damaged(shop.whole)))
    assert shop.run(shop.cache) == shop.said
    with Store(shop.cache) as store:
        assert all(store._stored(key_of((shop.folder / name).read_bytes())) for name in FILES)


def test_what_proves_sound_and_means_nothing_is_read_anew(tmp_path: Path) -> None:
    """Somebody may have written packs of his own."""
    from delete_lint.cache.folder import write
    from delete_lint.cache.maker import maker
    from delete_lint.cache.pack import Entry, packed

    for nonsense in (b"\x93\x01\x02\x03", b"\x94\xc4\x01\xff\xc4\x02ab\x80\xc0", b"x" * 50, b"\x91" * 100_000):
        write(tmp_path, maker(), packed({key_of(TEXTS[0]): Entry(nonsense, 0)}))
        with Store(tmp_path) as store:
            file = SourceFile("a.py", TEXTS[0], store.of(TEXTS[0]))
            assert file.class_shell(file.outline[0]).name == "A0"
            assert [found.names[0].name for found in file.imports] == ["a.b"]
        for pack in packs(tmp_path):
            pack.unlink()


# --- where nothing can be written ---------------------------------------------------------------------------------


def test_a_folder_that_cannot_be_made_is_gone_without(tmp_path: Path) -> None:
    folder = project(tmp_path)
    without = findings(folder, "--no-cache")
    (folder / "file").write_text("")
    for place in ("file/cache", "/proc/cache", "/dev/null/cache"):
        assert findings(folder, "--cache-dir", place) == without
    (folder / ".delete_lint_cache").write_text("somebody's")
    assert findings(folder) == without
    assert (folder / ".delete_lint_cache").read_text() == "somebody's"


def test_a_folder_that_is_read_only_is_read(tmp_path: Path) -> None:
    folder = project(tmp_path)
    findings(folder)
    cache = folder / ".delete_lint_cache"
    before = packs(folder)
    (folder / "shop" / "new.py").write_text("import os\n")
    cache.chmod(0o500)
    try:
        if os.access(cache, os.W_OK):
            pytest.skip("this user may write everywhere")
        known, files = hits(folder)
        assert known == files - 1
        assert findings(folder) == findings(folder, "--no-cache")
        assert packs(folder) == before
    finally:
        cache.chmod(0o700)


def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path) -> None:
    folder = project(tmp_path)
    without = findings(folder, "--no-cache")
    done = subprocess.run(
        [sys.executable, "-m", "delete_lint", ".", "--format", "json"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "rules")])},
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (600, 600)),
    )
    assert (done.stdout, done.stderr) == (without, "")
    assert sorted(os.listdir(folder / ".delete_lint_cache")) == [".gitignore", "CACHEDIR.TAG"]


def test_a_pack_that_cannot_be_opened_is_gone_without(tmp_path: Path) -> None:
    kept(tmp_path, TEXTS)
    [pack] = packs(tmp_path)
    pack.unlink()
    pack.mkdir()
    assert met(tmp_path) == [b""] * len(TEXTS)
    kept(tmp_path, TEXTS)
    assert all(met(tmp_path))


# --- size ---------------------------------------------------------------------------------------------------------


def test_packs_are_made_into_one_before_they_are_many(tmp_path: Path) -> None:
    texts = [f"import module_{number}\nclass A: pass\n".encode() for number in range(3 * PACKS)]
    for number, text in enumerate(texts):
        kept(tmp_path, [text])
        assert len(packs(tmp_path)) <= PACKS, number
    with Store(tmp_path) as store:
        assert all(store._stored(key_of(text)) for text in texts)


def test_two_runs_that_learn_different_things_of_a_file_forget_neither_for_long(tmp_path: Path) -> None:
    text = TEXTS[0]
    with Store(tmp_path) as one, Store(tmp_path) as other:
        file = SourceFile("a.py", text, one.of(text))
        assert file.imports
        learn(other, text)
        other.save()
        one.save()
    with Store(tmp_path) as store:
        assert store.of(text).lowered(0) is not None


def test_the_cache_stays_within_its_bound(tmp_path: Path) -> None:
    limit = 20_000
    for number in range(40):
        text = f"class A{number}:\n".encode() + b"    x = f(y)\n" * 30 + b"\nimport a\n"
        with Store(tmp_path, limit=limit) as store:
            learn(store, text)
            store.save()
        assert sum(pack.stat().st_size for pack in packs(tmp_path)) <= limit
        with Store(tmp_path) as store:
            assert store._stored(key_of(text)) is not None, "what was learnt last goes last"


def test_packs_of_other_versions_are_not_read_and_go_first(tmp_path: Path) -> None:
    kept(tmp_path, TEXTS)
    [pack] = packs(tmp_path)
    foreign = pack.rename(tmp_path / f"facts-{'0' * 16}-1.pack")
    assert met(tmp_path) == [b""] * len(TEXTS)
    kept(tmp_path, TEXTS)
    assert foreign.exists()
    old = time.time() - 60 * 86_400
    os.utime(foreign, (old, old))
    kept(tmp_path, [b"import z\nclass Z: pass\n"])
    assert not foreign.exists()
    assert all(met(tmp_path))


def test_what_a_stopped_run_left_goes_and_what_another_is_writing_stays(tmp_path: Path) -> None:
    left, writing = tmp_path / f"facts-{'0' * 16}-1.tmp", tmp_path / f"facts-{'0' * 16}-2.tmp"
    left.write_bytes(b"x")
    writing.write_bytes(b"x")
    os.utime(left, (0, 0))
    kept(tmp_path, TEXTS)
    assert (left.exists(), writing.exists()) == (False, True)


def test_files_of_others_in_the_folder_are_left_alone(tmp_path: Path) -> None:
    others = ["facts.pack", "facts-1.tmp", "notes.txt", ".gitignore"]
    for name in others:
        (tmp_path / name).write_text("mine")
        os.utime(tmp_path / name, (0, 0))
    for number in range(2 * PACKS):
        kept(tmp_path, [f"import m{number}\nclass A: pass\n".encode()])
    assert all((tmp_path / name).read_text() == "mine" for name in others)
    assert len(pack_files(tmp_path)) <= PACKS


def test_any_user_of_a_shared_folder_may_read_what_the_umask_lets_him(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        kept(tmp_path, TEXTS)
    finally:
        os.umask(before)
    assert packs(tmp_path)[0].stat().st_mode & 0o777 == 0o644


# --- whose facts --------------------------------------------------------------------------------------------------


def test_whoever_works_on_the_reader_meets_no_facts_of_before(tmp_path: Path) -> None:
    import shutil

    shutil.copytree(
        ROOT / "delete_lint", tmp_path / "delete_lint", ignore=shutil.ignore_patterns("__pycache__", "runtime")
    )

    def maker() -> str:
        code = "from delete_lint.cache.maker import maker; print(maker())"
        return subprocess.run(
            [sys.executable, "-c", code], cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(tmp_path)},
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip

    seen = {maker()}
    assert maker() in seen
    for edited in ("source/tokens.py", "source/lowering/statements.py", "version.py", "cache/pack.py"):
        with (tmp_path / "delete_lint" / edited).open("a") as file:
            file.write("\n__version__ = 'next'\n")
        seen.add(maker())
    assert len(seen) == 5


def test_the_modules_that_facts_come_from_are_all_of_those_that_they_import() -> None:
    import ast

    from delete_lint.cache.maker import READERS

    source = ROOT / "delete_lint" / "source"
    known: set[str] = set()
    todo = ["file", "mistakes", "facts", "lowering"]
    while todo:
        name = todo.pop()
        if name in known:
            continue
        known.add(name)
        folder = source / name
        for file in folder.glob("*.py") if folder.is_dir() else [folder.with_suffix(".py")]:
            tree = ast.parse(file.read_bytes())
            # What is imported for types alone makes no facts.
            tree.body = [node for node in tree.body if not isinstance(node, ast.If)]
            for node in ast.walk(tree):
                if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("delete_lint"):
                    assert (node.module or "").startswith("delete_lint.source"), f"{file}: {node.module}"
                    parts = (node.module or "").split(".")
                    todo += [parts[2]] if len(parts) > 2 else [alias.name for alias in node.names]
    assert known == set(READERS)


# --- the facts themselves -----------------------------------------------------------------------------------------


def test_what_is_kept_of_a_file_is_what_was_read_of_it(tmp_path: Path) -> None:
    import msgspec

    def told(file: SourceFile) -> bytes:
        statements = [msgspec.json.encode(list(file.statement(block))) for block in file.outline]
        return msgspec.json.encode((file.outline, file.imports, statements, [repr(each) for each in file.check()]))

    sources = [*(ROOT / "delete_lint").rglob("*.py"), *(ROOT / "tests" / "source").rglob("*.py")][::4]
    texts = [path.read_bytes() for path in sources]
    texts += [text.encode() for text in FILES.values()]
    fresh: list[bytes] = []
    with Store(tmp_path) as store:
        for text in texts:
            SourceFile("a.py", text, store.of(text)).read(SourceFile("a.py", text).outline)
            fresh.append(told(SourceFile("a.py", text, store.of(text))))
        store.save()
    alone = [told(SourceFile("a.py", text)) for text in texts]
    with Store(tmp_path) as store:
        again = [told(SourceFile("a.py", text, store.of(text))) for text in texts]
        assert store._hits == set(map(key_of, texts))
    assert again == fresh == alone


@pytest.mark.parametrize(
    "deep", [lambda: "(" * 60 + "1" + ")" * 60, lambda: "not " * 150 + "x", lambda: "a" + ".b(c)" * 300]
)
def test_how_deep_the_stack_was_is_no_fact_of_a_file(deep: Callable[[], str]) -> None:
    text = f"x = {deep()}\n".encode()
    known = Known()

    def read(levels: int) -> SourceFile:
        if levels:
            return read(levels - 1)
        file = SourceFile("a.py", text, known.of(text))
        file.statement(file.outline[0])
        return file

    limit = sys.getrecursionlimit()
    frames = len(_stack())
    for room in (40, 80, 160):
        try:
            read(limit - frames - room)
        except RecursionError:
            continue
    assert repr(read(0).check()) == repr(SourceFile("a.py", text).check())


def _stack() -> list[object]:
    frame = sys._getframe()
    found: list[object] = []
    while frame is not None:
        found.append(frame)
        frame = frame.f_back  # type: ignore[assignment]
    return found


def test_the_command_line_tells_of_no_damage(tmp_path: Path) -> None:
    folder = project(tmp_path)
    without = findings(folder, "--no-cache")
    findings(folder)
    for pack in packs(folder):
        pack.write_bytes(os.urandom(5000))
    done = delete_lint(".", "--format", "json", folder=folder)
    assert (done.stdout, done.stderr) == (without, "")
