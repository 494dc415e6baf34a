"""What a model is told is shown before it is asked, and each athlete can keep it back."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from model_server import ModelServer, calls, model_server, says
from pydantic import SecretStr
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from strideiq.coach import facts
from strideiq.coach.engines.language_model import failures
from strideiq.platform.runtime import Runtime, runtime_of

QUESTION = "What is my max heart rate, <b>and</b> how was my last run?"
STATED = "My max heart rate is 191"


@pytest.fixture
def model() -> Iterator[ModelServer]:
    with model_server(calls("stated_facts", "{}"), says("Your max heart rate is 191 bpm.")) as one:
        yield one


@pytest.fixture
def asked_of(model: ModelServer, runtime: Runtime, engine: Engine) -> Runtime:
    """A StrideIQ whose model is elsewhere, by the words of its settings, and costs something."""
    settings = runtime.settings.model_copy(
        update={
            "coach_engine": "local",
            "coach_model": "tiny",
            "coach_base_url": model.base_url,
            "coach_key": SecretStr("sk-mine"),
            "coach_may_leave": "facts, earlier, names",
            "coach_tokens_per_turn": 1000,
            "coach_tokens_per_day": 1040,
            "coach_cost_per_month_usd": Decimal(5),
            "coach_input_price_usd": Decimal(100),
            "coach_output_price_usd": Decimal(100),
        }
    )
    return runtime_of("test", settings, engine)


@pytest.fixture
def browser(asked_of: Runtime, new_browser: Callable[..., Any]) -> Any:
    found = new_browser("runner@example.com")
    found.client.app.state.runtime = asked_of
    with asked_of.sessions.begin() as session:
        facts.state(session, found.athlete_id, STATED)
    return found


def sent_in_full(page: str) -> str:
    """The text that a page shows as what would be sent."""
    found = re.search(r"<pre[^>]*>(.*?)</pre>", page, re.DOTALL)
    assert found
    return html.unescape(found[1])


def asked(browser: Any, question: str) -> str:
    browser.get("/coach")
    answer = browser.post("/coach/ask", {"question": question})
    return str(browser.get(answer.headers["location"].partition("#")[0]).text)


def test_what_is_shown_is_what_is_sent_and_looking_sends_nothing(
    browser: Any, model: ModelServer
) -> None:
    browser.get("/coach/model")
    page = browser.post("/coach/model/preview", {"question": QUESTION}).text
    assert model.requests == []
    assert "one thing that you stated" in page
    assert "&lt;b&gt;and&lt;/b&gt;" in page
    assert "Check ins" not in page.partition("tools that it may ask")[2].partition("</li>")[0]
    shown = sent_in_full(page)

    asked(browser, QUESTION)
    first, second = model.requests
    for message in first["messages"]:
        assert message["content"] in shown
    for tool in first["tools"]:
        assert f"- {tool['function']['name']}: {tool['function']['description']}" in shown
    assert second["messages"][-1]["content"] in shown  # what the tool gave


def test_what_an_athlete_keeps_back_is_neither_sent_nor_shown(
    browser: Any, model: ModelServer, sessions: sessionmaker[Session]
) -> None:
    browser.get("/coach/model")
    browser.post("/coach/model", {"model_answers": "true", "told": "names"})
    browser.get("/coach/model")
    shown = sent_in_full(browser.post("/coach/model/preview", {"question": QUESTION}).text)
    assert "191" not in shown
    assert "stated_facts" not in shown
    page = asked(browser, QUESTION)
    (first, *_rest) = model.requests
    assert "191" not in str(first)
    assert "stated_facts" not in str(first["tools"])
    del page, sessions


def test_an_athlete_who_wants_no_model_is_answered_here(browser: Any, model: ModelServer) -> None:
    browser.get("/coach/model")
    browser.post("/coach/model", {})
    page = browser.get("/coach/model").text
    assert "The built-in engine, on this machine." in page
    assert asked(browser, "What is my max heart rate?").count("191") > 0
    assert model.requests == []
    browser.post("/coach/model", {"model_answers": "true", "told": "facts"})
    assert "tiny" in browser.get("/coach").text


def test_what_was_used_of_a_limit_is_shown_and_ends_the_asking(
    browser: Any, model: ModelServer
) -> None:
    assert "0 of 1,040 tokens" in browser.get("/coach/model").text
    asked(browser, QUESTION)
    count = len(model.requests)
    used = 16 * count
    page = browser.get("/coach/model").text
    assert f"{used} of 1,040 tokens" in page
    assert f"${used / 10_000:.2f} of $5.00" in page
    if used <= 40:
        browser.post("/coach/ask", {"question": QUESTION})
    page = browser.get("/coach/model").text
    assert "A limit is reached" in page
    count = len(model.requests)
    page = asked(browser, QUESTION)
    assert len(model.requests) == count
    assert failures.DAY_USED_UP in html.unescape(page)


def test_a_question_that_is_none_is_told_beside_the_field(browser: Any) -> None:
    browser.get("/coach/model")
    answer = browser.post("/coach/model/preview", {"question": "  "})
    assert answer.status_code == 422
    assert "There is no question." in answer.text
    unknown = {"question": "x", "conversation_id": "nonsense"}
    assert browser.post("/coach/model/preview", unknown).status_code == 404


def test_where_no_model_is_set_up_the_page_says_so(new_browser: Callable[..., Any]) -> None:
    browser = new_browser("runner@example.com")
    page = browser.get("/coach/model").text
    assert "No model is set up" in page
    assert "<progress" not in page.partition("<main")[2]
    shown = browser.post("/coach/model/preview", {"question": QUESTION})
    assert shown.status_code == 200
    assert "<pre" not in shown.text
