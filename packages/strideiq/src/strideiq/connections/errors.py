"""What can go wrong with a service, each with what the runner does about it.

Messages are kept with the connection and shown later in the athlete's language, so they hold no
names, numbers or secrets.
"""

from __future__ import annotations

from datetime import datetime

from strideiq.platform.errors import InvalidInputError, NotFoundError, StrideiqError
from strideiq.platform.language import gettext as _
from strideiq.platform.language import marked


class ServiceError(StrideiqError):
    """A service did not do what was asked of it."""

    code = "service"
    http_status = 502


class ServiceTroubleError(ServiceError):
    """It cannot be reached, is too slow, or its answer is broken; asked again later."""

    code = "service_trouble"

    def __init__(
        self,
        message: str = marked("The service could not be reached, or its answer was broken."),
        *,
        next_step: str = marked("nothing to do: it is tried again by itself"),
    ) -> None:
        super().__init__(message, next_step=next_step)


class RateLimitedError(ServiceError):
    """It wants to be left alone until a time (UTC); nobody's fault."""

    code = "service_limited"
    http_status = 503

    def __init__(self, until: datetime) -> None:
        super().__init__(
            marked("The service limits how much may be asked of it."),
            next_step=marked("nothing to do: it goes on by itself"),
        )
        self.until = until


class AccessRevokedError(ServiceError):
    """It does not accept our access any more: the athlete took it back, or it ran out."""

    code = "service_revoked"

    def __init__(
        self,
        message: str = marked("The service does not accept this connection any more."),
        *,
        next_step: str = marked("connect it again"),
    ) -> None:
        super().__init__(message, next_step=next_step)


class AccessForbiddenError(ServiceError):
    """Our access does not reach this; asking again would not help."""

    code = "service_forbidden"

    def __init__(self) -> None:
        super().__init__(
            marked("The service does not let this connection read what it asks for."),
            next_step=marked("disconnect it, connect it again, and leave every box ticked"),
        )


class GoneUpstreamError(ServiceError):
    """It does not have this, or not any more."""

    code = "service_gone"

    def __init__(self) -> None:
        super().__init__(
            marked("The service has nothing of this kind any more."),
            next_step=marked("nothing to do: what is here stays"),
        )


class AlreadyConnectedError(InvalidInputError):
    """Another athlete of this server is connected to the same account."""

    code = "service_already_connected"

    def __init__(self) -> None:
        super().__init__(
            _("Somebody else here is connected to this account already."),
            next_step=_("connect an account of your own, or have theirs disconnected first"),
        )


class NotSetUpError(InvalidInputError):
    """Whoever runs this server has not registered it with the service."""

    code = "service_not_set_up"


class NoSuchConnectionError(NotFoundError):
    """The athlete has no connection to this service."""
