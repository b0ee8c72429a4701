"""Fetch the sources of wagtail and django-oscar, let delete-lint read them, and score the answers.

    python -m benchmarks.score_real [--misses] [--keep FOLDER]

The source distributions come from the package index that pip is set up with, at the versions that the labels name.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tarfile
import time
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.score import Document, Score, score_project

LABELS = Path(__file__).with_name("labels")


def fetch(labels: Document, folder: Path) -> Path:
    """The unpacked source distribution that the labels were made for."""
    requirement = f"{labels['distribution']}=={labels['version']}"
    name = f"{labels['distribution'].replace('-', '_')}-{labels['version']}"
    archive, sources = folder / f"{name}.tar.gz", folder / name
    if not archive.exists():
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
        subprocess.run([*pip, "--dest", str(folder), requirement], check=True)
    if hashlib.sha256(archive.read_bytes()).hexdigest() != labels["sha256"]:
        sys.exit(f"{archive.name} is not the file that the labels were made for")
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    return sources


def misplaced(labels: Document, sources: Path) -> list[str]:
    """Labels whose line does not hold what they speak of."""
    expected = [(receiver, f"def {receiver['name'].split('.')[-1]}(") for receiver in labels["receivers"]]
    expected += [(site, "delete(") for site in labels["deletes"]]
    lines = {label["file"]: (sources / label["file"]).read_text().splitlines() for label, _ in expected}
    return [
        f"{label['file']}:{label['line']}"
        for label, text in expected
        if text not in lines[label["file"]][label["line"] - 1]
    ]


def read(sources: Path) -> Document:
    """The project graph of the sources, from a process of its own."""
    command = [sys.executable, "-m", "delete_lint", "graph", ".", "--format", "json"]
    done = subprocess.run(command, cwd=sources, check=True, stdout=subprocess.PIPE)
    graph: Document = json.loads(done.stdout)
    return graph


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--misses", action="store_true", help="list every wrong answer under its measure")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="fetch into this folder, and keep it")
    arguments = parser.parse_args()
    score = Score()
    with ExitStack() as stack:
        folder = arguments.keep or Path(stack.enter_context(TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        for file in sorted(LABELS.glob("*.json")):
            labels: Document = json.loads(file.read_text())
            sources = fetch(labels, folder)
            if wrong := misplaced(labels, sources):
                sys.exit(f"labels that do not fit {sources.name}: {', '.join(wrong)}")
            start = time.perf_counter()
            graph = read(sources)
            print(f"{sources.name}: read in {time.perf_counter() - start:.1f} s", file=sys.stderr)
            score_project(score, labels, graph)
    print("\n".join(score.lines(arguments.misses)))


if __name__ == "__main__":
    main()
