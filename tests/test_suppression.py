"""Suppression comments reach the finding they were written for, no other, and are reported when they reach none."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from delete_lint.findings import Finding
from delete_lint.graph.place import Place
from delete_lint.remedies import DropSuppression
from delete_lint.source.file import SourceFile
from delete_lint.suppression import Suppressions
from tests.small_shop import FILES, run, write

KNOWN = ("blocking_receiver", "delete_in_loop", "unused_suppression")


def suppressions(text: str) -> Suppressions:
    return Suppressions.read({"a.py": SourceFile("a.py", text.encode())}, ["a.py"])


def suppressed(text: str, line: int, rule: str = "blocking_receiver") -> bool:
    finding = Finding(place=Place("a.py", line), message="", help="", identity="").stamped(rule, "error")
    return bool(suppressions(text).split([finding])[1])


def unused(text: str, ran: tuple[str, ...] = KNOWN, finding: Finding | None = None) -> list[tuple[int, str]]:
    found = suppressions(text)
    found.split([finding] if finding is not None else [])
    return [(each.place.line, each.message) for each in found.unused(KNOWN, ran)]


@pytest.mark.parametrize(
    "comment",
    [
        "# delete-lint: ignore[blocking_receiver]",
        "# delete-lint: ignore[blocking_receiver] it is tiny",
        "#delete-lint:ignore[ delete_in_loop , blocking_receiver ]",
        "# noqa: E501  # delete-lint: ignore[blocking_receiver] it is tiny  # pragma: no cover",
        "# delete-lint: ignore",
        "# delete-lint: ignore because it is tiny",
    ],
)
def test_a_comment_on_the_line_suppresses(comment: str) -> None:
    assert suppressed(f"x = 1\ny = 2  {comment}\nz = 3\n", 2)
    assert not suppressed(f"x = 1\ny = 2  {comment}\nz = 3\n", 1)
    assert not suppressed(f"x = 1\ny = 2  {comment}\nz = 3\n", 3)


def test_a_comment_about_another_rule_does_not() -> None:
    assert not suppressed("x = 1  # delete-lint: ignore[delete_in_loop]\n", 1)


def test_a_string_is_no_comment() -> None:
    assert not suppressed("x = '# delete-lint: ignore[blocking_receiver]'\n", 1)


STATEMENT = """\
(
    Order.objects.filter(a=1)  # second
    .exclude(b=2)
    .delete()  # found here
)  # last
after()
"""


@pytest.mark.parametrize(("line", "reached"), [(1, True), (2, False), (3, False), (4, True), (5, True), (6, False)])
def test_the_first_and_the_last_line_of_a_statement_speak_for_all_of_it(line: int, reached: bool) -> None:
    lines = STATEMENT.splitlines()
    lines[line - 1] += "  # delete-lint: ignore[blocking_receiver]"
    assert suppressed("\n".join(lines), 4) is reached


RECEIVER = """\
before()
@receiver(
    post_delete,
    sender=Order,
)
# about the next
@other

async def forget(
    sender,
    instance,
):
    body()
"""


@pytest.mark.parametrize("found_at", [2, 7, 9])
@pytest.mark.parametrize(
    ("line", "reached"), [(1, False), (2, True), (4, True), (6, False), (7, True), (9, True), (12, True), (13, False)]
)
def test_decorators_and_header_of_a_receiver_belong_together(line: int, reached: bool, found_at: int) -> None:
    lines = RECEIVER.splitlines()
    lines[line - 1] += "  # delete-lint: ignore[blocking_receiver]"
    assert suppressed("\n".join(lines), found_at) is reached


@pytest.mark.parametrize(
    ("where", "reached"),
    [("@receiver", True), ("def forget", True), ("''')", True), ("def later", False), ("if instance", False)],
)
def test_the_head_of_a_receiver_speaks_for_the_calls_in_it(where: str, reached: bool, tmp_path: Path) -> None:
    text = """\
from django.db.models.signals import post_delete
from django.dispatch import receiver
from shop.models import Customer
from shop.tasks import reindex

@receiver(post_delete, sender=Customer)
def forget(sender, instance, **kwargs):
    if instance.pk:
        reindex.delay(instance.pk, '''
text of no indentation
''')

def later(): ...
"""
    lines = text.splitlines()
    at = next(number for number, line in enumerate(lines) if where in line)
    lines[at] += "  # delete-lint: ignore[dispatch_before_commit] the worker waits"
    report = run(write(tmp_path, {**FILES, "shop/signals.py": "\n".join(lines)}))
    told = {finding.rule for finding in report.findings}
    assert ("dispatch_before_commit" not in told, "unused_suppression" in told) == (reached, not reached)


def test_a_file_can_be_left_alone_as_a_whole() -> None:
    text = "# delete-lint: ignore-file[blocking_receiver] generated\nx = 1\n\n\ny = 2\n"
    assert suppressed(text, 5)
    assert not suppressed(text, 5, "delete_in_loop")
    assert suppressed("x = 1\n# delete-lint: ignore-file\n", 1)


def test_a_suppression_that_suppresses_nothing_is_reported() -> None:
    assert unused("x = 1\ny = 2  # delete-lint: ignore[blocking_receiver]\n") == [
        (2, "this suppression of blocking_receiver suppresses nothing")
    ]
    assert unused("x = 1  # delete-lint: ignore\n") == [(1, "this suppression of all rules suppresses nothing")]
    assert unused("x = 1  # delete-lint: ignore[]\n") == [(1, "this suppression names no rule")]


def test_one_that_is_of_use_is_not() -> None:
    finding = Finding(place=Place("a.py", 1), message="", help="", identity="").stamped("blocking_receiver", "error")
    assert unused("x = 1  # delete-lint: ignore[blocking_receiver]\n", finding=finding) == []
    assert unused("x = 1  # delete-lint: ignore\n", finding=finding) == []
    assert unused("x = 1  # delete-lint: ignore[blocking_receiver, delete_in_loop]\n", finding=finding) == [
        (1, "this suppression of delete_in_loop suppresses nothing")
    ]


def test_nothing_is_said_of_rules_that_did_not_run() -> None:
    ran = ("delete_in_loop", "unused_suppression")
    assert unused("x = 1  # delete-lint: ignore[blocking_receiver]\n", ran) == []
    assert unused("x = 1  # delete-lint: ignore\n", ran) == []
    assert unused("x = 1  # delete-lint: ignore[delete_in_loop]\n", ran) != []


def test_what_is_not_understood_is_reported() -> None:
    assert unused("x = 1  # delete-lint: ignore[blocking_reciever]\n") == [
        (1, 'unknown rule "blocking_reciever" (did you mean "blocking_receiver"?)')
    ]
    assert unused("x = 1  # delete-lint: ingore[blocking_receiver]\n") == [
        (1, '"# delete-lint: ingore[blocking_receiver]" is not understood, and so suppresses nothing')
    ]


def test_a_bracket_that_is_left_open_does_not_make_it_a_suppression_of_all_rules() -> None:
    assert not suppressed("x = 1  # delete-lint: ignore[delete_in_loop\n", 1)
    assert unused("x = 1  # delete-lint: ignore[delete_in_loop\n") == [
        (1, '"# delete-lint: ignore[delete_in_loop" is not understood, and so suppresses nothing')
    ]


def test_the_report_of_an_unused_suppression_can_be_suppressed_by_name_only() -> None:
    assert suppressed("x = 1  # delete-lint: ignore[unused_suppression]\n", 1, "unused_suppression")
    assert not suppressed("x = 1  # delete-lint: ignore\n", 1, "unused_suppression")
    assert unused("x = 1  # delete-lint: ignore[unused_suppression]\n") == []


# --- what the engine makes of them ------------------------------------------------------------------------------------


def remedy(comment: str, used: str = "") -> DropSuppression | None:
    """What is to be done about the comment, when a finding of the used rule is on its line."""
    found = suppressions(f"x = 1  {comment}\n")
    if used:
        found.split([Finding(place=Place("a.py", 1), message="", help="", identity="").stamped(used, "error")])
    (finding,) = found.unused(KNOWN, KNOWN)
    assert finding.remedy is None or isinstance(finding.remedy, DropSuppression)
    return finding.remedy


@pytest.mark.parametrize(
    ("comment", "used", "rules"),
    [
        ("# delete-lint: ignore", "", None),
        ("# delete-lint: ignore[] nothing", "", None),
        ("# noqa  # delete-lint: ignore[blocking_receiver] it is tiny  # type: ignore", "", None),
        ("# delete-lint: ignore[blocking_receiver, delete_in_loop]", "", None),
        ("# delete-lint: ignore[blocking_receiver, delete_in_loop]", "blocking_receiver", ("delete_in_loop",)),
        ("# delete-lint: ignore[no_rule, blocking_receiver]", "blocking_receiver", ("no_rule",)),
        ("# delete-lint: ignore-file[no_rule, blocking_receiver]", "", None),
    ],
)
def test_what_is_of_no_use_can_be_taken_out(comment: str, used: str, rules: tuple[str, ...] | None) -> None:
    found = remedy(comment, used)
    assert found is not None
    assert found.rules == rules
    text = f"x = 1  {comment}"[found.comment.column - 1 : found.comment.end_column - 1]
    assert text == comment.replace("# noqa  ", "").replace("  # type: ignore", "")


def test_a_slip_of_the_pen_is_left_to_be_corrected() -> None:
    assert remedy("# delete-lint: ingore[blocking_receiver]") is None


@pytest.mark.parametrize("code", ["x = 1\n", "def f():\n    pass\n", "@receiver(post_delete)\ndef f():\n    pass\n"])
def test_a_comment_above_is_about_nothing_and_is_told_to_move(code: str) -> None:
    text = f"# delete-lint: ignore[blocking_receiver]\n{code}"
    assert not suppressed(text, 2)
    (finding,) = suppressions(text).unused(KNOWN, KNOWN)
    assert finding.help == "remove the comment, or move it to the line that the finding stands on"


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("signals", "@receiver(post_delete, sender=Line)", "@receiver(post_delete, sender=Line)  {}"),
        ("signals", "@receiver(post_delete, sender=Line)", "@receiver(  {}\n    post_delete,\n    sender=Line,\n)"),
        ("signals", "forget_line(sender, instance, **kwargs):", "forget_line(sender, instance, **kwargs):  {}"),
        ("signals", "forget_line(sender, instance, **kwargs):", "forget_line(\n    sender, instance, **kwargs\n):  {}"),
        ("signals", "import time\n", "import time\n{file}\n"),
    ],
)
def test_a_run_heeds_them_and_tells_where_and_why(tmp_path: Path, file: str, old: str, new: str) -> None:
    comment = "# delete-lint: ignore[blocking_receiver] the wait is short"
    text = FILES[f"shop/{file}.py"].replace(old, new.format(comment, file=comment.replace("ignore", "ignore-file")), 1)
    assert text != FILES[f"shop/{file}.py"]
    report = run(write(tmp_path, {**FILES, f"shop/{file}.py": text}))
    (one,) = report.suppressed
    assert (one.finding.rule, one.reason) == ("blocking_receiver", "the wait is short")
    assert "delete-lint" in text.splitlines()[one.comment.line - 1]
    assert not {"blocking_receiver", "unused_suppression"} & {finding.rule for finding in report.findings}
    assert report.summary.suppressed == 1


def test_what_only_the_running_project_shows_is_suppressed_where_it_points_to(tmp_path: Path) -> None:
    comment = "  # delete-lint: ignore[senderless_receiver] there are no large tables"
    write(
        tmp_path,
        {
            "manage.py": "",
            "mysite.py": 'SECRET_KEY = "for tests only"\nINSTALLED_APPS = ["shop.apps.ShopConfig"]\n',
            "shop/__init__.py": "",
            "shop/apps.py": FILES["shop/apps.py"],
            "shop/models.py": "from django.db import models\n\n\nclass Order(models.Model):\n    pass\n",
            "shop/signals.py": "from django.db.models import signals\n\n\n"
            f"def audit(sender, instance, **kwargs):{comment}\n    print(instance.pk)\n\n\n"
            'getattr(signals, "post" + "_delete").connect(audit)\n',
        },
    )
    command = [sys.executable, "-m", "delete_lint", "check", ".", "--format", "json"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    told = []
    for options in ([], ["--django-settings", "mysite"]):
        done = subprocess.run([*command, *options], cwd=tmp_path, env=environment, capture_output=True, check=False)
        report = json.loads(done.stdout)
        told.append(([each["rule"] for each in report["findings"]], report["summary"]["suppressed"]))
    assert told == [(["unused_suppression"], 0), ([], 1)]
