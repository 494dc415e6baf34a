from __future__ import annotations

import pytest

from strongroom.errors import ConfigurationError
from strongroom.storage.s3.address import S3Address, parse_s3_address


def test_an_address_says_where_and_nothing_secret() -> None:
    url = "s3://backups/app%20one/prod?endpoint=https%3A%2F%2Fs3.example%3A9000%2F&region=eu&profile=p"
    assert parse_s3_address(f"{url}&lock_days=30") == S3Address(
        bucket="backups",
        prefix="app one/prod",
        endpoint="https://s3.example:9000",
        region="eu",
        profile="p",
        lock_days=30,
        path_style=True,
    )
    assert parse_s3_address("s3://backups") == S3Address("backups")
    assert not parse_s3_address("s3://backups?endpoint=http://h&path_style=false").path_style


@pytest.mark.parametrize(
    "url",
    [
        "s3://key:hidden@backups/app",
        "s3://hidden@backups/app",
        "s3://backups?endpoint=https://key:hidden@host",
        "s3://backups?secret_key=hidden",
        "s3://backups?region=",
        "s3://backups?region=a&region=b",
        "s3://backups?lock_days=-1",
        "s3://backups?lock_days=many",
        "s3://backups?lock_days=99999999",
        "s3://backups?path_style=yes",
        "s3://backups?endpoint=host:9000",
        "s3://backups/../other",
        "s3://Not_A_Bucket/app",
        "s3:///app",
        "s3://backups/app#part",
    ],
)
def test_an_address_that_says_more_or_less_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_s3_address(url)
    assert "hidden" not in f"{caught.value.message} {caught.value.next_step}"


@pytest.mark.parametrize(
    ("endpoint", "here"),
    [
        ("http://127.0.0.1:9000", True),
        ("http://[::1]:9000", True),
        ("http://localhost", True),
        ("https://s3.example", False),
        ("http://192.0.2.1", False),
        (None, False),
    ],
)
def test_a_server_on_this_machine_is_known_by_its_address(
    endpoint: str | None, *, here: bool
) -> None:
    assert S3Address("backups", endpoint=endpoint).on_this_machine is here
