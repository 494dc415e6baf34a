"""A model on a server of one's own, over real HTTP: what it says, and how it fails."""

from __future__ import annotations

import pytest
from model_server import (
    Act,
    ModelServer,
    calls,
    model_server,
    no_json,
    says,
    status,
    truncated,
    waits,
)
from pydantic import SecretStr
from scripted import toolbox

from strideiq.coach.checking.checker import check
from strideiq.coach.engines.door import EngineError, Question
from strideiq.coach.engines.language_model import failures
from strideiq.coach.engines.language_model.configuration import Configuration, Limits
from strideiq.coach.engines.language_model.engine import LanguageModelEngine

TRUE = "On Sunday you ran 24.3 km."
LOOK = calls("recent_runs", '{"days": 7}')


def engine(server: ModelServer, limits: Limits | None = None) -> LanguageModelEngine:
    return LanguageModelEngine(
        Configuration(
            "local", "tiny", server.base_url, SecretStr("sk-mine"), limits=limits or Limits()
        )
    )


def test_an_answer_comes_with_what_tools_found() -> None:
    with model_server(LOOK, says("On Sunday you", " ran 24.3", " km. Rest.")) as server:
        tools = toolbox()
        said = list(engine(server).answer(Question("How was Sunday?"), tools))
    assert said == [TRUE, "Rest."]
    assert all(one.shown for one in check(said, tools.evidence, tools.scope.today))
    first, second = server.requests
    assert first["model"] == "tiny"
    assert first["stream"] is True
    assert [one["function"]["name"] for one in first["tools"]] == ["recent_runs"]
    assert [one["role"] for one in second["messages"]] == ["system", "user", "assistant", "tool"]
    assert "24.31" in second["messages"][-1]["content"]
    assert server.keys == ["Bearer sk-mine"] * 2


@pytest.mark.parametrize("code", [429, 500, 503])
def test_a_request_is_sent_again_when_the_server_asks_for_it(code: int) -> None:
    with model_server(status(code, Retry_After="0"), says("Rest.")) as server:
        assert list(engine(server).answer(Question("?"), toolbox())) == ["Rest."]
        assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        (status(429, Retry_After="0"), {failures.BUSY}),
        (status(500, Retry_After="0"), {failures.SERVER_ERROR}),
        (status(401), {failures.KEY_REFUSED}),
        (status(404), {failures.NO_SUCH_MODEL}),
        (status(400), {failures.REFUSED}),
        (status(200, "[]"), {failures.NOTHING, failures.BROKEN_ANSWER, failures.UNKNOWN}),
        (no_json, {failures.BROKEN_ANSWER, failures.BROKEN_OFF}),
        (truncated(), {failures.BROKEN_OFF, failures.UNREACHABLE}),
    ],
    ids=range(8),
)
def test_what_fails_is_told_plainly_and_without_secrets(act: Act, reason: set[str]) -> None:
    with model_server(act) as server, pytest.raises(EngineError) as error:
        list(engine(server, Limits(retries=1)).answer(Question("?"), toolbox()))
    assert error.value.reason in reason
    assert error.value.__cause__ is None
    assert "sk-" not in repr(error.value)


def test_what_came_before_a_stream_broke_off_stands() -> None:
    with model_server(LOOK, truncated(TRUE + " An", "d then")) as server:
        answer = engine(server).answer(Question("?"), toolbox())
        assert next(answer) == TRUE
        with pytest.raises(EngineError) as error:
            list(answer)
    assert error.value.reason in {failures.BROKEN_OFF, failures.UNREACHABLE}


def test_a_server_that_stalls_is_left_in_time() -> None:
    with model_server(waits) as server:
        answer = engine(server, Limits(request_s=0.5)).answer(Question("?"), toolbox())
        assert next(answer) == "Rest well."
        with pytest.raises(EngineError) as error:
            list(answer)
    assert error.value.reason == failures.TOO_SLOW


def test_a_server_that_is_not_there_is_told_as_such() -> None:
    with model_server(says("Rest.")) as server:
        pass
    with pytest.raises(EngineError) as error:
        list(engine(server, Limits(retries=0)).answer(Question("?"), toolbox()))
    assert error.value.reason == failures.UNREACHABLE


def test_leaving_a_stream_lets_go_of_the_server() -> None:
    with model_server(waits) as server:
        answer = engine(server).answer(Question("?"), toolbox())
        assert next(answer) == "Rest well."
        answer.close()  # type: ignore[attr-defined]
        assert len(server.requests) == 1
