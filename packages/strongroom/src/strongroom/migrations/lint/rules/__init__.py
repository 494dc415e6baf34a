"""The rules, one file per family; importing them enters each into the table."""

from strongroom.migrations.lint.rules import (
    access,
    cascade,
    columns,
    constraints,
    deploy,
    guards,
    indexes,
    opaque,
    partitions,
    rewrites,
    rows,
    sequences,
    tables,
    transactions,
)

__all__ = [
    "access",
    "cascade",
    "columns",
    "constraints",
    "deploy",
    "guards",
    "indexes",
    "opaque",
    "partitions",
    "rewrites",
    "rows",
    "sequences",
    "tables",
    "transactions",
]
