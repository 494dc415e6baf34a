from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def browser(new_browser: Callable[..., Any]) -> Any:
    return new_browser("robin@example.com", time_zone="Europe/Vienna")
