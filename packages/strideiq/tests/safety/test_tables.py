"""What "Your data" counts: nothing that an athlete gave is left unnamed."""

from __future__ import annotations

from strideiq.features import metadata
from strideiq.portability import tables
from strideiq.safety.service import TABLE_WORDS

NOT_COUNTED = {
    "activity_decision": "of a pair of activities, beside which it stands",
    "activity_load": "derived",
    "activity_observation_stream": "channels of sources that are not shown",
    "activity_place": "derived",
    "activity_source_choice": "a setting of an activity",
    "coach_choice": "a setting",
    "coach_conversation": "of the questions that it holds",
    "coach_fact": "a word to the coach, of which every version is kept",
    "coach_piece": "of the question that it answers",
    "effort_correction": "a word on a best effort, beside which it stands",
    "gear_default": "a setting of gear",
    "import_batch": "how far an import is",
    "import_item": "how far an import is",
    "intensity_setting": "a setting",
    "plan_proposal": "of a plan, beside which it stands",
    "planned_workout_annotation": "of a planned workout, beside which it stands",
    "privacy_setting": "a setting",
    "privacy_zone": "a setting, and a place that nobody needs to see named",
    "time_effort": "derived",
    "upload": "how far an import is",
    "upload_part": "how far an import is",
    "wellness_version": "earlier versions of what is counted",
    "workout_match": "derived",
}
"""Tables of an athlete that the page does not count, each with its reason."""


def test_every_table_that_an_account_takes_along_is_counted_or_named_with_a_reason() -> None:
    counted = {name.removeprefix("public.") for name in TABLE_WORDS}
    assert counted <= set(metadata().tables)
    assert {table.name for table in tables.exported()} - counted == set(NOT_COUNTED)
