"""What a change brings, on real repositories: nothing old passes for new, nothing new is missed, nothing is touched."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from delete_lint.baseline import read_baseline, write_baseline
from delete_lint.changes import lint_changed, lint_since
from delete_lint.config import load_settings
from delete_lint.git import GitError
from delete_lint.lint import lint
from delete_lint.report import Report
from delete_lint.settings import Settings
from tests.command import delete_lint
from tests.repositories import (
    BLOCKING,
    DEEPER,
    ENVIRONMENT,
    IN_LOOP,
    LOOP,
    NETWORK,
    OLD,
    PART,
    SHOP,
    Work,
    loop,
    repository,
)


@pytest.fixture(autouse=True)
def _no_hook_around(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith(("GIT_", "PRE_COMMIT")):
            monkeypatch.delenv(name)


@pytest.fixture
def shop(tmp_path: Path) -> Work:
    return repository(tmp_path / "project", SHOP)


def since(work: Work, revision: str = "HEAD", *paths: str) -> Report:
    return lint_since(paths or (".",), load_settings(work.folder), work.folder, since=revision)


def changed(work: Work, *files: str) -> Report:
    return lint_changed(files, load_settings(work.folder), work.folder)


def found(report: Report, *, elsewhere: bool | None = None) -> list[tuple[str, str]]:
    assert not report.problems
    return [
        (each.place.file, each.rule)
        for each in report.findings
        if elsewhere is None or report.is_elsewhere(each) == elsewhere
    ]


def touched(report: Report) -> set[str]:
    return set(report.changed or ())


# --- what a branch brings -----------------------------------------------------------------------------------------


def test_a_model_that_deepens_a_cascade_is_told_where_the_delete_stands(shop: Work) -> None:
    shop.append("shop/models.py", PART)
    report = since(shop)
    assert found(report, elsewhere=True) == [DEEPER]
    assert found(report, elsewhere=False) == []
    assert touched(report) == {"shop/models.py"}


def test_a_helper_that_makes_a_receiver_block_is_told_at_the_receiver(shop: Work) -> None:
    shop.write({"shop/search.py": NETWORK})
    assert found(since(shop), elsewhere=True) == [BLOCKING]


def test_a_clean_change_in_a_file_full_of_old_findings_is_clean(shop: Work) -> None:
    shop.append("shop/tasks.py", LOOP)
    shop.append("shop/models.py", PART)
    shop.commit()
    assert {OLD, DEEPER, IN_LOOP} >= set(found(lint(["."], Settings(), shop.folder))) >= {DEEPER, IN_LOOP}
    tasks = (shop.folder / "shop/tasks.py").read_text()
    shop.write({"shop/tasks.py": f'"""Tasks."""\n\nimport logging\n\n{tasks}\n\nlogging.info("here")\n'})
    report = since(shop)
    assert found(report) == []
    assert touched(report) == {"shop/tasks.py"}
    assert any("findings were there before" in line for line in report.details)


def test_a_new_finding_beside_old_ones_is_the_only_one(shop: Work) -> None:
    shop.append("shop/tasks.py", LOOP)
    shop.commit()
    tasks = (shop.folder / "shop/tasks.py").read_text()
    head, _, body = tasks.partition("\n")
    shop.write({"shop/tasks.py": head + LOOP.replace("one_by_one", "slowly") + body})
    assert found(since(shop), elsewhere=False) == [IN_LOOP]


def test_a_suppression_that_goes_brings_its_finding_back(shop: Work) -> None:
    loop = LOOP.replace("customer.delete()", "customer.delete()  # delete-lint: ignore[delete_in_loop] few")
    shop.append("shop/tasks.py", loop)
    shop.commit()
    assert found(since(shop)) == []
    text = (shop.folder / "shop/tasks.py").read_text()
    shop.write({"shop/tasks.py": text.replace("  # delete-lint: ignore[delete_in_loop] few", "")})
    assert found(since(shop)) == [IN_LOOP]


def test_commits_of_the_branch_count_and_those_of_the_other_branch_do_not(shop: Work) -> None:
    shop.git("switch", "-q", "-c", "feature")
    shop.append("shop/models.py", PART)
    shop.commit()
    shop.write({"shop/search.py": NETWORK})  # not even added
    shop.git("switch", "-q", "main", "--merge")
    shop.git("stash", "-q")
    shop.append("shop/tasks.py", LOOP)
    shop.commit()
    shop.git("switch", "-q", "feature")
    shop.git("stash", "pop", "-q")
    assert found(since(shop, "main")) == [BLOCKING, DEEPER]
    assert found(since(shop, "HEAD")) == [BLOCKING]


def test_renamed_files_and_packages_bring_nothing(shop: Work) -> None:
    shop.append("shop/models.py", PART)
    shop.append("shop/tasks.py", LOOP)
    shop.write({"shop/search.py": NETWORK})
    shop.commit()
    shop.git("mv", "shop/tasks.py", "shop/jobs.py")
    shop.git("mv", "shop/signals.py", "shop/receivers.py")
    assert found(since(shop)) == []
    shop.commit()
    shop.git("mv", "shop", "store")
    for file in (shop.folder / "store").glob("*.py"):
        file.write_text(file.read_text().replace("shop", "store"))
    assert found(since(shop)) == []


def test_a_deleted_file_is_a_change_with_findings_elsewhere(shop: Work) -> None:
    shop.write({"shop/search.py": NETWORK})
    signals = (shop.folder / "shop/signals.py").read_text()
    comment = "# delete-lint: ignore[blocking_receiver] the search forgets in no time\n"
    shop.write({"shop/signals.py": signals.replace("**kwargs):\n", f"**kwargs):  {comment}")})
    shop.commit()
    assert found(since(shop)) == []
    shop.git("rm", "-q", "shop/search.py")
    report = since(shop)
    assert found(report, elsewhere=True) == [("shop/signals.py", "unused_suppression")]
    assert touched(report) == set()


def test_a_deleted_package_is_put_back_whole_to_look_at_what_was(shop: Work) -> None:
    shop.write(
        {
            "stock/__init__.py": "",
            "stock/models.py": f"from django.db import models\nfrom shop.models import Line\n{PART}",
        }
    )
    shop.commit()
    assert DEEPER in found(lint(["."], Settings(), shop.folder))
    shop.git("rm", "-rq", "stock")
    # Lines have nothing below them any more, and so only the receiver keeps them from being deleted fast.
    assert found(since(shop), elsewhere=True) == [OLD]
    shop.commit()
    shop.git("checkout", "-q", "HEAD~", "--", "stock")
    assert found(since(shop), elsewhere=True) == [DEEPER]


def test_untracked_files_are_part_of_what_the_working_tree_brings(shop: Work) -> None:
    shop.write({"shop/late.py": loop()})
    report = since(shop)
    assert found(report, elsewhere=False) == [("shop/late.py", "delete_in_loop")]
    assert touched(report) == {"shop/late.py"}


def test_only_the_named_paths_are_judged(shop: Work) -> None:
    shop.append("shop/tasks.py", LOOP)
    shop.write({"tools/__init__.py": "", "tools/clean.py": loop()})
    assert found(since(shop, "HEAD", "shop")) == [IN_LOOP]
    assert len(found(since(shop, "HEAD", "shop", "tools"))) == 2


def test_everything_is_new_before_the_first_commit(tmp_path: Path) -> None:
    work = repository(tmp_path / "project")
    work.write(SHOP)
    assert found(since(work)) == [OLD]
    work.git("add", "shop/models.py", "shop/signals.py", "shop/__init__.py", "manage.py", "shop/search.py")
    assert found(changed(work, "shop/models.py", "shop/signals.py")) == [OLD]
    assert found(changed(work, "shop/signals.py")) == []


def test_the_running_project_is_not_asked_for_it_has_no_past(shop: Work) -> None:
    shop.write({"shop/search.py": NETWORK})
    report = lint_since(["."], Settings(django_settings="shop.settings"), shop.folder, since="HEAD")
    assert found(report) == [BLOCKING]
    assert "shop.settings was not set up: the running project is only there as it is now" in report.details


def test_what_the_baseline_knows_stays_known(shop: Work, tmp_path: Path) -> None:
    shop.write({"shop/search.py": NETWORK})
    full = lint(["."], Settings(), shop.folder)
    write_baseline(tmp_path / "baseline", full.findings, shop.folder)
    shop.append("shop/tasks.py", LOOP)
    report = lint_since(["."], Settings(), shop.folder, since="HEAD", baseline=read_baseline(tmp_path / "baseline"))
    assert found(report) == [IN_LOOP]
    assert BLOCKING in [(each.place.file, each.rule) for each in report.baselined]


# --- what a commit brings -----------------------------------------------------------------------------------------


def test_a_commit_hears_of_all_findings_in_its_files_and_of_those_it_causes_elsewhere(shop: Work) -> None:
    shop.append("shop/tasks.py", LOOP)
    shop.commit()
    shop.write({"shop/search.py": NETWORK})
    report = changed(shop, "shop/search.py")
    assert found(report, elsewhere=True) == [BLOCKING]
    shop.git("checkout", "-q", "shop/search.py")
    assert found(changed(shop, "shop/models.py")) == [OLD]
    assert found(changed(shop, "shop/search.py")) == []
    assert found(changed(shop, *SHOP)) == [OLD, IN_LOOP]


def test_what_will_not_be_in_the_commit_does_not_count(shop: Work) -> None:
    shop.write({"shop/late.py": "from shop.models import *\nfrom django.db import models\n" + PART})
    shop.append("shop/search.py", "\n")
    assert found(changed(shop, "shop/search.py")) == []
    assert found(changed(shop, "shop/search.py", "shop/late.py")) == [DEEPER]
    shop.git("add", "shop/late.py")
    assert found(changed(shop, "shop/search.py")) == [DEEPER]


def test_without_files_those_are_meant_that_changed(shop: Work) -> None:
    assert found(changed(shop)) == []
    shop.write({"shop/search.py": NETWORK})
    shop.write({"shop/late.py": loop()})
    report = changed(shop)
    assert found(report, elsewhere=False) == [("shop/late.py", "delete_in_loop")]
    assert found(report, elsewhere=True) == [BLOCKING]


def test_a_commit_of_nothing_that_is_linted_reads_nothing(shop: Work) -> None:
    shop.write({"shop/tests/test_shop.py": loop(), "pyproject.toml": ""})
    shop.git("add", ".")
    report = changed(shop, "shop/tests/test_shop.py", "pyproject.toml")
    assert found(report) == []
    assert report.summary.files == 0
    assert "no file that is linted changed" in report.details


def test_files_that_the_settings_leave_out_stay_out_though_they_are_named(shop: Work) -> None:
    shop.write({"pyproject.toml": '[tool.delete-lint]\nextend-exclude = ["legacy"]\n'})
    shop.write({"legacy/__init__.py": "", "legacy/tasks.py": loop()})
    shop.git("add", ".")
    assert found(changed(shop, "legacy/tasks.py", "shop/tasks.py")) == []


def test_the_project_of_a_commit_is_the_folder_of_the_settings(shop: Work) -> None:
    shop.write({f"backend/{name}": text for name, text in SHOP.items()})
    shop.write({"backend/delete-lint.toml": "", "backend/shop/search.py": NETWORK})
    shop.git("add", ".")
    shop.commit()
    shop.append("backend/shop/models.py", PART)
    settings = load_settings(shop.folder / "backend/shop")
    report = lint_changed(["backend/shop/models.py"], settings, shop.folder)
    assert found(report) == [("backend/shop/tasks.py", DEEPER[1])]
    assert report.summary.files == len(SHOP)


def test_what_comes_in_with_a_merge_was_not_brought_by_it(shop: Work) -> None:
    shop.git("switch", "-q", "-c", "feature")
    shop.append("shop/search.py", "# mine\n")
    shop.commit()
    shop.git("switch", "-q", "main")
    shop.append("shop/models.py", PART)
    shop.append("shop/search.py", "# theirs\n")
    shop.commit()
    shop.git("switch", "-q", "feature")
    assert "CONFLICT" in shop.git("merge", "main", check=False)
    shop.write({"shop/search.py": SHOP["shop/search.py"]})
    shop.git("add", ".")
    assert found(changed(shop, "shop/search.py")) == []
    assert found(since(shop, "main")) == []
    shop.write({"shop/search.py": NETWORK})
    assert found(changed(shop, "shop/search.py")) == [BLOCKING]
    assert found(since(shop, "main")) == [BLOCKING]


HOOK = f"""#!/bin/sh
export PYTHONPATH="$DELETE_LINT_PATH"
env | grep ^GIT_ >"$DELETE_LINT_SEEN"
exec "{sys.executable}" -m delete_lint check --changed --format concise shop/search.py
"""


@pytest.mark.skipif(sys.platform == "win32", reason="a hook in the language of another shell")
def test_a_hook_sees_the_index_that_git_is_about_to_commit(shop: Work, tmp_path: Path) -> None:
    # `git commit FILE` makes an index of its own for it, and leaves out what else was added.
    root = Path(__file__).resolve().parent.parent
    shop.environment.update(
        {
            "DELETE_LINT_PATH": os.pathsep.join([str(root), str(root / "rules")]),
            "DELETE_LINT_SEEN": str(tmp_path / "seen"),
        }
    )
    hook = shop.folder / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(HOOK)
    hook.chmod(0o755)
    shop.write({"shop/late.py": "from shop.models import *\nfrom django.db import models\n" + PART})
    shop.git("add", "shop/late.py")
    shop.append("shop/search.py", "# here\n")
    shop.git("commit", "-m", "without the late one", "shop/search.py")
    assert re.search("^GIT_INDEX_FILE=.*lock", (tmp_path / "seen").read_text(), re.MULTILINE)
    shop.append("shop/search.py", "# and here\n")
    refused = shop.git("commit", "-m", "with it", "shop/search.py", "shop/late.py", check=False)
    assert "shop/tasks.py:5" in refused
    assert "unbatched_cascade" in refused
    # From a work tree of its own, git names its folders to the hook.
    shop.git("reset", "-q", "--hard")
    shop.git("worktree", "add", "-q", "../other")
    other = Work(tmp_path / "other", shop.environment)
    other.write({"shop/search.py": NETWORK})
    refused = other.git("commit", "-a", "-m", "from there", check=False)
    assert "GIT_DIR=" in (tmp_path / "seen").read_text()
    assert "shop/signals.py:9" in refused


# --- repositories of all kinds ------------------------------------------------------------------------------------


def test_what_cannot_be_compared_says_why_and_what_to_do(shop: Work, tmp_path: Path) -> None:
    shop.git("branch", "develop")
    shop.git("update-ref", "refs/remotes/origin/trunk", "HEAD")
    with pytest.raises(GitError, match=r'^unknown revision "develp" \(did you mean "develop"\?\)$'):
        since(shop, "develp")
    with pytest.raises(GitError, match=r'^unknown revision "trunk" \(did you mean "origin/trunk"\?\)$'):
        since(shop, "trunk")
    for revision in ("--upload-pack=sh", "", "a b", "main..develop", "HEAD:shop/models.py", "\udcff"):
        with pytest.raises(GitError, match=r"^unknown revision "):
            since(shop, revision)
    shop.git("checkout", "-q", "--orphan", "elsewhere")
    with pytest.raises(GitError, match=r"^no merge base of main and HEAD: "):
        since(shop, "main")
    shop.append("shop/search.py", "# apart\n")
    shop.commit()
    with pytest.raises(GitError, match=r"^no merge base of main and HEAD: their histories have nothing in common$"):
        since(shop, "main")
    plain = tmp_path / "plain"
    Work(plain).write(SHOP)
    with pytest.raises(GitError, match=r"^not in a git repository"):
        since(Work(plain))
    with pytest.raises(GitError, match=r"^not in a git repository"):
        changed(Work(plain), "shop/models.py")
    done = delete_lint("--since", "develp", folder=shop.folder)
    assert done.returncode == 2
    assert done.stderr == 'delete-lint: unknown revision "develp" (did you mean "develop"?)\n'


def test_a_shallow_clone_says_what_it_lacks(shop: Work, tmp_path: Path) -> None:
    shop.git("switch", "-q", "-c", "feature")
    for _ in range(3):
        shop.append("shop/search.py", "# more\n")
        shop.commit()
    shop.git("switch", "-q", "main")
    shop.append("shop/tasks.py", "# more\n")
    shop.commit()
    clone = Work(tmp_path / "clone")
    shop.git(
        "clone", "-q", "--depth=1", "--no-single-branch", "-b", "feature", f"file://{shop.folder}", str(clone.folder)
    )
    with pytest.raises(GitError, match=r"^no merge base of origin/main and HEAD: .* fetch-depth: 0"):
        since(clone, "origin/main")
    with pytest.raises(GitError, match=r"^unknown revision .*fetch-depth: 0"):
        since(clone, "v1.0")
    clone.write({"shop/search.py": NETWORK})
    assert found(since(clone, "HEAD")) == [BLOCKING]
    # As CI services clone: of the other branches nothing is here, and those that are have similar names.
    single = Work(tmp_path / "single")
    shop.git("branch", "main2", "feature")
    shop.git("clone", "-q", "--depth=1", "-b", "main2", f"file://{shop.folder}", str(single.folder))
    with pytest.raises(GitError, match=r"^unknown revision \"origin/main\": this clone is shallow.* fetch-depth: 0"):
        since(single, "origin/main")


def test_a_partial_clone_says_what_it_lacks(shop: Work, tmp_path: Path) -> None:
    shop.git("config", "uploadpack.allowFilter", "true")
    shop.write({"shop/search.py": NETWORK})
    shop.commit()
    clone = Work(tmp_path / "clone")
    shop.git("clone", "-q", "--filter=blob:none", f"file://{shop.folder}", str(clone.folder))
    with pytest.raises(GitError, match=r"partial clone.*git fetch --refetch"):
        since(clone, "HEAD~")


def test_a_detached_head_and_other_work_trees_compare_as_branches_do(shop: Work, tmp_path: Path) -> None:
    shop.git("worktree", "add", "-q", "--detach", "../other")
    other = Work(tmp_path / "other")
    other.append("shop/models.py", PART)
    assert found(since(other, "main"), elsewhere=True) == [DEEPER]
    assert found(changed(other, "shop/models.py"), elsewhere=True) == [DEEPER]
    assert found(since(shop, "main")) == []


@pytest.mark.skipif(sys.platform == "win32", reason="symbolic links")
def test_a_project_reached_through_a_link_compares_all_the_same(shop: Work, tmp_path: Path) -> None:
    shop.append("shop/models.py", PART)
    shop.write({"shop/search.py": NETWORK})
    link = tmp_path / "link"
    link.symlink_to(shop.folder)
    assert found(since(Work(link))) == [BLOCKING, DEEPER]
    assert found(changed(Work(link), "shop/search.py")) == [BLOCKING, DEEPER]
    shop.write({f"backend/{name}": text for name, text in SHOP.items()})
    shop.commit()
    shop.write({"backend/shop/search.py": NETWORK})
    inside = tmp_path / "inside"
    inside.symlink_to(shop.folder / "backend")
    assert found(since(Work(inside))) == [BLOCKING]


@pytest.mark.skipif(sys.platform == "win32", reason="symbolic links")
def test_linked_files_are_what_they_were(shop: Work) -> None:
    shop.write({"other/__init__.py": "", "elsewhere.txt": loop()})
    (shop.folder / "other/tasks.py").symlink_to("../elsewhere.txt")
    shop.commit()
    report = since(shop)
    assert found(report) == []
    assert touched(report) == set()
    (shop.folder / "other/tasks.py").unlink()
    shop.write({"other/tasks.py": loop()})
    assert touched(since(shop)) == {"other/tasks.py"}


def test_submodules_are_compared_with_their_own_commits(shop: Work, tmp_path: Path) -> None:
    library = repository(tmp_path / "library", {"stock/__init__.py": "", "stock/tasks.py": loop()})
    shop.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(library.folder), "vendor")
    report = since(shop)
    assert found(report) == [("vendor/stock/tasks.py", "delete_in_loop")]
    shop.commit()
    report = since(shop)
    assert (found(report), touched(report)) == ([], set())
    inside = Work(shop.folder / "vendor")
    inside.append("stock/tasks.py", LOOP.replace("one_by_one", "slowly"))
    report = since(shop)
    assert (found(report), touched(report)) == (
        [("vendor/stock/tasks.py", "delete_in_loop")],
        {"vendor/stock/tasks.py"},
    )
    inside.commit()
    assert found(since(shop)) == [("vendor/stock/tasks.py", "delete_in_loop")]
    assert found(changed(shop, "shop/models.py")) == [OLD]
    shop.commit()
    assert found(since(shop)) == []
    assert found(since(shop, "HEAD~")) == [("vendor/stock/tasks.py", "delete_in_loop")]


def test_a_clone_that_happens_to_stand_inside_is_no_news(shop: Work) -> None:
    repository(shop.folder / "clone", {"stock/__init__.py": "", "stock/tasks.py": loop()})
    shop.write({"shop/search.py": NETWORK})
    assert found(since(shop)) == [BLOCKING]


def test_what_a_sparse_checkout_leaves_out_was_not_deleted(shop: Work) -> None:
    shop.write(
        {
            "stock/__init__.py": "",
            "stock/models.py": "from django.db import models\nfrom shop.models import Line\n" + PART,
        }
    )
    shop.commit()
    shop.git("sparse-checkout", "set", "shop")
    assert not (shop.folder / "stock").exists()
    shop.write({"shop/models.py": SHOP["shop/models.py"] + PART.replace("Part", "Piece")})
    assert found(since(shop), elsewhere=True) == [DEEPER]


def test_line_ends_that_git_changes_are_no_change(shop: Work) -> None:
    shop.git("config", "core.autocrlf", "true")
    for name in SHOP:
        (shop.folder / name).unlink()
    shop.git("checkout", "-q", "--", ".")
    assert b"\r\n" in (shop.folder / "shop/models.py").read_bytes()
    assert touched(since(shop)) == set()


def test_names_may_be_anything_that_a_file_system_takes(shop: Work) -> None:
    names = ["a file.py", "ünïcode.py", '"quoted".py', "-n.py", ":(top)x.py"]
    if sys.platform != "win32":
        names += ["two\nlines.py", os.fsdecode(b"latin-\xe9.py"), "tab\t.py"]
    code = loop()
    for name in names:
        (shop.folder / "shop" / name).write_text(code)
    assert len(found(since(shop))) == len(names)
    shop.commit()
    assert touched(since(shop)) == set()
    for name in names:
        (shop.folder / "shop" / name).write_text(f"# moved\n{code}")
    report = since(shop)
    assert (found(report), len(touched(report))) == ([], len(names))
    assert len(found(changed(shop, *(f"shop/{name}" for name in names)))) == len(names)


def test_a_new_package_marker_does_not_make_old_findings_new(shop: Work) -> None:
    shop.write({"apps/stock/__init__.py": "", "apps/stock/tasks.py": loop()})
    shop.commit()
    shop.write({"apps/__init__.py": ""})
    assert found(since(shop)) == []


# --- nothing is touched, nothing of it is run -----------------------------------------------------------------------


def test_nothing_that_a_repository_configures_is_run_and_nothing_in_it_is_written(shop: Work, tmp_path: Path) -> None:
    run = tmp_path / "run"
    program = tmp_path / "program"
    program.write_text(f'#!/bin/sh\necho "$0 $@" >>"{run}"\ncat\n')
    program.chmod(0o755)
    shop.write({".gitattributes": "*.py filter=evil diff=evil\n"})
    shop.commit()
    for key in (
        "core.fsmonitor",
        "core.pager",
        "core.sshCommand",
        "filter.evil.clean",
        "filter.evil.smudge",
        "filter.evil.process",
        "diff.evil.textconv",
        "diff.evil.command",
        "diff.external",
        "credential.helper",
        "gpg.program",
        "alias.ls-tree",
    ):
        shop.git("config", key, str(program))
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    shop.git("config", "core.hooksPath", str(hooks))
    for name in ("post-index-change", "reference-transaction", "fsmonitor-watchman", "post-checkout"):
        (hooks / name).write_text(program.read_text())
        (hooks / name).chmod(0o755)
    shop.append("shop/models.py", PART)
    (shop.folder / "shop/tasks.py").touch()  # the index would like to be refreshed
    run.unlink(missing_ok=True)
    before = _state(shop.folder)
    assert found(since(shop), elsewhere=True) == [DEEPER]
    assert found(changed(shop, "shop/models.py"), elsewhere=True) == [DEEPER]
    assert _state(shop.folder) == before
    assert not run.exists()
    environment = {**ENVIRONMENT, "GIT_DIR": str(shop.folder / ".git")}
    subprocess.run(["git", "diff", "HEAD"], cwd=shop.folder, env=environment, capture_output=True, check=False)
    assert run.exists(), "the programs would be run"


def _state(folder: Path) -> dict[str, tuple[str, int]]:
    return {
        str(file): (hashlib.sha256(file.read_bytes()).hexdigest(), file.stat().st_mtime_ns)
        for file in folder.rglob("*")
        if file.is_file()
    }


def test_the_environment_of_another_repository_misleads_nobody(
    shop: Work, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = repository(tmp_path / "unrelated", {"README": ""})
    monkeypatch.setenv("GIT_DIR", str(other.folder / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other.folder))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other.folder / ".git/index"))
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", "false")
    shop.append("shop/models.py", PART)
    assert found(since(shop), elsewhere=True) == [DEEPER]
    assert found(changed(shop, "shop/models.py"), elsewhere=True) == [DEEPER]


def test_the_commits_that_pre_commit_names_are_those_compared(shop: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    first = shop.git("rev-parse", "HEAD").strip()
    shop.append("shop/models.py", PART)
    last = shop.commit()
    assert found(changed(shop, "shop/models.py"), elsewhere=True) == []
    monkeypatch.setenv("PRE_COMMIT_FROM_REF", first)
    monkeypatch.setenv("PRE_COMMIT_TO_REF", last)
    assert found(changed(shop, "shop/models.py"), elsewhere=True) == [DEEPER]


def test_a_commit_that_was_linted_is_not_linted_again(shop: Work) -> None:
    shop.append("shop/tasks.py", LOOP)
    first = changed_by_command(shop)
    assert before_files(shop)
    times = {file: file.stat().st_mtime_ns for file in before_files(shop)}
    assert changed_by_command(shop) == first
    assert {file: file.stat().st_mtime_ns for file in before_files(shop)} == times


def test_what_is_kept_of_a_commit_is_of_no_use_after_the_settings_or_the_commit_changed(shop: Work) -> None:
    shop.append("shop/tasks.py", LOOP)
    changed_by_command(shop)
    kept = set(before_files(shop))
    shop.write({"delete-lint.toml": "max-depth = 7\n"})
    changed_by_command(shop)
    assert len(before_files(shop)) == len(kept) + 2
    shop.commit()
    shop.append("shop/tasks.py", "# more\n")
    changed_by_command(shop)
    assert len(before_files(shop)) == len(kept) + 3  # what is a commit now was linted before it was one


def test_a_change_in_which_nobody_sees_a_difference_is_answered_at_once(shop: Work) -> None:
    shop.write({"shop/texts.py": "from shop.models import Line\n\n\ndef label(line):\n    return line.note\n"})
    shop.commit()

    def answered(text: str) -> tuple[bool, int, str]:
        shop.write({"shop/texts.py": f"from shop.models import Line\n\n\ndef label(line):\n    {text}\n"})
        done = delete_lint("check", "--changed", "shop/texts.py", "-v", folder=shop.folder)
        cold = delete_lint("check", "--changed", "shop/texts.py", "--no-cache", folder=shop.folder)
        assert (done.returncode, done.stdout) == (cold.returncode, cold.stdout)
        return "all that mattered of them before" in done.stderr, done.returncode, done.stdout

    is_quick, status, _ = answered("return repr(line)")
    assert (is_quick, status) == (False, 0)
    shop.commit()  # which has just been linted
    is_quick, status, _ = answered("return str(line)")
    assert (is_quick, status) == (True, 0)
    is_quick, status, said = answered("Line.objects.all().delete()")
    assert (is_quick, status) == (False, 1)
    assert "unfiltered_delete" in said


def test_a_change_behind_old_findings_of_its_file_is_answered_at_once_with_these(shop: Work) -> None:
    shop.write({"shop/clearing.py": CLEARING})
    shop.commit()
    for form in ("full", "json", "rdjson", "github", "sarif"):
        for text, quick in (
            (CLEARING + "# first\n", False),
            (CLEARING.replace("name.upper()", "name.lower()\n\n\n# more"), form != "sarif"),
            ("# moved\n" + CLEARING, False),
            (CLEARING.replace("name.upper()", "Line.objects.all().delete()"), False),
        ):
            shop.write({"shop/clearing.py": text})
            arguments = ("check", "--changed", "shop/clearing.py", "--format", form, "-v", f"--cache-dir={form}")
            done = delete_lint(*arguments, folder=shop.folder)
            cold = delete_lint(*arguments, "--no-cache", folder=shop.folder)
            assert (done.returncode, done.stdout) == (cold.returncode, cold.stdout)
            assert "unfiltered_delete" in done.stdout
            assert ("all that mattered of them before" in done.stderr) == quick, (form, text)


CLEARING = """\
from shop.models import Line


def clear():
    Line.objects.all().delete()


def shout(name):
    return name.upper()
"""


@pytest.mark.parametrize("noise", [b"", b"noise", None], ids=["empty", "noise", "cut off"])
def test_what_was_kept_of_a_commit_and_is_damaged_changes_no_answer(shop: Work, noise: bytes | None) -> None:
    shop.append("shop/tasks.py", LOOP)
    first = changed_by_command(shop)
    for file in before_files(shop):
        file.write_bytes(file.read_bytes()[:-1] if noise is None else noise)
    assert changed_by_command(shop) == first


def changed_by_command(work: Work) -> tuple[int, str]:
    done = delete_lint("check", "--changed", "shop/tasks.py", folder=work.folder)
    return done.returncode, done.stdout


def before_files(work: Work) -> list[Path]:
    return sorted((work.folder / ".delete_lint_cache").glob("before-*.run"))
