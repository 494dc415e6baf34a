from __future__ import annotations

import pytest

from strongroom.config import Configuration, load
from strongroom.errors import RestoreError
from strongroom.restores import restore


def test_rows_of_one_environment_never_become_those_of_another_by_a_swap(
    sample: Configuration,
) -> None:
    label = f'environment = "{sample.environment}"'
    text = sample.path.read_text().replace(label, 'environment = "other"')
    sample.path.write_text(text)
    with pytest.raises(RestoreError) as refusal:
        restore(load(sample.path), swap=True)
    assert refusal.value.next_step.startswith(f"set {label}")
