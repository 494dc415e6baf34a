"""What is migrated by: an Alembic project. The same act is rehearsed and then applied."""

from __future__ import annotations

from collections.abc import Callable

from strongroom.migrations.project import Course, Project
from strongroom.migrations.rehearsal import Act
from strongroom.migrations.steering import Target, Watcher


class AlembicAct(Act):
    """Alembic's steps in one direction, run by the project's own ``env.py``."""

    def __init__(self, project: Project, course: Course, version_table: str) -> None:
        self._project, self._course = project, course
        self._version_table = version_table

    @property
    def version_table(self) -> str:
        """The table that says where the database stands."""
        return self._version_table

    def run(self, target: Target, watcher: Watcher, on_step: Callable[[str], None]) -> None:
        """Run what is left of the steps on a database."""
        self._project.run(target, self._course, watcher=watcher, on_step=on_step)
