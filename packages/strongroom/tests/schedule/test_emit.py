"""Files for other schedulers: compared with those in ``golden/``, and read as their readers do.

``UPDATE_GOLDEN=1`` writes them anew; the change is reviewed as a diff.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from strongroom.cli import strongroom
from strongroom.config import Configuration, default_document, parse
from strongroom.errors import ScheduleError
from strongroom.schedule import settings_of
from strongroom.schedule.emit import KINDS, Deployment, Kind, deployment_of, emit, write_new
from strongroom.schedule.emit.firing import cron_fields, zoned_cron_fields
from strongroom.schedule.times import missed
from strongroom.testing.missing import missing

GOLDEN = Path(__file__).parent / "golden"
SETTINGS = """
[schedule]
backup = "daily at 02:37"
drill = "weekly on Sunday at 04:00"
time_zone = "Europe/Vienna"
jitter_s = 600
quiet = ["06:00-08:15"]

[alerts]
urls = ["$ALERT_URL", "file:keys/alerts.txt"]
ping = "$PING_URL"
"""


def configured(text: str = SETTINGS, directory: str = "/srv/my app/production") -> Configuration:
    document = default_document(application="my_app", environment="production", database="my_app")
    document = document.replace('url = "store"', 'url = "/backups/50 %"')
    return parse(Path(directory) / "strongroom.toml", document + text)


def deployment(configuration: Configuration | None = None, user: str = "keeper") -> Deployment:
    return deployment_of(
        configuration or configured(),
        program="/opt/app/bin/strongroom",
        image="registry.example.org/app:1.2",
        user=user,
    )


@pytest.mark.parametrize("kind", KINDS)
def test_files_are_those_that_were_reviewed(kind: Kind) -> None:
    for one in emit(kind, deployment()):
        path = GOLDEN / one.name
        if os.environ.get("UPDATE_GOLDEN"):
            path.write_text(one.text)
        assert one.text == path.read_text()


@pytest.mark.parametrize("user", ["root", "daemon"])
def test_systemd_finds_nothing_wrong_with_its_units(user: str, tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        missing("systemd-analyze")
    made = deployment_of(configured(), program="/bin/true", image="", user=user)
    paths = write_new(emit("systemd", made), tmp_path)
    verified = subprocess.run(
        ["systemd-analyze", "verify", *paths], check=False, capture_output=True, text=True
    )
    assert (verified.returncode, verified.stderr) == (0, "")
    (lines,) = (
        [line for line in path.read_text().splitlines() if line.startswith("OnCalendar=")]
        for path in paths
        if path.suffix == ".timer"
    )
    for line in lines:
        command = ["systemd-analyze", "calendar", line.removeprefix("OnCalendar=")]
        subprocess.run(command, check=True, capture_output=True)


def test_the_compose_service_runs_the_watcher_with_the_configuration() -> None:
    (file,) = emit("compose", deployment())
    (service,) = yaml.safe_load(file.text)["services"].values()
    words = ["strongroom", "--config", "/srv/my app/production/strongroom.toml", "watch"]
    assert service["command"] == words
    assert [one["target"] for one in service["volumes"]] == [
        "/srv/my app/production",
        "/backups/50 %",
    ]
    assert service["environment"] == ["ALERT_URL", "PING_URL"]


def test_the_cron_job_forbids_two_at_once_and_names_what_it_needs() -> None:
    (file,) = emit("kubernetes", deployment())
    job = yaml.safe_load(file.text)
    spec = job["spec"]
    assert (job["kind"], spec["concurrencyPolicy"]) == ("CronJob", "Forbid")
    assert (spec["schedule"], spec["timeZone"]) == ("0,15,37 2,4,8 * * *", "Europe/Vienna")
    pod = spec["jobTemplate"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert container["command"][-2:] == ["watch", "--once"]
    assert {one["name"] for one in container["volumeMounts"]} == {
        one["name"] for one in pod["volumes"]
    }


def test_the_line_of_cron_is_the_command_that_it_says() -> None:
    (file,) = emit("cron", deployment(configured(directory="/srv/100 %/it's")))
    (line,) = [one for one in file.text.splitlines() if not one.startswith("#")]
    fields = line.split(" ", 5)
    assert fields[:5] == ["0,7,15,22,30,37,45,52", "*", "*", "*", "*"]
    shell = fields[5].replace(r"\%", "%")
    assert "%" not in fields[5].replace(r"\%", ""), "which would end the command for cron"
    assert shlex.split(shell) == [
        "/opt/app/bin/strongroom",
        "--config",
        "/srv/100 %/it's/strongroom.toml",
        "watch",
        "--once",
        "2>&1",
        "|",
        "logger",
        "-t",
        "strongroom-my-app-production",
    ]


def calls(fields: str, moment: datetime) -> bool:
    """Whether cron calls at a moment that it sees on its own clock."""
    minute, hour, _, _, day = fields.split(" ")
    seen = ((minute, moment.minute), (hour, moment.hour), (day, moment.isoweekday() % 7))
    return all(one == "*" or str(value) in one.split(",") for one, value in seen)


SCHEDULES = st.one_of(
    st.builds("daily at {:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59)),
    st.builds(
        "weekly on {} at {:02}:{:02}".format,
        st.sampled_from(["Monday", "Saturday", "Sunday"]),
        st.integers(0, 23),
        st.integers(0, 59),
    ),
    st.builds("every {} {}".format, st.integers(1, 50), st.sampled_from(["min", "h", "d"])),
)


@settings(deadline=None, max_examples=60)
@given(SCHEDULES, SCHEDULES, st.sampled_from(["UTC", "Asia/Kathmandu"]), st.integers(0, 300))
def test_each_slot_is_called_for_in_its_minute(
    backup: str, drill: str, zone: str, days: int
) -> None:
    """By Kubernetes in the zone that is named to it, and by a cron in any zone."""
    text = f'[schedule]\nbackup = "{backup}"\ndrill = "{drill}"\ntime_zone = "{zone}"\n'
    how = settings_of(configured(text))
    zoned, named = zoned_cron_fields(how)
    begin = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=days)
    for schedule in (how.backup, how.drill):
        assert schedule is not None
        for slot, _ in zip(
            missed(schedule, begin, begin + timedelta(days=20)), range(30), strict=False
        ):
            assert calls(zoned, slot.astimezone(ZoneInfo(named)))
            for anywhere in ("UTC", "America/St_Johns", "Asia/Kathmandu"):
                assert calls(cron_fields(how), slot.astimezone(ZoneInfo(anywhere)))


def test_files_are_written_all_or_none_and_nothing_is_overwritten(tmp_path: Path) -> None:
    files = emit("systemd", deployment())
    (tmp_path / files[1].name).write_text("mine")
    with pytest.raises(ScheduleError, match="there already"):
        write_new(files, tmp_path)
    assert [one.read_text() for one in tmp_path.iterdir()] == ["mine"]
    written = write_new(files, tmp_path / "new")
    assert [one.read_text() for one in written] == [one.text for one in files]


def test_the_verb_prints_what_it_writes(sample: Configuration, tmp_path: Path) -> None:
    begin = ["--config", str(sample.path), "schedule", "emit", "systemd"]
    printed = CliRunner().invoke(strongroom, begin)
    assert printed.exit_code == 0
    answer = json.loads(CliRunner().invoke(strongroom, [*begin, "--json"]).stdout)
    assert all(one["text"] in printed.stdout for one in answer["files"])
    assert str(sample.path) in answer["files"][0]["text"]
    assert "enable --now strongroom-runs-test.timer" in answer["next"]
    for expected in (0, 1):
        written = CliRunner().invoke(strongroom, [*begin, "--write", str(tmp_path / "units")])
        assert written.exit_code == expected
    assert len(list((tmp_path / "units").iterdir())) == 2
