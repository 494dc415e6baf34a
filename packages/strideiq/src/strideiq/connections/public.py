"""What other features and entry points may call of connections."""

from strideiq.connections.beside import work_beside
from strideiq.connections.card import today_card
from strideiq.connections.registry import Context, Service, register, services, utc_now
from strideiq.connections.runner import Runner, add_tidy
from strideiq.connections.service import ConnectionView, anything_connected, views
from strideiq.connections.strava.service import SERVICE as STRAVA_SERVICE
from strideiq.connections.terms import STRAVA, Terms, Use

__all__ = [
    "STRAVA",
    "STRAVA_SERVICE",
    "ConnectionView",
    "Context",
    "Runner",
    "Service",
    "Terms",
    "Use",
    "add_tidy",
    "anything_connected",
    "register",
    "services",
    "today_card",
    "utc_now",
    "views",
    "work_beside",
]
