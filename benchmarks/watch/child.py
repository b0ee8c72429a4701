"""Runs a Django project's tests in this process, watched or not, and prints what that took as the last line of JSON.

Called by `benchmarks.watch` with the project's own Python: ``child.py watched|alone JSON LABEL...``
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

    runner: Any = get_runner(settings)(verbosity=0, interactive=False, parallel=1, buffer=True, keepdb=True)
    runner.run_checks = lambda databases: None  # they are no tests
    wall, processor = time.perf_counter(), time.process_time()
    with ExitStack() as stack:
        watch = None
        if how == "watched":
            import delete_lint

            watch = stack.enter_context(delete_lint.watch(quiet=True, everywhere=True))
        failures = runner.run_tests(list(labels))
    told = {
        "wall": time.perf_counter() - wall,
        "processor": time.process_time() - processor,
        "failures": failures,
        "deletes": watch.record.count if watch is not None else 0,
    }
    if watch is not None:
        watch.write(file)
        Path(file).with_suffix(".txt").write_text(watch.report(), encoding="utf-8")
    sys.stdout.flush()
    print("\n" + json.dumps(told))
    os._exit(0)  # what tests leave running is none of this program's business


if __name__ == "__main__":
    main(*sys.argv[1:])
