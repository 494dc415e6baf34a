"""What is known at a point of a script: what earlier statements made, hold and promised.

An index on a table that the same script made needs no CONCURRENTLY, and dropping such a table
loses nothing; a lock is worse when another one is held already.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from strongroom.migrations.lint.findings import LintContext
from strongroom.sql import label_of, name_parts

TEMPORARY = "pg_temp"

# What a script makes, by kind and name, and the position of the last statement that does.
Coming = dict[tuple[str, str], int]


@dataclass
class World:
    """The state along a script.

    ``made`` holds tables certain to be new, ``likely_made`` those of ``CREATE TABLE IF NOT
    EXISTS``: enough to be calm about locks, not about losing data; ``gone`` those that had been
    there, so that their names are free.
    """

    context: LintContext
    default_schema: str = ""
    session_schema: str = ""
    made: set[str] = field(default_factory=set)
    likely_made: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    temporary: set[str] = field(default_factory=set)
    until_commit: set[str] = field(default_factory=set)
    views: set[str] = field(default_factory=set)
    indexes: set[str] = field(default_factory=set)
    added_columns: set[tuple[str, str]] = field(default_factory=set)
    dropped_defaults: set[tuple[str, str]] = field(default_factory=set)
    checked_not_null: set[tuple[str, str]] = field(default_factory=set)
    not_null_set: set[str] = field(default_factory=set)
    pending_checks: dict[tuple[str, str], str] = field(default_factory=dict)
    unvalidated_here: set[tuple[str, str]] = field(default_factory=set)
    validated_tables: set[str] = field(default_factory=set)
    enum_values_here: set[str] = field(default_factory=set)
    locked_here: list[str] = field(default_factory=list)
    explicit_transaction: bool = False
    lock_timeout: bool = False
    locks_told: bool = False
    coming: Coming = field(default_factory=dict)
    position: int = 0

    def __post_init__(self) -> None:
        self.default_schema = self.default_schema or self.context.default_schema
        self.session_schema = self.default_schema

    @property
    def in_transaction(self) -> bool:
        """Whether the next statement shares a transaction with others."""
        return self.explicit_transaction or self.context.in_transaction

    def label(self, relation: Any) -> str:  # noqa: ANN401  a RangeVar
        """The label of a table as named here; a temporary table hides a permanent one."""
        return self.label_of_parts(
            tuple(part for part in (relation.schemaname, relation.relname) if part)
        )

    def label_of_parts(self, parts: tuple[str, ...]) -> str:
        """The label of a dotted name; only schema and name count."""
        *schema, name = parts[-2:]
        if not schema and label_of(TEMPORARY, name) in self.temporary:
            return label_of(TEMPORARY, name)
        return label_of(schema[0] if schema else self.default_schema, name)

    def labels_of(self, objects: Any) -> list[str]:  # noqa: ANN401  a list of Nodes
        """The labels of the objects of a DROP."""
        return [self.label_of_parts(name_parts(one)) for one in objects]

    def is_new(self, label: str | None) -> bool:
        """Whether the table was certainly made by this script, so that it held nothing before."""
        return label is not None and (label in self.made or label in self.temporary)

    def is_calm(self, label: str | None) -> bool:
        """Whether nobody would notice a lock, a scan or a rewrite of this table."""
        return label is not None and (
            self.is_new(label) or label in self.likely_made or self.context.is_small(label)
        )

    def exists(self, label: str) -> bool:
        """Whether the database is known to have such a table, and the script left it there."""
        return self.context.facts(label) is not None and label not in self.gone

    def comes_again(self, kind: str, name: str | None) -> bool:
        """Whether a later statement makes what this one takes away."""
        return self.coming.get((kind, name or ""), -1) > self.position

    def mentions(self, kind: str, name: str | None) -> bool:
        """Whether any statement of the script makes such a thing."""
        return (kind, name or "") in self.coming

    def forget_tables(self, *labels: str) -> None:
        """These may hold rows from before, or stand for others that do."""
        for known in (self.made, self.likely_made, self.temporary):
            known.difference_update(labels)

    def forget_new(self) -> None:
        """After a ROLLBACK nothing that was made is certain any more."""
        for known in (
            self.made,
            self.likely_made,
            self.temporary,
            self.added_columns,
            self.gone,
        ):
            known.clear()
        self.end_transaction()

    def end_transaction(self) -> None:
        """Locks are gone, and so is what counts only inside one transaction."""
        self.explicit_transaction = False
        self.default_schema = self.session_schema
        self.forget_tables(*self.until_commit)
        for known in (self.unvalidated_here, self.enum_values_here, self.until_commit):
            known.clear()
        self.locked_here.clear()

    def set_search_path(self, first: str, *, local: bool) -> None:
        """Follow ``SET search_path``: unqualified names mean other tables from here on."""
        self.default_schema = first or self.context.default_schema
        if not local:
            self.session_schema = self.default_schema
