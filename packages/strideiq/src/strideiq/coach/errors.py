"""What can be wrong with a request to the coach."""

from __future__ import annotations

from strideiq.platform.errors import StrideiqError


class QuestionError(StrideiqError):
    """A question that cannot be asked: it is empty, or too long."""

    code = "question"
    http_status = 422


class NoSuchConversationError(StrideiqError):
    """The athlete has no conversation with this id."""

    code = "no_such_conversation"
    http_status = 404


class NoSuchFactError(StrideiqError):
    """The athlete has stated nothing with this id."""

    code = "no_such_fact"
    http_status = 404


class StillAnsweringError(StrideiqError):
    """The question before is being answered."""

    code = "still_answering"
    http_status = 409
