from __future__ import annotations

from pathlib import Path

import pytest

from strideiq.platform.errors import HomeError
from strideiq.platform.home import Home, choose_paths, home_directory, strongroom_configurations


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("STRIDEIQ_HOME", str(tmp_path))
    return Home(tmp_path)


def initialise(home: Home, *names: str) -> None:
    for name in names:
        paths = home.environment(name)
        paths.directory.mkdir()
        paths.configuration.touch()


def test_a_home_that_is_named_wins(home: Home) -> None:
    assert home_directory() == home.directory


def test_the_only_environment_is_chosen(home: Home) -> None:
    initialise(home, "demo")
    assert home.choose().name == "demo"


def test_production_is_chosen_among_several(home: Home) -> None:
    initialise(home, "demo", "production")
    assert home.choose().name == "production"


def test_several_without_production_are_asked_about(home: Home) -> None:
    initialise(home, "demo", "trial")
    with pytest.raises(HomeError, match="demo, trial"):
        home.choose()


def test_nothing_initialised_says_what_to_do(home: Home) -> None:
    with pytest.raises(HomeError) as caught:
        home.choose()
    assert caught.value.next_step.startswith("strideiq init")


def test_an_environment_that_is_not_there_is_not_replaced_by_another(home: Home) -> None:
    initialise(home, "demo")
    with pytest.raises(HomeError, match="'production' has not been initialised"):
        home.choose("production")


@pytest.mark.parametrize("name", ["../demo", "", "a/b", "Demo", "-x"])
def test_a_name_cannot_lead_out_of_the_home(home: Home, name: str) -> None:
    with pytest.raises(HomeError):
        home.environment(name)


def test_a_configuration_names_its_environment(home: Home) -> None:
    initialise(home, "demo", "production")
    demo = home.environment("demo")
    assert choose_paths(demo.configuration, None) == demo
    assert choose_paths(demo.directory, None) == demo
    nothing = home.directory / "nothing"
    with pytest.raises(HomeError, match=f"There is no {nothing}\\.") as refused:
        choose_paths(nothing, None)
    assert "strideiq where" not in refused.value.next_step  # asked of the same file again


def test_strongroom_finds_what_strideiq_would_use(home: Home) -> None:
    assert strongroom_configurations(None) == []
    initialise(home, "demo", "production")
    assert strongroom_configurations(None) == [home.environment("production").configuration]
    assert strongroom_configurations("demo") == [home.environment("demo").configuration]
