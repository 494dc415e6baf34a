"""What one break is, and how it is written down."""

from __future__ import annotations

from dataclasses import dataclass

SOURCE = "packages/strongroom/src/strongroom"
TESTS = "packages/strongroom/tests"


@dataclass(frozen=True)
class Mutation:
    """One exact replacement in one file, and the tests that must turn red."""

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


def mutation(room_file: str, name: str, old: str, new: str, tests: tuple[str, ...]) -> Mutation:
    """Break a file of the product, named below its package."""
    return Mutation(name, f"{SOURCE}/{room_file}", old, new, tests)
