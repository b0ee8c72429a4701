"""Settings: a wrong one is told in one line, never passed over."""

from __future__ import annotations

from pathlib import Path

import pytest

from delete_lint.config import KEYS, SettingsError, find_file, load_settings
from delete_lint.findings import Severity
from delete_lint.graph.row_counts import RowCounts, TableCounts
from delete_lint.settings import Settings, Thresholds


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def settings(folder: Path, text: str, **overrides: object) -> Settings:
    (folder / "delete-lint.toml").write_text(text)
    return load_settings(folder, {key.replace("_", "-"): value for key, value in overrides.items()})


def test_every_key_is_read(folder: Path) -> None:
    (folder / "sizes.toml").write_text('["shop.Order"]\nrows = 7\n')
    found = settings(
        folder,
        """
        select = ["blocking_receiver", "delete_in_loop"]
        ignore = ["querying_receiver"]
        exclude = ["vendor"]
        extend-exclude = ["legacy/"]
        include-tests = true
        include-migrations = true
        fail-level = "error"
        output-format = "sarif"
        baseline = "ci/known.toml"
        max-depth = 3
        max-models = 20
        max-rows = 50_000
        max-memory = "1.5 GB"
        row-counts = "sizes.toml"
        not-blocking = ["shop.search.push"]
        batchers = ["shop.deletion.in_batches"]
        muters = ["shop.signals.muted"]
        django-version = "5.2"
        plugins = []
        third-party = true
        check-level = "warning"

        [severity]
        blocking_receiver = "info"
        unfiltered_delete = "off"

        [per-file-ignores]
        "scripts/*" = ["delete_in_loop"]

        [blocking]
        "shop.search.pull" = "http"

        [field-classes]
        "shop.fields.Ref" = "django.db.models.ForeignKey"
        """,
    )
    assert found == Settings(
        file=folder / "delete-lint.toml",
        select=("blocking_receiver", "delete_in_loop"),
        ignore=("querying_receiver", "unfiltered_delete"),
        exclude=("vendor",),
        extend_exclude=("legacy/",),
        include_tests=True,
        include_migrations=True,
        fail_level="error",
        output_format="sarif",
        baseline=folder / "ci" / "known.toml",
        thresholds=Thresholds(max_depth=3, max_models=20, max_rows=50_000, max_memory=1_500_000_000),
        row_counts=RowCounts(
            tables={"shop.Order": TableCounts(rows=7)},
            source="sizes.toml",
            lines={("shop.Order",): 1, ("shop.Order", "rows"): 2},
        ),
        not_blocking=("shop.search.push",),
        batchers=("shop.deletion.in_batches",),
        muters=("shop.signals.muted",),
        django_version="5.2",
        third_party=True,
        check_level="warning",
        severity={"blocking_receiver": "info"},
        per_file_ignores={"scripts/*": ("delete_in_loop",)},
        blocking={"shop.search.pull": "http"},
        field_classes={"shop.fields.Ref": "django.db.models.ForeignKey"},
    )


def test_the_keys_are_the_settings_there_are() -> None:
    no_keys = {"thresholds", "file", "exclude_here", "extend_exclude_here", "refused"}
    fields = {*Settings.__dataclass_fields__, *Thresholds.__dataclass_fields__} - no_keys
    assert {key.replace("-", "_") for key in KEYS} == fields


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("max-dept = 3", 'unknown setting "max-dept" (did you mean "max-depth"?)'),
        ("max_depth = 3", 'unknown setting "max_depth" (did you mean "max-depth"?)'),
        ("zzz = 3", 'unknown setting "zzz"'),
        ("max-depth = '3'", "max-depth must be a whole number of at least 1, not '3'"),
        ("max-models = 0", "max-models must be a whole number of at least 1, not 0"),
        ("max-models = true", "max-models must be a whole number of at least 1, not true"),
        ("max-rows = '9'", "max-rows must be a whole number of at least 1, not '9'"),
        ("max-memory = 0", "max-memory must be a whole number of at least 1, not 0"),
        ("max-memory = '256 Mb'", "max-memory must be a size such as \"256 MB\", not '256 Mb'"),
        ("max-memory = '0 MB'", 'max-memory must be a size such as "256 MB"'),
        ("max-memory = 1.5", "max-memory must be a whole number of at least 1, not 1.5"),
        ("row-counts = 3", "row-counts must be the path of a file in quotes, not 3"),
        ("row-counts = 'no.toml'", "row-counts: no.toml: cannot be read: No such file or directory"),
        ("include-tests = 'yes'", "include-tests must be true or false, not 'yes'"),
        ("select = 'blocking_receiver'", "select must be a list of strings, not 'blocking_receiver'"),
        (
            "select = ['blocking-reciever']",
            'select: unknown rule "blocking-reciever" (did you mean "blocking_receiver"?)',
        ),
        ("ignore = ['zzz']", 'ignore: unknown rule "zzz"'),
        ("severity = 3", "severity must be a table of rules, not 3"),
        (
            "severity = { blocking_receiver = 'fatal' }",
            'severity of blocking_receiver must be one of "info", "warning", "error", "off", not \'fatal\'',
        ),
        ("severity = { zzz = 'off' }", 'severity: unknown rule "zzz"'),
        ("fail-level = 'note'", 'fail-level must be one of "error", "warning", "info", not \'note\''),
        (
            "per-file-ignores = { 'a/*' = 'delete_in_loop' }",
            "per-file-ignores of \"a/*\" must be a list of strings, not 'delete_in_loop'",
        ),
        ("blocking = { 'a.b' = 'htpp' }", "blocking category of a.b must be one of"),
        ("blocking = { 'a b' = 'http' }", 'blocking: "a b" is no dotted name'),
        ("batchers = ['in batches']", 'batchers: "in batches" is no dotted name'),
        ("django-version = 5.2", 'django-version must be a version in quotes such as "5.2", not 5.2'),
        ("django-version = 'five'", "django-version must be a version in quotes"),
        ("plugins = ['no_such_package']", "cannot load the rules of no_such_package: ModuleNotFoundError"),
        (
            "field-classes = { 'shop.fields.Price' = 'DecimalFeild' }",
            'field-classes: "DecimalFeild" is no model field that is known, such as "ForeignKey" or '
            '"django.db.models.JSONField" (did you mean "DecimalField"?)',
        ),
        (
            "[tool.delete-lint]\nmax-depth = 3",
            'unknown setting "tool": only pyproject.toml has a table [tool.delete-lint]',
        ),
        ("[delete-lint]\nmax-depth = 3", 'unknown setting "delete-lint": only pyproject.toml has a table'),
        ("max-depth =", "not valid TOML: Invalid value (at end of document)"),
    ],
)
def test_a_wrong_setting_is_told_with_its_file_and_key(text: str, problem: str, folder: Path) -> None:
    with pytest.raises(SettingsError) as raised:
        settings(folder, text)
    assert str(raised.value).startswith(f"delete-lint.toml: {problem}")
    assert "\n" not in str(raised.value)


def test_all_that_is_wrong_with_a_list_of_rules_is_told_at_once(folder: Path) -> None:
    with pytest.raises(SettingsError) as raised:
        settings(folder, "select = ['delete_in_lop', 'delete_in_loop', 'unfiltered_delte']")
    assert [problem.partition(": unknown rule ")[2] for problem in raised.value.problems] == [
        '"delete_in_lop" (did you mean "delete_in_loop"?)',
        '"unfiltered_delte" (did you mean "unfiltered_delete"?)',
    ]


def test_a_package_of_rules_that_ends_the_process_is_told(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = tmp_path_factory.mktemp("installed")
    (installed / "rules_that_exit").mkdir()
    (installed / "rules_that_exit" / "__init__.py").write_text("raise SystemExit\n")
    monkeypatch.syspath_prepend(installed)
    with pytest.raises(SettingsError, match="cannot load the rules of rules_that_exit: SystemExit"):
        settings(folder, "plugins = ['rules_that_exit']")


@pytest.mark.parametrize("name", ["delete_lint", "deletelint", "Delete-Lint", "'delete lint'"])
def test_a_table_whose_name_is_misspelt_is_not_passed_over(folder: Path, name: str) -> None:
    (folder / "pyproject.toml").write_text(f"[tool.{name}]\nmax-depth = 3\n")
    with pytest.raises(SettingsError, match=r'did you mean "tool\.delete-lint"'):
        load_settings(folder)


@pytest.mark.parametrize("file", ["pyproject.toml", "delete-lint.toml"])
def test_a_byte_order_mark_that_some_editors_write_is_no_mistake(folder: Path, file: str) -> None:
    table = "[tool.delete-lint]\n" if file == "pyproject.toml" else ""
    (folder / file).write_text(f"{table}max-depth = 3\n", encoding="utf-8-sig")
    assert load_settings(folder).thresholds.max_depth == 3


@pytest.mark.parametrize(
    ("size", "count"),
    [
        ("300", 300),
        ("'300 B'", 300),
        ("'2kB'", 2_000),
        ("'2 KiB'", 2_048),
        ("'256 MB'", 256 * 10**6),
        ("'1 GiB'", 2**30),
    ],
)
def test_memory_is_given_in_bytes_or_with_a_unit(folder: Path, size: str, count: int) -> None:
    assert settings(folder, f"max-memory = {size}").thresholds.max_memory == count


def test_row_counts_are_found_as_the_settings_are(folder: Path) -> None:
    inside = folder / "site" / "shop"
    inside.mkdir(parents=True)
    assert load_settings(inside).row_counts is None
    (folder / "delete-lint-counts.toml").write_text('["shop.Order"]\nrows = 7\n')
    found = load_settings(inside).row_counts
    assert found is not None
    assert found.source == "delete-lint-counts.toml"
    assert load_settings(inside, isolated=True).row_counts is None
    assert settings(folder, 'row-counts = ""').row_counts is None, "an empty name is none"
    (folder / "site" / ".git").mkdir()
    assert load_settings(inside).row_counts is None, "those of another repository"


def test_row_counts_are_named_from_the_folder_of_the_settings(folder: Path) -> None:
    (folder / "site").mkdir()
    (folder / "site" / "sizes.toml").write_text('["shop.Order"]\nrows = 7\n')
    (folder / "site" / "pyproject.toml").write_text('[tool.delete-lint]\nrow-counts = "sizes.toml"\n')
    found = load_settings(folder / "site").row_counts
    assert found is not None
    assert found.source == "site/sizes.toml"


def test_a_mistake_in_the_row_counts_is_told_with_its_own_file_and_line(folder: Path) -> None:
    (folder / "delete-lint-counts.toml").write_text('["shop.Order"]\nrow = 7\n')
    with pytest.raises(
        SettingsError, match=r'^delete-lint-counts\.toml:2: shop\.Order row: unknown key "row" \(did you'
    ):
        load_settings(folder)


def test_a_wrong_option_is_told_as_an_option(folder: Path) -> None:
    with pytest.raises(SettingsError) as raised:
        load_settings(folder, {"select": ["delete_in_lop"]})
    assert str(raised.value) == '--select: unknown rule "delete_in_lop" (did you mean "delete_in_loop"?)'
    with pytest.raises(SettingsError, match=r"^--max-depth: max-depth must be a whole number"):
        load_settings(folder, {"max-depth": 0})


def test_the_nearest_file_is_read(folder: Path) -> None:
    inner = folder / "site" / "shop"
    inner.mkdir(parents=True)
    (folder / "pyproject.toml").write_text("[tool.delete-lint]\nmax-depth = 3\n")
    (folder / "site" / "pyproject.toml").write_text("[project]\nname = 'site'\n")
    assert load_settings(inner).thresholds.max_depth == 3
    (folder / "site" / "delete-lint.toml").write_text("max-depth = 4\n")
    assert load_settings(inner).thresholds.max_depth == 4


def test_delete_lint_toml_wins_beside_a_pyproject(folder: Path) -> None:
    (folder / "pyproject.toml").write_text("[tool.delete-lint]\nmax-depth = 3\n")
    (folder / "delete-lint.toml").write_text("max-depth = 4\n")
    assert find_file(folder) == folder / "delete-lint.toml"


def test_settings_beyond_the_repository_are_not_ours(folder: Path) -> None:
    (folder / "delete-lint.toml").write_text("max-depth = 3\n")
    (folder / "repository" / ".git").mkdir(parents=True)
    assert load_settings(folder / "repository").thresholds.max_depth == 2


def test_somebody_elses_broken_pyproject_is_passed_over(folder: Path) -> None:
    (folder / "pyproject.toml").write_text("[project\n")
    assert load_settings(folder) == Settings()
    (folder / "pyproject.toml").write_text("[tool.delete-lint]\nmax-depth = \n")
    with pytest.raises(SettingsError, match=r"^pyproject\.toml: not valid TOML"):
        load_settings(folder)


def test_config_names_the_file_and_isolated_means_none(folder: Path) -> None:
    (folder / "delete-lint.toml").write_text("max-depth = 3\n")
    (folder / "strict.toml").write_text("max-depth = 1\n")
    (folder / "pyproject.toml").write_text("[project]\n")
    assert load_settings(folder, config=folder / "strict.toml").thresholds.max_depth == 1
    assert load_settings(folder, isolated=True).thresholds.max_depth == 2
    with pytest.raises(SettingsError, match=r"has no table \[tool\.delete-lint\]"):
        load_settings(folder, config=folder / "pyproject.toml")
    with pytest.raises(SettingsError, match=r"nowhere\.toml: cannot be read: No such file"):
        load_settings(folder, config=folder / "nowhere.toml")


def test_the_command_line_goes_before_the_file(folder: Path) -> None:
    text = 'fail-level = "error"\nignore = ["delete_in_loop"]\nseverity = { blocking_receiver = "off" }\n'
    level: Severity = "info"
    found = settings(folder, text, fail_level=level, ignore=["unfiltered_delete"])
    assert found.fail_level == "info"
    assert set(found.ignore) == {"delete_in_loop", "blocking_receiver", "unfiltered_delete"}


def test_a_rule_that_is_selected_by_name_runs_though_the_file_ignores_it(folder: Path) -> None:
    text = 'ignore = ["delete_in_loop"]\nseverity = { blocking_receiver = "off" }\n'
    found = settings(folder, text, select=["delete_in_loop", "blocking_receiver"])
    assert found.select == ("delete_in_loop", "blocking_receiver")
    assert found.ignore == ()
