"""The name of a time zone, as a value that a field of an activity can hold."""

from __future__ import annotations

from dataclasses import dataclass

from strideiq.activities.errors import FieldValueError
from strideiq.activities.field_kinds import FieldValue
from strideiq.platform.language import gettext as _
from strideiq.platform.zones import zone_names


@dataclass(frozen=True)
class ZoneName:
    """A time zone by its name in the IANA database, such as ``Europe/Vienna``."""

    def read(self, given: object, label: str) -> FieldValue:
        """The name, in its own spelling."""
        wanted = str(given).strip().replace(" ", "_").casefold()
        found = next((name for name in zone_names() if name.casefold() == wanted), None)
        if found is None:
            raise FieldValueError(
                _("%(label)s is not known.") % {"label": label},
                next_step=_("Give one such as Europe/Vienna, or show the original again."),
            )
        return found

    def encode(self, value: FieldValue) -> str:
        """The name itself."""
        return str(value)

    def decode(self, text: str) -> FieldValue:
        """The name itself."""
        return text
