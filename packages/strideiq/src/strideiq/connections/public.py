"""What other features and entry points may call of connections."""

from strideiq.connections.beside import work_beside
from strideiq.connections.card import today_card
from strideiq.connections.garmin.service import SERVICE as GARMIN
from strideiq.connections.registry import Context, Service, register, services, utc_now
from strideiq.connections.runner import Runner, add_tidy
from strideiq.connections.service import ConnectionView, anything_connected, views
from strideiq.connections.strava.service import SERVICE as STRAVA_SERVICE
from strideiq.connections.terms import STRAVA, Terms, Use
from strideiq.connections.weather.panel import panel as weather_panel
from strideiq.connections.weather.service import SERVICE as WEATHER
from strideiq.connections.weather.service import recorded as weather_of_recorded

__all__ = [
    "GARMIN",
    "STRAVA",
    "STRAVA_SERVICE",
    "WEATHER",
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
    "weather_of_recorded",
    "weather_panel",
    "work_beside",
]
