"""What reacts to what across features, and every table: all that a verb needs of them.

Pages are listed in ``features.py``, which only what serves them loads.
"""

from __future__ import annotations

from sqlalchemy import MetaData

from strideiq.activities import models as activities_models
from strideiq.activities import page_models as activities_page_models
from strideiq.activities import places
from strideiq.activities import public as activities
from strideiq.athletes import models as athletes_models
from strideiq.coach import models as coach_models
from strideiq.connections import models as connections_models
from strideiq.connections import public as connections
from strideiq.fitness import models as fitness_models
from strideiq.fitness import public as fitness
from strideiq.gear import models as gear_models
from strideiq.gear import public as gear
from strideiq.imports import models as imports_models
from strideiq.imports import public as imports
from strideiq.platform.database import Base
from strideiq.records import models as records_models
from strideiq.records import public as records
from strideiq.records.threshold import threshold_pace_s_per_km
from strideiq.training import models as training_models
from strideiq.training import public as training
from strideiq.wellness import models as wellness_models
from strideiq.wellness import public as wellness

MODELS = (
    athletes_models,
    activities_models,
    activities_page_models,
    gear_models,
    imports_models,
    records_models,
    fitness_models,
    training_models,
    wellness_models,
    coach_models,
    connections_models,
)
"""Every module with tables, so that importing this one makes the metadata whole."""

activities.on_recorded(activities.give_way)
activities.on_recorded(places.locate)
activities.add_derivation(places.DERIVATION)
activities.on_recorded(records.recompute_recorded)
activities.on_recorded(fitness.recompute_recorded)
activities.on_recorded(training.rematch_recorded)
activities.on_changed(records.recompute_changed)
activities.on_changed(fitness.recompute_changed)
activities.on_changed(training.rematch_changed)
activities.add_derivation(records.DERIVATION)
activities.add_derivation(fitness.DERIVATION)
activities.gear_from(activities.GearSource(gear.shown_gear, gear.names))
activities.derive_threshold_pace(threshold_pace_s_per_km)
training.add_illness_source(wellness.ill_until)
fitness.resting_heart_rate_from(wellness.resting_heart_rate_bpm)
connections.register(connections.STRAVA_SERVICE)
connections.add_tidy(activities.expire_loans)
imports.add_companion(connections.work_beside)
connections.register(connections.GARMIN)
connections.register(connections.WEATHER)
activities.on_recorded(connections.weather_of_recorded)


def metadata() -> MetaData:
    """The tables of all features."""
    return Base.metadata
