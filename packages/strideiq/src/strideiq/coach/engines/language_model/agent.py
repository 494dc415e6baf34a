"""A run of pydantic-ai's agent with the tools of one turn. Imported late: it takes seconds."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

from pydantic_ai import (
    Agent,
    ModelRetry,
    PartDeltaEvent,
    PartEndEvent,
    PartStartEvent,
    TextPart,
    TextPartDelta,
    Tool,
)
from pydantic_ai.models import Model
from pydantic_ai.usage import RunUsage, UsageLimits

from strideiq.coach.engines.door import EngineError
from strideiq.coach.engines.language_model import failures, outgoing
from strideiq.coach.engines.language_model.configuration import Configuration
from strideiq.coach.engines.language_model.spending import Used
from strideiq.coach.tools.tool import CALLS_MAX, Toolbox, ToolRefusedError

CHARACTERS_PER_TOKEN = 4
"""About; for servers that do not say how much they have sent."""
WRONG_CALLS_MAX = 2
"""So often a model may call a tool wrongly in a row."""


async def pieces(
    text: str, tools: Toolbox, model: Model, configuration: Configuration, used: Used
) -> AsyncIterator[str]:
    """The pieces of what a model says to a text, as they come.

    Raises:
        EngineError: it does not come to an end.
        Exception: whatever libraries of providers raise.
    """
    limits = configuration.limits
    usage, characters = RunUsage(), 0
    agent = _agent(tools, model, configuration)
    limited = UsageLimits(
        request_limit=limits.requests_per_turn,
        tool_calls_limit=CALLS_MAX,
        total_tokens_limit=limits.tokens_per_turn,
    )
    try:
        async with (
            agent,
            agent.run_stream_events(text, usage=usage, usage_limits=limited) as events,
        ):
            async for event in events:
                piece = _text_of(event)
                characters += len(piece)
                if characters > limits.tokens_per_turn * CHARACTERS_PER_TOKEN:
                    raise EngineError(failures.ENDLESS)
                if piece:
                    yield piece
    finally:
        used.input_tokens = usage.input_tokens or len(text) // CHARACTERS_PER_TOKEN
        used.output_tokens = usage.output_tokens or characters // CHARACTERS_PER_TOKEN


def _text_of(event: object) -> str:
    """The text that an event brings; a part that ends ends its last sentence."""
    if isinstance(event, PartStartEvent) and isinstance(event.part, TextPart):
        return str(event.part.content)
    if isinstance(event, PartDeltaEvent) and isinstance(event.delta, TextPartDelta):
        return str(event.delta.content_delta)
    if isinstance(event, PartEndEvent) and isinstance(event.part, TextPart):
        return "\n"
    return ""


def _agent(tools: Toolbox, model: Model, configuration: Configuration) -> Agent[None, str]:
    limits = configuration.limits
    return Agent(
        model,
        deps_type=type(None),
        instructions=outgoing.instructions(),
        tools=[
            Tool.from_schema(
                _calling(tools, tool.name, configuration),
                name=tool.name,
                description=tool.summary,
                json_schema=tool.arguments.model_json_schema(),
                sequential=True,
            )
            for tool in tools.tools.values()
            if configuration.offers(tool.name)
        ],
        retries=WRONG_CALLS_MAX,
        model_settings={
            "max_tokens": max(256, limits.tokens_per_turn // 10),
            "request_timeout": limits.request_s,
            "max_retries": limits.retries,
        },
    )


def _calling(
    tools: Toolbox, name: str, configuration: Configuration
) -> Callable[..., Coroutine[Any, Any, str]]:
    """A function that calls one tool, in the thread of whoever waits for the answer."""

    async def call(**arguments: object) -> str:
        try:
            return outgoing.result_text(tools.call(name, arguments), configuration)
        except ToolRefusedError as error:
            raise ModelRetry(str(error)) from None

    return call
