"""The model of pydantic-ai that a configuration names. Everything here is imported late."""

from __future__ import annotations

from typing import Any

from pydantic_ai.models import Model, infer_model
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers import Provider, infer_provider_class
from pydantic_ai.providers.openai import OpenAIProvider

from strideiq.coach.engines.language_model.configuration import Configuration

NO_KEY = "none"
"""What servers get that ask for no key: clients refuse to send nothing at all."""


def connected(configuration: Configuration) -> Model:
    """A model that has not been asked anything yet.

    Raises:
        ImportError: the extra is not installed.
        ValueError: no such provider.
        pydantic_ai.exceptions.UserError: the provider cannot be used like this.
    """
    key = configuration.key.get_secret_value()
    if configuration.kind == "local":
        provider = OpenAIProvider(base_url=configuration.base_url, api_key=key or NO_KEY)
        return OpenAIChatModel(configuration.model, provider=provider)

    def with_key(name: str) -> Provider[Any]:
        made: Any = infer_provider_class(name)
        return made(api_key=key) if key else made()

    return infer_model(configuration.model, with_key)
