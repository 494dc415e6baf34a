"""What is written in a configuration means something, or is refused with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from strongroom.config import default_document, parse
from strongroom.errors import ConfigurationError

PLAIN = default_document(application="shop", environment="test", database="shop", url="$ADDRESS")
SUPERVISED = default_document(application="shop", environment="test", database="shop")


@pytest.mark.parametrize(
    ("written", "named"),
    [
        ("[policy]\nshrink_share = 20", "policy.shrink_share is 20"),
        ("[policy]\nshrink_share = 1.0", "policy.shrink_share is 1.0"),
        ('[policy]\nshrink_share = "0.2"', "policy.shrink_share is '0.2'"),
        ("[policy]\nshrink_share = nan", "policy.shrink_share is nan"),
        ("[policy]\nshrink_share = true", "policy.shrink_share is True"),
        ("[policy]\ncount_time_max_s = -1", "policy.count_time_max_s is -1"),
        ("[policy]\ncount_time_max_s = 0", "policy.count_time_max_s is 0"),
        ("[policy]\ncount_time_max_s = inf", "policy.count_time_max_s is inf"),
        ("[policy]\nfailover_loss_max_s = 1.5", "policy.failover_loss_max_s is 1.5"),
        ("[policy]\nshrink_shaer = 0.2", "[policy] has 'shrink_shaer'"),
        ("[polcy]\nshrink_share = 0.2", "it has 'polcy'"),
        ("[tables.kep]\nrun = 'all'", "[tables] has 'kep'"),
        ("[tables.keep]\nrun = ['all']", "tables.keep of run is ['all']"),
    ],
)
def test_a_limit_that_means_nothing_is_refused_and_named(
    tmp_path: Path, written: str, named: str
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        parse(tmp_path / "strongroom.toml", f"{PLAIN}\n{written}\n")
    assert named in refused.value.message


def test_any_name_of_a_database_is_written_so_that_it_can_be_read(tmp_path: Path) -> None:
    name = 'a "quoted" \x7f \U0001f40e'
    text = default_document(application="shop", environment="test", database=name)
    assert parse(tmp_path / "strongroom.toml", text).database == name


@pytest.mark.parametrize(
    ("text", "line", "instead", "named"),
    [
        (PLAIN, "format = 1", "format = true", "format is True"),
        (PLAIN, 'url = "$ADDRESS"', "url = 5", "'url' must be a text"),
        (PLAIN, 'url = "store"', "uri = 'store'", "[store] has 'uri'"),
        (PLAIN, "[state]", "[state]\nurl = 5", "'url' must be a text"),
        (SUPERVISED, "[server]", "[server]\nsettings = 5", "[server.settings] must be a table"),
        (SUPERVISED, "[server]", "[server]\nsettings = {a = [1]}", "server.settings.a must be"),
        (SUPERVISED, "data_directory", "data_dir", "[server] has 'data_dir'"),
    ],
)
def test_what_nobody_could_use_is_refused_before_it_is_used(
    tmp_path: Path, text: str, line: str, instead: str, named: str
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        parse(tmp_path / "strongroom.toml", text.replace(line, instead, 1))
    assert named in refused.value.message
