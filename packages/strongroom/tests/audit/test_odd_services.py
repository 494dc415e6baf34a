"""Services that say odd things are judged or refused, and never end an audit."""

from __future__ import annotations

import os

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from strongroom.audit import audit

LONG = bool(os.environ.get("STRONGROOM_SOAK"))
TEXTS = [
    "", "5432:5432", "a=b", "$X", "${X:-y}", "3s", "data:/x", "postgres:", "off", "-c", "fsync=off",
    "postgresql://a:b@db:99999/x", "/var/lib/postgresql",
]  # fmt: skip
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(max_size=6),
    st.sampled_from(TEXTS),
)
odd = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=6,
)
KEYS = (
    "labels ports volumes command entrypoint environment healthcheck restart stop_grace_period "
    "stop_signal depends_on tmpfs profiles env_file image volumes_from container_name build deploy"
)
NAMES = (
    "POSTGRES_PASSWORD PGDATA DATABASE_URL SECRET_KEY POSTGRES_HOST_AUTH_METHOD DB_HOST DB_USER "
    "POSTGRES_INITDB_ARGS"
)
services = st.dictionaries(st.sampled_from(KEYS.split()), odd, max_size=5)


@pytest.mark.timeout(3600 if LONG else 300)
@settings(
    max_examples=10_000 if LONG else 60, deadline=None, suppress_health_check=list(HealthCheck)
)
@example(database={}, web={"env_file": "~0"}, variables={}, declared={})
@given(
    database=services,
    web=services,
    variables=st.dictionaries(st.sampled_from(NAMES.split()), odd, max_size=4),
    declared=st.dictionaries(st.sampled_from(["data", "x"]), odd, max_size=2),
)
def test_no_service_is_too_odd_to_be_judged(
    tmp_path_factory: pytest.TempPathFactory,
    database: dict[str, object],
    web: dict[str, object],
    variables: dict[str, object],
    declared: dict[str, object],
) -> None:
    home = tmp_path_factory.getbasetemp() / "odd"
    home.mkdir(exist_ok=True)
    made = {"image": "postgres:17", "environment": variables, **database}
    document = {"services": {"db": made, "web": {"image": "web", **web}}, "volumes": declared}
    (home / "compose.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")
    for one in audit([home]).findings:
        assert one.what
        assert one.line >= 1
