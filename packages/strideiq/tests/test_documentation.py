"""Every verb, exit code, setting and page is documented where people look for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import click
import pytest
from fastapi.routing import APIRoute

import strideiq.cli
import strongroom.cli
from strideiq.features import FEATURES
from strideiq.platform.settings import Settings
from strongroom.config import Policy
from strongroom.identity import Verdict

ROOT = Path(__file__).resolve().parents[3]
REFERENCE = ROOT / "docs" / "reference"


@pytest.mark.parametrize("verb", [*strongroom.cli.VERBS, *strideiq.cli.VERBS])
def test_each_verb_is_in_the_reference(verb: str) -> None:
    assert f"`{verb}" in (REFERENCE / "command-line.md").read_text()


def commands(group: click.Group, context: click.Context) -> Iterator[click.Command]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, context)
        else:
            yield command


@pytest.mark.parametrize("program", [strongroom.cli.strongroom, strideiq.cli.strideiq])
def test_each_option_is_in_the_reference(program: click.Group) -> None:
    _, ours, theirs = (REFERENCE / "command-line.md").read_text().split("\n## ")[:3]
    text = ours if program.name == "strongroom" else theirs
    for command in commands(program, click.Context(program)):
        for parameter in command.params:
            if isinstance(parameter, click.Option) and not parameter.hidden:
                shown = parameter.opts[-1]
                assert shown == "--json" or f"`{shown}" in text, f"{command.name} {shown}"


def test_each_page_is_in_the_reference() -> None:
    text = (REFERENCE / "command-line.md").read_text().partition("## Pages")[2]
    for feature in FEATURES:
        for route in feature.router.routes if feature.router else ():
            if isinstance(route, APIRoute) and "GET" in route.methods and not part_of(route.path):
                assert f"`{re.sub('{[^}]+}', 'ID', route.path)}`" in text, route.path


def part_of(path: str) -> bool:
    """Whether the answer is a part of a page, which HTMX puts into it."""
    return path.endswith(("/name", "/name/shown", "/fields/{name}/shown", "/work"))


@pytest.mark.parametrize("verdict", list(Verdict))
def test_each_verdict_is_explained_with_its_exit_code(verdict: Verdict) -> None:
    row = rf"\| `{verdict}` \|.*\| {verdict.exit_code} \|"
    assert re.search(row, (ROOT / "docs/explanation/verdicts.md").read_text())


@pytest.mark.parametrize("limit", [field.name for field in fields(Policy)])
def test_each_limit_of_the_policy_is_in_the_reference(limit: str) -> None:
    assert f"policy.{limit}`" in (REFERENCE / "settings.md").read_text()


@pytest.mark.parametrize("name", list(Settings.model_fields))
def test_each_setting_is_in_the_reference(name: str) -> None:
    alias = Settings.model_fields[name].validation_alias
    documented = alias if isinstance(alias, str) else f"STRIDEIQ_{name.upper()}"
    assert f"`{documented}`" in (REFERENCE / "settings.md").read_text()


def test_each_verb_has_a_module_that_loads() -> None:
    for group in (strongroom.cli.strongroom, strideiq.cli.strideiq):
        for verb in group.list_commands(None):  # type: ignore[arg-type]  # the table needs none
            assert group.get_command(None, verb) is not None  # type: ignore[arg-type]


def test_each_place_of_the_navigation_is_a_page(new_browser: Callable[..., Any]) -> None:
    browser = new_browser("reader@example.org")
    guarded = {"/your-data"}  # its page needs the gate, and is tried end to end
    for feature in FEATURES:
        for place in (*feature.places, *feature.public_places):
            expected = 404 if place.path in guarded else 200
            assert browser.get(place.path).status_code == expected, place.path


def test_the_links_of_the_documents_lead_somewhere() -> None:
    for document in [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *ROOT.glob("packages/*/README.md"),
    ]:
        for target in re.findall(r"\]\(([^)#]+)\)", document.read_text()):
            if not target.startswith("http"):
                assert (document.parent / target).exists(), f"{document.name}: {target}"
