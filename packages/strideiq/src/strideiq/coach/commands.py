"""The verb ``ask``."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import click

from strideiq.platform.errors import StrideiqError
from strideiq.platform.output import Output, pass_output

if TYPE_CHECKING:
    from collections.abc import Iterator

    from strideiq.athletes.public import AthleteView
    from strideiq.coach.events import Event, Said
    from strideiq.coach.reading import TurnView
    from strideiq.platform.runtime import Runtime


class NobodyMeantError(StrideiqError):
    """There is no athlete whose record could be asked, or several could be meant."""

    code = "nobody_meant"


@click.command()
@click.argument("question")
@click.option("--athlete", "email", help="Whose record; else the only athlete's, or the demo's.")
@click.option("--conversation", "conversation_id", type=UUID, help="Go on with a conversation.")
@pass_output
def ask(output: Output, *, question: str, email: str | None, conversation_id: UUID | None) -> None:
    r"""Ask the coach a QUESTION about the athlete's record.

    Each sentence of the answer rests on rows of the record, or is left out. The conversation is
    kept, and the page of the coach shows it too.

    \b
    Exit status: 0 answered, also where a sentence was left out · 1 no engine could answer, no
    question, no such athlete or conversation · 2 usage · 10-17 not the expected database ·
    130 stopped
    """
    from strideiq.coach import turns
    from strideiq.coach.documents import turn_document
    from strideiq.coach.reading import turn_of
    from strideiq.coach.service import coach_of
    from strideiq.platform.runtime import opened

    with opened(output.paths()) as runtime:
        athlete = _meant(runtime, email)
        turn = turns.begin(runtime.engine, athlete, question, conversation_id)
        for event in turn.events(runtime.sessions, coach_of(runtime, athlete)):
            if not output.as_json:
                for line in _lines(event):
                    click.echo(line)
        with runtime.sessions() as session:
            view = turn_of(session, athlete.athlete_id, turn.turn_id)
    if view is None:
        raise StrideiqError(
            "The conversation was deleted while it was answered.", next_step="strideiq ask QUESTION"
        )
    output.result(turn_document(view), _last_lines(view))
    if view.state == "failed":
        click.get_current_context().exit(1)


def _meant(runtime: Runtime, email: str | None) -> AthleteView:
    from strideiq.athletes.public import all_athletes, find_by_email

    with runtime.sessions() as session:
        if email is not None:
            found = find_by_email(session, email)
            if found is None:
                raise NobodyMeantError(
                    f"There is no athlete with the address {email}.",
                    next_step="strideiq athlete list",
                )
            return found
        everybody = all_athletes(session)
    # Whoever tries the demo may have made further accounts there; the first one is its athlete.
    if len(everybody) == 1 or (everybody and runtime.environment == "demo"):
        return everybody[0]
    raise NobodyMeantError(
        f"There are {len(everybody)} athletes, and it is not said which one asks.",
        next_step="strideiq ask QUESTION --athlete EMAIL"
        if everybody
        else "strideiq athlete add EMAIL",
    )


def _lines(event: Event) -> Iterator[str]:
    from strideiq.coach.events import Fallen, Said

    if isinstance(event, Said):
        yield event.sentence
        yield from _sources(event)
    elif isinstance(event, Fallen):
        yield click.style(f"{event.engine} could not go on: {event.reason}", fg="yellow")


def _sources(said: Said) -> Iterator[str]:
    rows: dict[str, list[str]] = {}
    for cited in said.citations:
        day = f" {cited.subject.first_day}" if cited.subject.first_day else ""
        name = cited.subject.name or cited.subject.kind.replace("_", " ")
        rows.setdefault(f"{name}{day}", []).append(cited.said)
    for name, values in rows.items():
        yield click.style(f"    {name}: {', '.join(dict.fromkeys(values))}", dim=True)


def _last_lines(view: TurnView) -> list[str]:
    lines = []
    if left_out := len(view.of_kind("withheld")):
        count = "One sentence was" if left_out == 1 else f"{left_out} sentences were"
        lines.append(f"{count} left out, since nothing in the record says it.")
    if view.state == "failed":
        lines.append("No engine could answer. The question is kept.")
    lines.append(f"To go on: strideiq ask QUESTION --conversation {view.conversation_id}")
    return lines
