"""Runs a Django project's tests in this process, watched or not, and prints what that took as the last line of JSON.

Called by `benchmarks.watch` with the project's own Python: ``child.py prepared|watched|alone JSON LABEL...``. When
``prepared`` it makes the test database anew, leaves it there, and runs no test. What comes before the tests is not
counted.
"""

from __future__ import annotations

import json
import os
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any


def main(how: str, file: str, *labels: str) -> None:
    import django

    django.setup()
    from django.conf import settings
    from django.test.utils import get_runner

    made = how == "prepared"
    runner: Any = get_runner(settings)(verbosity=0, interactive=False, parallel=1, buffer=True, keepdb=not made)
    runner.run_checks = lambda databases: None  # they are no tests
    told = {"wall": 0.0, "processor": 0.0, "failures": 0, "deletes": 0}
    run_suite = runner.run_suite

    def run(suite: Any, **options: Any) -> Any:
        wall, processor = time.perf_counter(), time.process_time()
        with ExitStack() as stack:
            watch = None
            if how == "watched":
                import delete_lint

                watch = stack.enter_context(delete_lint.watch(quiet=True, everywhere=True))
            result = run_suite(suite, **options)
        told["wall"] = time.perf_counter() - wall
        told["processor"] = time.process_time() - processor
        if watch is not None:
            told["deletes"] = watch.record.count
            watch.write(file)
            Path(file).with_suffix(".txt").write_text(watch.report(), encoding="utf-8")
        return result

    runner.run_suite = run
    if made:
        runner.setup_test_environment()
        runner.setup_databases()
    else:
        told["failures"] = runner.run_tests(list(labels))
    sys.stdout.flush()
    print("\n" + json.dumps(told))
    os._exit(0)  # what tests leave running is none of this program's business


if __name__ == "__main__":
    main(*sys.argv[1:])
