"""The rules, one file per family; importing them enters each into the table."""

from strongroom.migrations.lint.rules import opaque, rows, tables

__all__ = ["opaque", "rows", "tables"]
