"""Every tool that there is, by its name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from strideiq.coach.tools.bests import PERSONAL_BESTS
from strideiq.coach.tools.runs import ONE_RUN, RECENT_RUNS
from strideiq.coach.tools.tool import Tool
from strideiq.coach.tools.totals import TOTALS

TOOLS: Mapping[str, Tool[Any]] = {
    tool.name: tool for tool in (RECENT_RUNS, ONE_RUN, PERSONAL_BESTS, TOTALS)
}
"""All of them read; none of them writes."""
