"""Settings from the environment file that ``init`` wrote, and from variables above it.

The secret key is required and never made up: one made at start would sign everybody out at the
next start. ``SECRET_KEY`` signs; the keys in ``SECRET_KEYS_OLD`` are still accepted, so that it
can be changed without signing anybody out.
"""

from __future__ import annotations

import os
import secrets
import stat
from decimal import Decimal
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from strideiq.platform.errors import SettingsError

SECRET_KEY_LENGTH_MIN = 32
MAKE_A_KEY = "python -c 'import secrets; print(secrets.token_urlsafe(48))'"


class Settings(BaseSettings):
    """What can be set. Names in the environment are in capitals."""

    model_config = SettingsConfigDict(
        env_prefix="STRIDEIQ_", extra="ignore", hide_input_in_errors=True, frozen=True
    )

    secret_key: SecretStr = Field(validation_alias="SECRET_KEY")
    """Signs cookies and form tokens; at least 32 characters."""
    secret_keys_old: SecretStr = Field(default=SecretStr(""), validation_alias="SECRET_KEYS_OLD")
    """Former keys that are still accepted, separated by commas."""
    sign_up: bool = True
    """Whether people may make an account on the sign-up page."""
    tiles: str = ""
    """Where squares of a map come from, with {z}, {x} and {y}; none are fetched when empty."""
    tiles_credit: str = ""
    """What stands below a map of these tiles, such as whose data it is."""
    log_level: str = "info"
    watched_folder: Path | None = None
    """Where files appear that are to be imported; a folder in it for each athlete's address."""
    public_address: str = ""
    """How this server is reached from outside, such as https://run.example.org; for services."""
    strava_client_id: str = ""
    """The number that Strava gave to this server's application; no connection when empty."""
    strava_client_secret: SecretStr = SecretStr("")
    """The secret that belongs to it."""
    strava_address: str = "https://www.strava.com"
    """Where Strava is; another one only for trying things out."""

    garmin_client_id: str = ""
    """What Garmin calls this server's application; no connection when empty."""
    garmin_client_secret: SecretStr = SecretStr("")
    """The secret that belongs to it."""
    garmin_address: str = ""
    """Where all of Garmin is; empty for its own addresses, another one only for trying out."""
    weather: str = ""
    """Whose archive is asked about the weather of runs; nobody's when empty."""
    weather_key: SecretStr = SecretStr("")
    """The key of a paying customer there."""

    coach_engine: Literal["built-in", "local", "provider"] = "built-in"
    """Who answers first: no model, a model on a server of one's own, or a provider's."""
    coach_model: str = ""
    """A local server's name of the model, or provider:model."""
    coach_base_url: str = ""
    """Where the local server is, up to /v1."""
    coach_key: SecretStr = SecretStr("")
    """The key of the provider, or of the local server where it asks for one."""
    coach_may_leave: str | None = None
    """What a model may be told beside figures of training, separated by commas."""
    coach_tokens_per_turn: int = Field(default=40_000, ge=1000)
    """So many tokens a question may use at most."""
    coach_tokens_per_day: int = Field(default=400_000, ge=1000)
    """So many the questions of one athlete may use on a day."""
    coach_cost_per_month_usd: Decimal | None = Field(default=None, ge=0)
    """So much they may cost in a month; needs both prices."""
    coach_input_price_usd: Decimal = Field(default=Decimal(0), ge=0)
    """Of a million tokens that are sent."""
    coach_output_price_usd: Decimal = Field(default=Decimal(0), ge=0)
    """Of a million tokens that come back."""
    coach_request_s: float = Field(default=45.0, gt=0, le=600)
    """How long one request to a model may take."""
    coach_turn_s: float = Field(default=110.0, gt=0, le=600)
    """How long all requests of one question may take."""

    @field_validator("secret_key")
    @classmethod
    def _usable(cls, value: SecretStr) -> SecretStr:
        if len(value.get_secret_value()) < SECRET_KEY_LENGTH_MIN:
            raise ValueError(f"it has fewer than {SECRET_KEY_LENGTH_MIN} characters")
        if "," in value.get_secret_value():
            raise ValueError("it has a comma, which separates keys in SECRET_KEYS_OLD")
        return value

    @field_validator(
        "public_address", "strava_address", "garmin_address", "weather", "coach_base_url"
    )
    @classmethod
    def _address_usable(cls, value: str) -> str:
        if value and not (value.startswith(("https://", "http://")) and "@" not in value):
            raise ValueError("it is no address that begins with https:// or http://")
        return value.rstrip("/")

    @field_validator("tiles")
    @classmethod
    def _tiles_usable(cls, value: str) -> str:
        if value and not (
            value.startswith("https://")
            and all(part in value for part in ("{z}", "{x}", "{y}"))
            and not set(value) & set(" ;,'\"")
        ):
            raise ValueError("it is no https address with {z}, {x} and {y}")
        return value

    @model_validator(mode="after")
    def _coach_usable(self) -> Self:
        if self.coach_engine == "local" and not (self.coach_model and self.coach_base_url):
            raise ValueError("STRIDEIQ_COACH_MODEL and STRIDEIQ_COACH_BASE_URL must be set for it")
        if self.coach_engine == "provider" and ":" not in self.coach_model:
            raise ValueError("STRIDEIQ_COACH_MODEL must be set for it, as provider:model")
        if self.coach_cost_per_month_usd is not None and not (
            self.coach_input_price_usd or self.coach_output_price_usd
        ):
            raise ValueError("a cost per month needs the prices of tokens")
        return self

    @property
    def tiles_origin(self) -> str:
        """The host that tiles come from, for the policy of what pages may load."""
        return "/".join(self.tiles.split("/")[:3]) if self.tiles else ""

    @property
    def key_ring(self) -> tuple[str, ...]:
        """The signing key, then the old ones."""
        old = self.secret_keys_old.get_secret_value().split(",")
        return (self.secret_key.get_secret_value(), *(key.strip() for key in old if key.strip()))


def load_settings(env_file: Path) -> Settings:
    """Read the environment file and the variables; variables win.

    Raises:
        SettingsError: no key, too short a key, or a file that others can read.
    """
    _refuse_readable_by_others(env_file)
    try:
        return Settings(_env_file=env_file)  # type: ignore[call-arg]  # pydantic-settings' own argument
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else "STRIDEIQ_COACH_ENGINE"
        if first["type"] == "missing":
            reason = "is not set"
        else:
            reason = f"cannot be used: {first['msg'].removeprefix('Value error, ')}"
        raise SettingsError(
            f"{name} {reason}. It is read from {env_file} and from the environment.",
            next_step=f"strideiq init writes one; or put {name}=… there, made with: {MAKE_A_KEY}"
            if name == "SECRET_KEY"
            else f"edit {env_file}",
        ) from error


def write_environment_file(path: Path) -> bool:
    """Write a new environment file with a new secret key, unless there is one; say whether.

    Only its owner can read it. An existing file is never touched: its key signed the cookies
    that are out there.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(
            "# StrideIQ's settings. Keep this file: its key signs the cookies of your athletes.\n"
            "# To change the key, move the old one to SECRET_KEYS_OLD=…\n"
            f"SECRET_KEY={secrets.token_urlsafe(48)}\n"
        )
        file.flush()
        os.fsync(file.fileno())
    return True


def _refuse_readable_by_others(env_file: Path) -> None:
    try:
        mode = env_file.stat().st_mode
    except FileNotFoundError:
        return
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise SettingsError(
            f"{env_file} holds the secret key, and others on this machine may read it.",
            next_step=f"chmod 600 {env_file}",
        )
