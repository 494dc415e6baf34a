"""The explicit list of features: their routes, places, and what they add to shared pages.

What reacts to what, and every table, is in ``reactions.py``: verbs load that alone.
"""

from __future__ import annotations

from strideiq.activities import public as activities
from strideiq.activities.api import api as activities_api
from strideiq.activities.pages import router as activities_router
from strideiq.athletes.api import api as athletes_api
from strideiq.athletes.public import maybe_athlete
from strideiq.athletes.routes import router as athletes_router
from strideiq.calculators.routes import router as calculators_router
from strideiq.coach.api import api as coach_api
from strideiq.coach.cards import today_card as coach_card
from strideiq.coach.mcp.routes import router as mcp_router
from strideiq.coach.routes import router as coach_router
from strideiq.connections import public as connections
from strideiq.connections.pages import router as connections_router
from strideiq.fitness.routes import router as fitness_router
from strideiq.gear import public as gear
from strideiq.gear.routes import router as gear_router
from strideiq.imports import public as imports
from strideiq.imports.api import api as imports_api
from strideiq.imports.routes import router as imports_router
from strideiq.platform.feature import Feature, Place
from strideiq.platform.installable import router as platform_router
from strideiq.platform.language import marked
from strideiq.portability.routes import router as portability_router
from strideiq.reactions import metadata
from strideiq.records import medals
from strideiq.records.routes import router as records_router
from strideiq.safety.routes import router as safety_router
from strideiq.safety.routes import status as safety_status
from strideiq.today import public as today
from strideiq.today.routes import router as today_router
from strideiq.training import public as training
from strideiq.training.routes import router as training_router
from strideiq.wellness import public as wellness
from strideiq.wellness.routes import router as wellness_router

__all__ = ["FEATURES", "metadata"]

CALCULATORS = Place(
    marked("Calculators"), "/calculators", icon="paces", key="p", short=marked("Paces"), rank=60
)

FEATURES: tuple[Feature, ...] = (
    Feature("strideiq.platform", router=platform_router),
    Feature(
        "strideiq.today",
        router=today_router,
        places=(Place(marked("Today"), "/", icon="today", key="h", rank=0),),
    ),
    Feature("strideiq.athletes", router=athletes_router, api=athletes_api, recognise=maybe_athlete),
    Feature(
        "strideiq.activities",
        router=activities_router,
        api=activities_api,
        places=(Place(marked("Activities"), "/activities", icon="activities", key="a", rank=10),),
    ),
    Feature(
        "strideiq.records",
        router=records_router,
        places=(
            Place(
                marked("Personal bests"),
                "/bests",
                icon="bests",
                key="b",
                short=marked("Bests"),
                rank=50,
            ),
        ),
    ),
    Feature(
        "strideiq.fitness",
        router=fitness_router,
        places=(Place(marked("Fitness"), "/fitness", icon="fitness", key="f", rank=40),),
    ),
    Feature(
        "strideiq.training",
        router=training_router,
        places=(
            Place(marked("Calendar"), "/calendar", icon="calendar", key="c", rank=20),
            Place(marked("Plans"), "/plans", icon="plans", key="t", rank=35),
        ),
    ),
    Feature(
        "strideiq.wellness",
        router=wellness_router,
        places=(Place(marked("Wellness"), "/wellness", icon="wellness", key="w", rank=30),),
    ),
    Feature(
        "strideiq.coach",
        router=coach_router,
        api=coach_api,
        places=(Place(marked("Coach"), "/coach", icon="coach", key="q", rank=25),),
    ),
    Feature(
        "strideiq.calculators",
        router=calculators_router,
        places=(CALCULATORS,),
        public_places=(CALCULATORS,),
    ),
    Feature("strideiq.coach.mcp", router=mcp_router),
    Feature(
        "strideiq.gear",
        router=gear_router,
        places=(Place(marked("Gear"), "/gear", icon="gear", key="s", rank=70),),
    ),
    Feature(
        "strideiq.imports",
        router=imports_router,
        api=imports_api,
        places=(Place(marked("Import"), "/imports", icon="import", key="i", rank=80),),
    ),
    Feature(
        "strideiq.connections",
        router=connections_router,
        places=(
            Place(
                marked("Connections"),
                "/connections",
                icon="connections",
                key="n",
                short=marked("Connect"),
                rank=85,
            ),
        ),
    ),
    Feature("strideiq.portability", router=portability_router),
    Feature(
        "strideiq.safety",
        router=safety_router,
        places=(
            Place(
                marked("Your data"),
                "/your-data",
                icon="data",
                key="d",
                short=marked("Data"),
                rank=90,
            ),
        ),
        status=safety_status,
    ),
)

activities.add_panel("figures", medals.panel)
activities.add_panel("figures", activities.fields_panel)
activities.add_panel("figures", connections.weather_panel)
activities.add_panel("figures", training.planned_panel)
activities.add_panel("figures", gear.panel)
activities.add_panel("foot", imports.panel)
activities.add_panel("foot", activities.sources_panel)
activities.add_panel("foot", wellness.fuel_panel)
today.add_card("full", connections.today_card)
today.add_card("lead", training.today_card)
today.add_card("side", today.standing)
today.add_card("full", wellness.today_card)
today.add_card("lead", today.last_activity)
today.add_card("side", today.this_week)
today.add_card("full", coach_card)
today.add_first_step(
    today.FirstStep(
        marked("Bring what you have run"),
        marked("FIT, GPX and TCX files of your watch, one or a thousand. The originals are kept."),
        marked("Import"),
        "/imports",
        icon="import",
    )
)
today.add_first_step(
    today.FirstStep(
        marked("Plan towards a race"),
        marked("The weeks until then, each workout with its paces and the reason why it is there."),
        marked("Make a plan"),
        "/plans/new",
        icon="plans",
    )
)
today.add_first_step(
    today.FirstStep(
        marked("Say how you are"),
        marked("Four taps in the morning. Sleep, heart and mood then stand beside your training."),
        marked("Check in"),
        "/wellness",
        icon="wellness",
    )
)
