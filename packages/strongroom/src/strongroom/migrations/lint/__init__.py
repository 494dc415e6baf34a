"""Judge migrations before they run: what loses data, locks or rewrites tables, breaks old code.

Each rule has a name, a severity, a reason and a safe alternative, and a page in
``docs/reference/lint``. ``lint`` reads statements in their order, knows what earlier ones made,
and what the context says about the server and its tables.
"""

from strongroom.migrations.lint.effects import Loss, effects_of
from strongroom.migrations.lint.findings import (
    ColumnFacts,
    Finding,
    LintContext,
    Severity,
    TableFacts,
)
from strongroom.migrations.lint.linting import lint
from strongroom.migrations.lint.rule import RULES, Rule

__all__ = [
    "RULES",
    "ColumnFacts",
    "Finding",
    "LintContext",
    "Loss",
    "Rule",
    "Severity",
    "TableFacts",
    "effects_of",
    "lint",
]
