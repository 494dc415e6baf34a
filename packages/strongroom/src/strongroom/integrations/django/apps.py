"""What Django loads: it verifies every connection, and adds the system check."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.core.checks import Tags, register
from django.db.backends.signals import connection_created

from strongroom.integrations.django.checks import check_databases, check_settings
from strongroom.integrations.django.connections import remember_names, verify_created


class StrongroomConfig(AppConfig):  # type: ignore[misc]  # Django has no types
    """The guard of this project's databases."""

    name = "strongroom.integrations.django"
    label = "strongroom"
    verbose_name = "Strongroom"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Guard everything that connects from here on."""
        remember_names()
        connection_created.connect(_created, dispatch_uid="strongroom")
        register(check_settings)
        register(check_databases, Tags.database)


def _created(connection: Any, **_: object) -> None:  # noqa: ANN401  Django has no types
    verify_created(connection)
