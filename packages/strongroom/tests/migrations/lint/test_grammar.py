"""The short way to the parser reads what the package itself reads."""

from pathlib import Path

import postgast
import pytest

from strongroom.sql import grammar, parse_script

CORPUS = Path(__file__).parents[1] / "corpus"


def test_trees_are_those_that_the_package_itself_reads() -> None:
    compared = 0
    for path in sorted(CORPUS.rglob("*.sql"))[::10]:
        for statement in parse_script(path.read_text()):
            if statement.node is not None:
                tree = postgast.parse(statement.text).stmts[0].stmt
                theirs = getattr(tree, tree.WhichOneof("node"))
                assert theirs.SerializeToString() == statement.node.SerializeToString()
                compared += 1
    assert compared > 30


def test_a_package_that_is_laid_out_otherwise_is_imported_as_it_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(grammar, "_directory", lambda: tmp_path)
    library, described, outermost = grammar.load(grammar._short, grammar._whole)
    assert described is postgast.pg_query_pb2.DESCRIPTOR
    assert outermost is postgast.pg_query_pb2.ParseResult
    assert library.pg_query_parse_protobuf is not None
