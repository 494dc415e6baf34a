from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy.orm import Session

from strideiq.imports.models import SourceFile

CONTENT = b"\x0e\x10 not really a run \xff"


@pytest.fixture
def keep(session: Session) -> Callable[[UUID], UUID]:
    def keep_file(athlete_id: UUID) -> UUID:
        file = SourceFile(
            athlete_id=athlete_id,
            source_file_id=uuid4(),
            sha256=hashlib.sha256(CONTENT).digest(),
            name='Früh "1".fit',
            size_bytes=len(CONTENT),
            content=CONTENT,
            verdict="imported",
            parser_version=1,
        )
        session.add(file)
        session.commit()
        return file.source_file_id

    return keep_file


def test_a_file_comes_back_byte_for_byte_under_its_own_name(
    new_browser: Callable[..., Any], keep: Callable[[UUID], UUID]
) -> None:
    browser = new_browser("robin@example.com")
    answer = browser.get(f"/files/{keep(browser.athlete_id)}")
    assert answer.content == CONTENT
    assert (
        answer.headers["content-disposition"]
        == "attachment; filename*=UTF-8''Fr%C3%BCh%20%221%22.fit"
    )


def test_another_athletes_file_is_as_if_it_did_not_exist(
    new_browser: Callable[..., Any], keep: Callable[[UUID], UUID]
) -> None:
    owner, other = new_browser("robin@example.com"), new_browser("other@example.com")
    assert other.get(f"/files/{keep(owner.athlete_id)}").status_code == 404
    assert other.get(f"/files/{uuid4()}").status_code == 404
