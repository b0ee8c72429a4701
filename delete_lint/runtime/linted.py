"""Source that is linted together with the running project that it belongs to."""

from __future__ import annotations

from dataclasses import dataclass

from delete_lint.graph.project import ProjectGraph
from delete_lint.runtime.setup import output_to_stderr, set_up
from delete_lint.settings import Settings
from delete_lint.source.discover import Tree


@dataclass(frozen=True, slots=True)
class RunningProject:
    """A project that has been set up; ``notes`` are what is to be known about that."""

    tree: Tree
    settings: Settings
    notes: tuple[str, ...]

    def joined(self, static: ProjectGraph) -> tuple[ProjectGraph, tuple[str, ...]]:
        """The graph of the running project joined with that of its source, and how they differ, a line each."""
        from delete_lint.runtime.bodies import with_bodies
        from delete_lint.runtime.front import runtime_graph
        from delete_lint.runtime.join import differences, join

        with output_to_stderr():
            runtime = with_bodies(runtime_graph(self.tree.root, self.settings), self.settings)
        return join(runtime, static), (*self.notes, *differences(runtime, static))


def running_project(module: str, tree: Tree, settings: Settings) -> RunningProject:
    """Sets up the project with this settings module, for the sources in a tree.

    Raises `delete_lint.runtime.setup.SetupError`.
    """
    return RunningProject(tree, settings, set_up(module, tree))
