"""``[alerts]`` of strongroom.toml: who is told, how often, and what is pinged."""

from __future__ import annotations

from dataclasses import dataclass

from strongroom.config import Configuration
from strongroom.errors import ConfigurationError


@dataclass(frozen=True)
class AlertSettings:
    """What a configuration says of alerts. The addresses may be secrets; see ``Address``."""

    urls: tuple[str, ...] = ()
    """As written: ``$VARIABLE``, ``file:PATH``, or an address."""
    repeat_s: int = 24 * 3_600
    """After how long an open condition is told again."""
    ping: str | None = None
    """What is requested after a run whose conditions are all good; as ``urls`` are written."""
    ping_stages: bool = True
    """Whether ``/start`` and ``/fail`` are requested as well, as healthchecks.io understands."""
    timeout_s: float = 10.0
    """Of one request of a ping."""

    def __repr__(self) -> str:
        """Name no address: they hold secrets."""
        return f"AlertSettings({len(self.urls)} addresses, repeat_s={self.repeat_s})"


def settings_of(configuration: Configuration) -> AlertSettings:
    """Read the table; what is not said has its default.

    Raises:
        ConfigurationError: it says something that is not known.
    """
    written = dict(configuration.alerts)
    urls = written.pop("urls", ())
    if not isinstance(urls, list | tuple) or not all(isinstance(one, str) and one for one in urls):
        raise _wrong(configuration, "urls must be a list of texts")
    try:
        settings = AlertSettings(urls=tuple(urls), **written)
    except TypeError as error:
        # Named by hand: the words of a TypeError could repeat a value.
        unknown = ", ".join(sorted(written.keys() - AlertSettings.__dataclass_fields__.keys()))
        raise _wrong(configuration, f"it has a setting that is not known: {unknown}") from error
    numbers = (settings.repeat_s, settings.timeout_s)
    if not all(isinstance(one, int | float) and one > 0 for one in numbers):
        raise _wrong(configuration, "repeat_s and timeout_s are numbers above 0")
    if not (settings.ping is None or isinstance(settings.ping, str)):
        raise _wrong(configuration, "ping must be a text")
    return settings


def _wrong(configuration: Configuration, what: str) -> ConfigurationError:
    return ConfigurationError(
        f"[alerts] in {configuration.path} cannot be used: {what}.",
        next_step=f"edit {configuration.path}",
    )
