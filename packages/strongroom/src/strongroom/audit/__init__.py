"""Settings that can lose data: compose files, files of variables, code, scripts of CI and people.

``audit`` reads what lies below some paths, and answers with findings; nothing is run, started or
changed by it. Rules are data with a function each, in ``rules``; ``RULES`` is their table.
"""

from strongroom.audit.auditing import Audit, audit
from strongroom.audit.finding import SEVERITIES, Edit, Finding, Severity, at_least
from strongroom.audit.rule import RULES, Rule

__all__ = [
    "RULES",
    "SEVERITIES",
    "Audit",
    "Edit",
    "Finding",
    "Rule",
    "Severity",
    "at_least",
    "audit",
]
