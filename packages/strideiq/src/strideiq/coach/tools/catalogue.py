"""Every tool that there is, by its name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from strideiq.coach.tools.bests import PERSONAL_BESTS
from strideiq.coach.tools.body import INJURIES, RELATIONS
from strideiq.coach.tools.compare import COMPARE
from strideiq.coach.tools.efficiency import EFFICIENCY
from strideiq.coach.tools.food import NUTRITION
from strideiq.coach.tools.form import RACE_EQUIVALENTS, TRAINING_PACES
from strideiq.coach.tools.gear import GEAR_MILEAGE
from strideiq.coach.tools.groups import RUN_GROUPS
from strideiq.coach.tools.load import LOAD
from strideiq.coach.tools.mornings import CHECK_INS, WEIGHT
from strideiq.coach.tools.plan import PLAN_WEEK, PLANNED_AND_DONE, PROPOSALS
from strideiq.coach.tools.rest import REST_DAYS
from strideiq.coach.tools.runs import ONE_RUN, RECENT_RUNS
from strideiq.coach.tools.splits import INTERVALS, SPLITS, TIME_IN_ZONES
from strideiq.coach.tools.stated import FACTS
from strideiq.coach.tools.tool import Tool
from strideiq.coach.tools.totals import TOTALS

TOOLS: Mapping[str, Tool[Any]] = {
    tool.name: tool
    for tool in (
        RECENT_RUNS,
        ONE_RUN,
        SPLITS,
        INTERVALS,
        TIME_IN_ZONES,
        PERSONAL_BESTS,
        TRAINING_PACES,
        RACE_EQUIVALENTS,
        LOAD,
        EFFICIENCY,
        TOTALS,
        RUN_GROUPS,
        COMPARE,
        PLAN_WEEK,
        PLANNED_AND_DONE,
        PROPOSALS,
        CHECK_INS,
        WEIGHT,
        NUTRITION,
        INJURIES,
        REST_DAYS,
        RELATIONS,
        GEAR_MILEAGE,
        FACTS,
    )
}
"""All of them read; none of them writes."""
