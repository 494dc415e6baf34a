"""The explicit list of features that every entry point loads, and what reacts to what."""

from __future__ import annotations

from sqlalchemy import MetaData

from strideiq.activities import models as activities_models
from strideiq.activities import page_models as activities_page_models
from strideiq.activities import places
from strideiq.activities import public as activities
from strideiq.activities.pages import router as activities_router
from strideiq.athletes import models as athletes_models
from strideiq.athletes.public import maybe_athlete
from strideiq.athletes.routes import router as athletes_router
from strideiq.calculators.routes import router as calculators_router
from strideiq.gear import models as gear_models
from strideiq.gear import public as gear
from strideiq.gear.routes import router as gear_router
from strideiq.imports import models as imports_models
from strideiq.imports import public as imports
from strideiq.imports.routes import router as imports_router
from strideiq.platform.database import Base
from strideiq.platform.feature import Feature, Place
from strideiq.records import medals
from strideiq.records import models as records_models
from strideiq.records import public as records
from strideiq.records.routes import router as records_router
from strideiq.records.threshold import threshold_pace_s_per_km
from strideiq.safety.routes import router as safety_router
from strideiq.safety.routes import status as safety_status

PACES = Place("Training paces", "/paces", icon="paces", key="p", short="Paces")

FEATURES: tuple[Feature, ...] = (
    Feature("strideiq.platform"),
    Feature("strideiq.athletes", router=athletes_router, recognise=maybe_athlete),
    Feature(
        "strideiq.activities",
        router=activities_router,
        places=(Place("Activities", "/activities", icon="activities", key="a"),),
    ),
    Feature(
        "strideiq.records",
        router=records_router,
        places=(Place("Personal bests", "/bests", icon="bests", key="b", short="Bests"),),
    ),
    Feature(
        "strideiq.calculators",
        router=calculators_router,
        places=(PACES,),
        public_places=(PACES,),
    ),
    Feature(
        "strideiq.gear",
        router=gear_router,
        places=(Place("Gear", "/gear", icon="gear", key="s"),),
    ),
    Feature(
        "strideiq.imports",
        router=imports_router,
        places=(Place("Import", "/imports", icon="import", key="i"),),
    ),
    Feature(
        "strideiq.safety",
        router=safety_router,
        places=(Place("Your data", "/your-data", icon="data", key="d", short="Data"),),
        status=safety_status,
    ),
)

MODELS = (
    athletes_models,
    activities_models,
    activities_page_models,
    gear_models,
    imports_models,
    records_models,
)
"""Every module with tables, so that importing this one makes the metadata whole."""

activities.on_recorded(places.locate)
activities.add_derivation(places.DERIVATION)
activities.on_recorded(records.recompute_recorded)
activities.on_changed(records.recompute_changed)
activities.gear_from(activities.GearSource(gear.shown_gear, gear.names))
activities.derive_threshold_pace(threshold_pace_s_per_km)
activities.add_derivation(records.DERIVATION)
activities.add_panel("figures", medals.panel)
activities.add_panel("figures", gear.panel)
activities.add_panel("foot", imports.panel)


def metadata() -> MetaData:
    """The tables of all features."""
    return Base.metadata
