"""``delete-lint plan MODEL PATH`` gives the symbolic plan from source alone, in each of its formats."""

from __future__ import annotations

import json

from tests.command import ROOT, delete_lint


def test_the_plan_of_the_shop_in_every_format() -> None:
    starts = {"text": "Coupon.objects.filter(…).delete()  on Django 6.1", "mermaid": "%% Coupon.objects.filter(…)"}
    for output_format, start in starts.items():
        done = delete_lint("plan", "Coupon", "examples/shop", "--format", output_format, folder=ROOT)
        assert done.stdout.startswith(start)
        assert "customers.Redemption" in done.stdout
    done = delete_lint("plan", "Coupon", "examples/shop", "--format", "json", folder=ROOT)
    assert [table["label"] for table in json.loads(done.stdout)["tables"]] == [
        "customers.Coupon",
        "customers.Redemption",
    ]
