# The one list of commands; CI, hooks and people all call it.
# `just` comes with the dev extra: .venv/bin/just --list

set shell := ["bash", "-euo", "pipefail", "-c"]

export PATH := justfile_directory() / ".venv" / "bin" + ":" + env("PATH")

# everything that has to be right before a change lands
check: lint types contracts test package

# ruff: lint and format
lint:
    ruff check .
    ruff format --check .

# put right what ruff can
fix:
    ruff check --fix .
    ruff format .

# mypy, strict
types:
    mypy

# import-linter: the engine knows no rule, and its layers hold
contracts:
    lint-imports

# pytest, whole or in part: just test tests/test_examples.py
test *ARGS:
    pytest {{ ARGS }}

# build wheel and sdist, and look at what is in the wheel
package:
    rm -rf dist
    hatchling build
    check-wheel-contents dist/*.whl

# score the reading of wagtail and django-oscar against labels made by hand
score *ARGS:
    python -m benchmarks.score_real {{ ARGS }}

# how fast: side by side with other linters, on real and generated projects
speed *ARGS:
    python -m benchmarks.speed {{ ARGS }}

# predicted against real: random models, rows and deletes
predict *ARGS:
    python -m benchmarks.predict {{ ARGS }}

# predicted memory against tracemalloc
memory *ARGS:
    python -m benchmarks.memory {{ ARGS }}

# how quick the report's page is, in a real browser
report-speed *ARGS:
    python -m benchmarks.report {{ ARGS }}

# what nobody wrote: inputs tried, faults found and left; --tests --corpus --long STATE for more
fuzz *ARGS:
    python -m benchmarks.fuzz {{ ARGS }}
