"""``strongroom check``: say whether this is the expected database."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import click

from strongroom.cli.judgement import judgement_lines
from strongroom.cli.output import Output, error_document, error_lines, pass_output
from strongroom.config import Configuration
from strongroom.errors import StrongroomError
from strongroom.identity import check
from strongroom.protection import protection_warnings


@click.command("check")
@pass_output
def command(output: Output) -> None:
    """Say whether this is the expected database; nothing in it is changed.

    Of a configuration with several databases all are judged, unless --database names one.

    The exit status is that of the verdict: 0 for match, 10 to 17 for the others; of several
    databases, that of the first that is refused.
    """
    configurations = output.configurations()
    if len(configurations) == 1:
        document, lines, code = _judged(output, configurations[0], database=output.database)
        output.result(document, lines)
    else:
        code = _judge_all(output, configurations)
    if code:
        output.exit(code)


def _judge_all(output: Output, configurations: list[Configuration]) -> int:
    """Judge each by itself: one that cannot be judged does not hide the others."""
    documents: list[dict[str, Any]] = []
    lines: list[str] = []
    codes: list[int] = []
    for configuration in configurations:
        key = configuration.key
        try:
            document, told, code = _judged(output, configuration, database=key)
        except StrongroomError as error:
            chosen = (output.config, output.environment, key)
            document = {"error": error_document(error, *chosen)}
            told, code = error_lines(error, *chosen), error.exit_code
        documents.append({"database": key, **document})
        lines += [*([""] if lines else []), click.style(key, bold=True), *told]
        codes.append(code)
    output.result({"databases": documents}, lines)
    return next((code for code in codes if code), 0)


def _judged(
    output: Output, configuration: Configuration, *, database: str | None
) -> tuple[dict[str, Any], list[str], int]:
    """Judge one database: the document, the text, and the exit status."""
    from strongroom.backups import missing_warnings

    judgement = check(configuration, inspect=protection_warnings, progress=output.progress())
    warnings = (*judgement.warnings, *missing_warnings(configuration))
    judgement = replace(judgement, warnings=warnings)
    document = output.judgement(judgement.as_dict(), database=database)
    if not judgement.matches:
        document["error"] = {
            "code": "refused",
            "message": judgement.message,
            "next": document["next"],
        }
    return document, judgement_lines(document), judgement.verdict.exit_code
