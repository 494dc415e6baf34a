"""The API against its own OpenAPI document: requests made up from it, answers held to it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Any

import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.specs.openapi import checks

from strideiq.athletes.scopes import SCOPES

NewBrowser = Callable[..., Any]
EXAMPLES = 500 if os.environ.get("STRONGROOM_SOAK") == "1" else 5


def test_no_made_up_request_breaks_the_api_or_its_document(new_browser: NewBrowser) -> None:
    browser = new_browser("robin@example.com")
    page = browser.post("/preferences/tokens", {"name": "all", "scope": list(SCOPES)}).text
    found = re.search(r"strideiq_[\w-]{40,}", page)
    assert found is not None
    headers = {"Authorization": f"Bearer {found.group()}"}
    program = new_browser().client
    schema = schemathesis.openapi.from_dict(program.get("/api/v1/openapi.json").json())
    operations = [one.ok() for one in schema.get_all_operations()]
    reading = [one for one in operations if one.method.upper() == "GET"]
    assert reading

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(data=st.data())
    def try_all(data: st.DataObject) -> None:
        for operation in reading:
            case = data.draw(operation.as_strategy())
            program.app.state.limits.clear()
            answer = program.get(case.formatted_path, params=case.query or {}, headers=headers)
            case.validate_response(answer, checks=CHECKS)

    try_all()


CHECKS = [
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]
