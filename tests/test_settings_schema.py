"""The JSON Schema of the settings: what an editor underlines is what delete-lint refuses."""

from __future__ import annotations

import json
import math
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from delete_lint.cli import run
from delete_lint.config import KEYS, SettingsError, load_settings
from delete_lint.config.schema import DRAFT, FILE, schema_text, settings_schema
from delete_lint.config.shapes import Written
from delete_lint.config.showing import settings_toml
from delete_lint.rule import load_rules
from delete_lint.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
VALIDATOR = jsonschema.Draft7Validator(settings_schema())


def test_the_schema_that_is_shipped_is_that_of_the_settings_there_are() -> None:
    shipped = files("delete_lint").joinpath(FILE).read_text(encoding="utf-8")
    assert shipped == schema_text(), "python -m delete_lint schema > delete_lint/settings.schema.json"


def test_the_command_prints_the_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema"]) == 0
    assert capsys.readouterr().out == schema_text()


def test_the_schema_is_one() -> None:
    jsonschema.Draft7Validator.check_schema(settings_schema())
    assert settings_schema()["$schema"] == DRAFT


def test_every_key_is_described_and_offers_its_default() -> None:
    properties = json.loads(schema_text())["properties"]
    assert set(properties) == set(KEYS)
    for key, entry in properties.items():
        assert entry["description"].endswith("."), key
    defaults = {key: entry["default"] for key, entry in properties.items() if "default" in entry}
    assert list(VALIDATOR.iter_errors(defaults)) == []
    assert load_settings(ROOT / "nowhere", defaults, isolated=True) == Settings(exclude_here=())


def test_the_rules_there_are_are_offered_and_those_of_plugins_let_through() -> None:
    for value in ("blocking_receiver", "house_rule"):
        assert VALIDATOR.is_valid({"select": [value], "severity": {value: "off"}, "per-file-ignores": {"a": [value]}})
    offered = settings_schema()["properties"]["select"]["items"]["anyOf"][0]["enum"]
    assert offered == sorted(load_rules())


@pytest.mark.parametrize("file", ["examples/shop/delete-lint.toml"])
def test_settings_files_of_ours_are_valid(file: str) -> None:
    jsonschema.validate(tomllib.loads((ROOT / file).read_text(encoding="utf-8")), settings_schema())


def is_read(key: str, value: object) -> bool:
    """Whether the settings' reader takes the value; which rules, files and packages there are is another question."""
    try:
        KEYS[key].read(Settings(), Written("delete-lint.toml", key, value, known=_Any()))
    except SettingsError as error:
        return any(what in str(error) for what in ("cannot be read", "no model field that is known"))
    return True


class _Any(frozenset[str]):
    def __contains__(self, name: object) -> bool:
        return True


WORDS = st.sampled_from(
    [
        *(
            "",
            "a",
            "a.b",
            "shop.x.y",
            "a b",
            ".a",
            "a.",
            "a..b",
            "a.*",
            "*",
            "naïve.café",
            "1.2",
            "5.2",
            "5",
            "5.2.1rc1",
        ),
        *("256 MB", "0 MB", "1.5GiB", "0.5 kB", "MB", "12", "256 Mb", " 3 TB ", "1.5.5 MB", "-1 B"),
        *("error", "warning", "info", "off", "fatal", "http", "cache", "json", "text", "xml", "blocking_receiver"),
        *("ForeignKey", "django.db.models.JSONField"),
    ]
)
SCALARS = st.one_of(
    st.booleans(),
    st.integers(-2, 3),
    # To JSON 2.0 is a whole number.
    st.floats(allow_nan=False, allow_infinity=False).filter(lambda number: math.modf(number)[0] != 0),
    WORDS,
    # What a regular expression makes of line ends at the end differs from one language to the other.
    st.text(max_size=5).filter(lambda text: not text.endswith("\n")),
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(WORDS, inner, max_size=2), max_leaves=4
)


@given(key=st.sampled_from(sorted(KEYS)), value=VALUES)
@example("max-memory", "0.0 MB")
@example("django-version", "5.2")
@example("severity", {"blocking_receiver": "off"})
@example("per-file-ignores", {"a/*": "blocking_receiver"})
@example("blocking", {"a.*": "http"})
@example("field-classes", {"a.*": "ForeignKey"})
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_an_editor_and_delete_lint_are_of_one_mind(key: str, value: Any) -> None:
    assert VALIDATOR.is_valid({key: value}) is is_read(key, value)


def test_keys_that_there_are_not_are_refused_by_both(tmp_path: Path) -> None:
    assert not VALIDATOR.is_valid({"max-dept": 3})
    with pytest.raises(SettingsError):
        load_settings(tmp_path, {"max-dept": 3}, isolated=True)


def test_settings_that_are_shown_can_be_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sizes.toml").write_text('["shop.Order"]\nrows = 7\n')
    file = tmp_path / "delete-lint.toml"
    file.write_text(
        """
        select = ["blocking_receiver"]
        exclude = ["a\\"b", "ü\\u007f"]
        max-memory = "1 GB"
        baseline = "ci/known"
        row-counts = "sizes.toml"
        django-version = "5.2"
        field-classes = { "shop.fields.Ref" = "ForeignKey" }
        severity = { blocking_receiver = "info", unfiltered_delete = "off" }
        per-file-ignores = { "a b/*" = ["delete_in_loop"] }
        """
    )
    found = load_settings(tmp_path)
    shown = "\n".join(settings_toml(found))
    file.write_text(shown)
    assert load_settings(tmp_path) == found
    jsonschema.validate(tomllib.loads(shown), settings_schema())
    assert json.loads(json.dumps(tomllib.loads(shown)))["max-memory"] == 10**9
