"""An incident report as Markdown, and as one page that can be printed."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from strongroom.report.ages import span
from strongroom.report.incident.causes import Cause
from strongroom.report.incident.fates import TableFate
from strongroom.report.incident.telling import IncidentReport

_CONTENT = {None: "not compared", "identical": "identical", "changed": "changed since"}
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; --ink: #1c2024; --soft: #5b6470; --line: #d9dee3;
  --ground: #ffffff; --good: #1a7f4b; --bad: #b3261e; }}
@media (prefers-color-scheme: dark) {{ :root {{ --ink: #e6e9ec; --soft: #9aa4af;
  --line: #333a41; --ground: #14171a; --good: #5cc48c; --bad: #ff8a80; }} }}
body {{ font: 16px/1.55 system-ui, sans-serif; color: var(--ink); background: var(--ground);
  max-width: 52rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }}
p, li {{ overflow-wrap: anywhere; }}
h1 {{ font-size: 1.7rem; line-height: 1.25; margin: 0 0 .4rem; }}
h2 {{ font-size: 1.1rem; margin: 2.4rem 0 .6rem; }}
h1 + p {{ color: var(--soft); margin-top: 0; }}
.scroll {{ overflow-x: auto; }}
table {{ border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }}
th, td {{ text-align: left; vertical-align: top; padding: .4rem .8rem .4rem 0;
  border-bottom: 1px solid var(--line); }}
th {{ color: var(--soft); font-weight: 600; font-size: .85rem; white-space: nowrap; }}
td:first-child {{ white-space: nowrap; }}
td strong {{ font-weight: 600; overflow-wrap: anywhere; }}
@media (max-width: 40rem) {{ table {{ font-size: .85rem; }} td {{ min-width: 3.5rem; }}
  ul ul {{ padding-left: 1rem; }} }}
code {{ font: .9em ui-monospace, monospace; }}
li {{ margin: .25rem 0; }}
@media print {{ :root {{ --ink: #000; --soft: #444; --line: #bbb; --ground: #fff; }}
  body {{ font-size: 10.5pt; max-width: none; padding: 0; }}
  h2 {{ break-after: avoid; }} tr, li {{ break-inside: avoid; }} }}
</style>
</head>
<body>
{body}
</body>
</html>
"""


def as_markdown(report: IncidentReport) -> str:
    """The whole report as Markdown; times are UTC."""
    return "\n".join(_lines(report)) + "\n"


def as_page(report: IncidentReport) -> str:
    """The whole report as one page of HTML that needs nothing else, and prints well."""
    from markdown_it import MarkdownIt  # noqa: PLC0415  only whoever wants a page waits for it

    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(as_markdown(report))
    body = body.replace("<table>", '<div class="scroll"><table>')
    body = body.replace("</table>", "</table></div>")
    return _PAGE.format(title=html.escape(_title(report)), body=body)


def _title(report: IncidentReport) -> str:
    return f"Incident of {report.began_at.astimezone(UTC):%d %B %Y}: {report.subject}"


def _lines(report: IncidentReport) -> Iterator[str]:
    yield f"# {_title(report)}"
    yield ""
    yield " · ".join(_head(report))
    yield ""
    yield f"**{_plain(report.summary)}**"
    yield from ("", "## Timeline (UTC)", "", "| time | what | ledger |", "| --- | --- | --- |")
    for moment in report.timeline:
        what = f"**{_plain(moment.what)}**" if moment.during else _plain(moment.what)
        yield f"| {_time(moment.at, report)} | {what} | {_numbers(moment.entries)} |"
    yield from ("", "## At risk, and recovered", "", *_tables(report))
    yield from ("", "## Why", "", "Primary cause", "", *_cause(report.primary))
    if report.contributing:
        yield from ("", "Contributing", "")
        for cause in report.contributing:
            yield from _cause(cause)
    yield from ("", "## What was done", "")
    yield from _listed(f"{_time(one.at, report)} {_plain(one.what)}" for one in report.done)
    yield from ("", "## What remains", "")
    yield from _listed(f"{_plain(one.message)} Next: `{one.next_step}`" for one in report.remains)
    yield from ("", "## The record", "")
    whole = ["The chain of the ledger is whole, and agrees with its anchors in the store."]
    yield from _listed(_plain(one) for one in report.record or whole)


def _head(report: IncidentReport) -> Iterator[str]:
    yield f"incident {report.number} of {report.of}"
    yield f"noticed {_full(report.began_at)}"
    if report.ended_at is None:
        yield "**still going on**"
    else:
        yield f"over {_full(report.ended_at)}, after {span(report.duration_s or 0)}"
    yield f"written {_full(report.written_at)}"


def _tables(report: IncidentReport) -> Iterator[str]:
    if not report.tables:
        yield "No table had been counted before, so nothing can be compared."
        return
    yield "| table | outcome | rows before | noticed | now | content |"
    yield "| --- | --- | ---: | ---: | ---: | --- |"
    for one in report.tables:
        figures = (one.rows_before, one.rows_found, one.rows_now)
        cells = " | ".join(_count(figure) for figure in figures)
        yield f"| {_plain(one.table)} | {_outcome(one)} | {cells} | {_CONTENT[one.content]} |"
    yield ""
    yield f"Rows of now: {_plain(report.counted)}. Content: the newest backup before against the "
    yield "first one after, by their digests."


def _outcome(fate: TableFate) -> str:
    return f"{fate.missing:,} missing" if fate.outcome == "missing" else fate.outcome


def _cause(cause: Cause) -> Iterator[str]:
    yield f"- {_plain(cause.what)}"
    for one in cause.evidence:
        yield f"  - {_plain(one)}"


def _listed(lines: Iterable[str]) -> Iterator[str]:
    found = [f"- {line}" for line in lines]
    yield from found or ["- Nothing."]


def _time(at: datetime, report: IncidentReport) -> str:
    """The time of the day; with its date where that is not the day of the incident."""
    moment = at.astimezone(UTC)
    same = moment.date() == report.began_at.astimezone(UTC).date()
    return f"{moment:%H:%M:%S}" if same else f"{moment:%Y-%m-%d %H:%M}"


def _full(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _numbers(entries: tuple[int, int]) -> str:
    first, last = entries
    return str(first) if first == last else f"{first}-{last}"


def _count(rows: int | None) -> str:
    return "?" if rows is None else f"{rows:,}"


def _plain(text: str) -> str:
    """Text that means nothing to Markdown: what names and messages hold is shown as it is."""
    line = " ".join(text.split())
    return "".join(f"\\{sign}" if sign in "\\`*_[]<>#|" else sign for sign in line)
