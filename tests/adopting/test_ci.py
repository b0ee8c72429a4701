"""What the guide's files for GitHub and GitLab run is run: in a project that is green, and with a new problem in it."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from ruamel.yaml import YAML

from tests.adopting.guide import FILES
from tests.adopting.project import Project

pytestmark = pytest.mark.skipif(shutil.which("git") is None or shutil.which("bash") is None, reason="no git or no bash")

WORKFLOWS = ("delete-lint", "delete-lint-sarif", "delete-lint-pull-request")
#: What GitHub puts in place of its expressions, for a pull request.
EXPRESSIONS = {"${{ github.base_ref }}": "main"}

NEW = "src/orders/tidying.py"
PROBLEM = """\
from orders.models import Order


def drop_orders(numbers):
    for order in Order.objects.filter(number__in=numbers):
        order.delete()
"""


@pytest.fixture(params=["with a baseline", "as it always was"])
def start(request: pytest.FixtureRequest) -> Project:
    project: Project = request.getfixturevalue("project" if request.param == "with a baseline" else "old_project")
    return project


def branch(start: Project, folder: Path, *, with_problem: bool) -> Project:
    """A branch with a commit of its own."""
    project = start.copied_to(folder / "project")
    project.do("git switch --quiet --create tidying")
    (project.folder / NEW).write_text(PROBLEM if with_problem else "")
    project.do("git add . && git commit --quiet --message Tidying")
    return project


@dataclass(frozen=True)
class Job:
    """What became of a job: whether it failed, what it printed, and the steps that would have been done, with what
    they were given."""

    has_failed: bool
    printed: str
    used: dict[str, dict[str, Any]]


def run_workflow(name: str, project: Project) -> Job:
    """As GitHub's runner goes about it. The actions are not run."""
    workflow = YAML(typ="safe").load(FILES / ".github" / "workflows" / f"{name}.yml")
    (job,) = workflow["jobs"].values()
    assert re.fullmatch(r"ubuntu-\w+", job["runs-on"])
    has_failed, printed, used = False, "", {}
    for step in job["steps"]:
        assert step.get("if") in (None, "always()")
        if has_failed and "if" not in step:
            continue
        if "uses" in step:
            used[step["uses"]] = step.get("with", {})
            continue
        environment = {name: EXPRESSIONS[value] for name, value in step.get("env", {}).items()}
        assert "${{" not in step["run"], "what a stranger names a branch must not get into a shell's code"
        done = project.run(step["run"], GITHUB_ACTIONS="true", GITHUB_WORKSPACE=str(project.folder), **environment)
        printed += done.stdout
        has_failed = done.returncode != 0
    return Job(has_failed, printed, used)


def annotated(job: Job) -> set[str]:
    return set(re.findall(r"^::(?:error|warning) file=([^,]+),", job.printed, re.MULTILINE))


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_passes_a_pull_request_without_a_problem(name: str, project: Project, tmp_path: Path) -> None:
    job = run_workflow(name, branch(project, tmp_path, with_problem=False))
    assert not job.has_failed, job.printed
    assert not annotated(job)


@pytest.mark.parametrize("name", ["delete-lint", "delete-lint-pull-request"])
def test_a_workflow_points_at_the_new_problem_and_at_no_other(name: str, project: Project, tmp_path: Path) -> None:
    job = run_workflow(name, branch(project, tmp_path, with_problem=True))
    assert job.has_failed, job.printed
    assert annotated(job) == {NEW}


def test_a_pull_request_is_held_to_what_it_brings_where_there_is_no_baseline(
    old_project: Project, tmp_path: Path
) -> None:
    job = run_workflow("delete-lint-pull-request", branch(old_project, tmp_path, with_problem=True))
    assert job.has_failed, job.printed
    assert annotated(job) == {NEW}
    assert job.used["actions/checkout@v6"] == {"fetch-depth": 0}, "it takes the history to tell"


def test_findings_are_uploaded_though_they_make_the_step_before_fail(start: Project, tmp_path: Path) -> None:
    project = branch(start, tmp_path, with_problem=True)
    job = run_workflow("delete-lint-sarif", project)
    assert job.has_failed, job.printed
    upload = job.used["github/codeql-action/upload-sarif@v4"]
    (run,) = json.loads((project.folder / upload["sarif_file"]).read_text())["runs"]
    places = [
        place["physicalLocation"]["artifactLocation"]["uri"] for each in run["results"] for place in each["locations"]
    ]
    assert NEW in places
    assert [place for place in places if not (project.folder / place).is_file()] == []


@pytest.mark.parametrize("with_problem", [False, True])
def test_the_pipeline_leaves_a_report_whether_it_fails_or_not(
    project: Project, tmp_path: Path, with_problem: bool
) -> None:
    project = branch(project, tmp_path, with_problem=with_problem)
    (job,) = YAML(typ="safe").load(FILES / ".gitlab-ci.yml").values()
    done = project.run(" && ".join(job["script"]), GITLAB_CI="true", CI_PROJECT_DIR=str(project.folder))
    assert done.returncode == int(with_problem), done.stdout
    assert job["artifacts"]["when"] == "always"
    report = json.loads((project.folder / job["artifacts"]["reports"]["codequality"]).read_text())
    assert {each["location"]["path"] for each in report} == ({NEW} if with_problem else set())


def test_other_services_get_their_reports_too(project: Project, tmp_path: Path) -> None:
    project = branch(project, tmp_path, with_problem=True)
    project.run("delete-lint src/ --format junit --output-file delete-lint.xml")
    cases = ElementTree.parse(project.folder / "delete-lint.xml").iter("testcase")
    assert [case.get("name") for case in cases if case.find("failure") is not None] == [NEW]
