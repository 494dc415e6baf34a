"""What the specification says beyond docker-compose 1.29, and what no file may do to us."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from strongroom.audit.compose import Project, Question, resolve
from strongroom.audit.compose.values import Place
from strongroom.errors import ComposeError


def project(home: Path, text: str = "", **more: str) -> Project:
    home.mkdir(parents=True, exist_ok=True)
    for name, content in {"compose.yaml": text, **more}.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return resolve(Question(here=home, environment={}))


DB = "services: {db: {image: 'postgres:16', volumes: ['data:/var/lib/postgresql/data']}}\n"


def test_the_name_in_a_file_wins_over_the_directory_and_loses_to_the_caller(tmp_path: Path) -> None:
    home = tmp_path / "My App"
    text = "name: fixed\nvolumes: {data: }\n" + DB
    assert project(home, text).volumes["data"].name == "fixed_data"
    asked = Question(here=home, environment={"COMPOSE_PROJECT_NAME": "caller"})
    assert (resolve(asked).name, resolve(asked).name_source) == ("caller", "environment")
    asked = Question(here=home, environment={"COMPOSE_PROJECT_NAME": "x"}, project_name="option")
    assert resolve(asked).name == "option"
    assert project(home, "volumes: {data: }\n" + DB).name == "myapp"


def test_a_directory_without_any_letter_needs_a_name(tmp_path: Path) -> None:
    with pytest.raises(ComposeError, match="No name of a project"):
        project(tmp_path / "___", "volumes: {data: }\n" + DB)


def test_defaults_hold_variables_and_plus_means_if_it_is_set(tmp_path: Path) -> None:
    text = """\
services:
  a:
    image: a
    environment:
      NESTED: ${A:-${B:-deep}}
      OTHER: ${SET:+there}
      EMPTY: ${A:+there}
      NOTE: ${A-${SET}}
"""
    found = project(tmp_path / "app", text, **{".env": "SET=1\n"}).services["a"].environment
    values = {name: one.value for name, one in found.items()}
    assert values == {"NESTED": "deep", "OTHER": "there", "EMPTY": "", "NOTE": "1"}


def test_a_required_variable_stops_compose_and_not_a_reader(tmp_path: Path) -> None:
    text = "services: {a: {image: a, environment: {P: '${PASSWORD:?say it}'}}}\n"
    with pytest.raises(ComposeError, match=r"compose.yaml:1 needs the variable PASSWORD.*say it"):
        project(tmp_path / "app", text)
    read = resolve(Question(here=tmp_path / "app", environment={}, strict=False))
    assert [(one.name, one.required) for one in read.unset] == [("PASSWORD", True)]


def test_reset_takes_away_and_override_replaces(tmp_path: Path) -> None:
    base = (
        "services: {a: {image: a, ports: ['1:1'], volumes: ['x:/x'], command: c}}\nvolumes: {x: }\n"
    )
    over = (
        "services:\n  a:\n    ports: !reset []\n"
        "    volumes: !override ['./y:/y']\n    command: !reset null\n"
    )
    made = project(tmp_path / "app", base, **{"compose.override.yaml": over}).services["a"]
    assert "ports" not in made.table
    assert "command" not in made.table
    assert [one.target for one in made.mounts] == ["/y"]


def test_an_included_file_has_its_own_directory_and_env(tmp_path: Path) -> None:
    made = project(
        tmp_path / "app",
        "include: [db/compose.yaml]\nservices: {web: {image: web}}\n",
        **{
            "db/compose.yaml": (
                "services: {db: {image: 'postgres:${TAG}', volumes: ['./data:/d', 'v:/v']}}\n"
                "volumes: {v: }\n"
            ),
            "db/.env": "TAG=17\n",
        },
    )
    assert made.services["db"].image == "postgres:17"
    assert made.services["db"].mounts[0].source == str(tmp_path / "app/db/data")
    assert made.volumes["v"].name == "app_v"


def test_what_is_included_may_not_be_said_twice(tmp_path: Path) -> None:
    with pytest.raises(ComposeError, match="includes has it too"):
        project(
            tmp_path / "app",
            "include: [other.yaml]\nservices: {web: {image: web}}\n",
            **{"other.yaml": "services: {web: {image: another}}\n"},
        )


def test_the_place_of_a_value_survives_merging_and_anchors(tmp_path: Path) -> None:
    base = "x-e: &e\n  A: 1\nservices:\n  a:\n    image: a\n    environment:\n      <<: *e\n"
    over = "services:\n  a:\n\n    environment:\n      B: 2\n"
    made = project(tmp_path / "app", base, **{"compose.override.yaml": over}).services["a"]
    home = tmp_path / "app"
    assert made.environment["A"].place == Place(home / "compose.yaml", 2)
    assert made.environment["B"].place == Place(home / "compose.override.yaml", 5)


BAD = {
    "a file that includes itself": ("include: [compose.yaml]\nservices: {}\n", "itself"),
    "a service that extends itself": ("services: {a: {extends: {service: a}}}\n", "itself"),
    "two that extend each other": ("services: {a: {extends: b}, b: {extends: a}}\n", "itself"),
    "two documents": ("services: {a: {image: a}}\n---\nservices: {}\n", "several YAML documents"),
    "no YAML": ("services: [\n", "is not YAML"),
    "no services": ("volumes: {}\n", "no services"),
    "a list": ("- a\n", "no mapping"),
    "a tag of Python's": ("services: {a: !!python/object/apply:os.system [true]}\n", "no mapping"),
    "an anchor in itself": ("services: &a {b: *a}\n", "in itself"),
    "an unknown anchor": ("services: {a: *nobody}\n", "nobody"),
    "a key twice": ("services: {a: {image: a}, a: {image: b}}\n", "twice"),
    "an unclosed variable": ("services: {a: {image: 'x${A:-'}}\n", "not closed"),
    "a dollar alone": ("services: {a: {image: 'x$ '}}\n", "names no variable"),
    "a volume nobody declares": ("services: {a: {image: a, volumes: ['vol:/v']}}\n", "declares"),
    "a missing base": ("services: {a: {extends: {file: no.yml, service: a}}}\n", "cannot be read"),
    "too deep": ("services: " + "{a: " * 500 + "1" + "}" * 500 + "\n", r"deeper|is not YAML"),
    "control characters": ("services: {a: {image: \x01}}\n", "YAML"),
    "laughs": (
        "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
        + "".join(
            f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 10)}]\n"
            for n in range(9)
        )
        + "services: {}\n",
        "repeats itself",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_gets_a_sentence(name: str, tmp_path: Path) -> None:
    text, told = BAD[name]
    with pytest.raises(ComposeError, match=told) as caught:
        project(tmp_path / "app", text)
    assert caught.value.next_step


def test_a_project_may_not_consist_of_endless_files(tmp_path: Path) -> None:
    home = tmp_path / "app"
    home.mkdir()
    for number in range(300):
        (home / f"{number}.yaml").write_text(f"include: [{number + 1}.yaml]\nservices: {{}}\n")
    (home / "300.yaml").write_text("services: {}\n")
    with pytest.raises(ComposeError, match=r"itself|more than"):
        project(home, "include: [0.yaml]\nservices: {}\n")


scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=12),
    st.sampled_from(["$A", "${A:-b}", "a:/b", "./x:/y", "/a", "${", "a=b", "~", "..:/x:ro"]),
)  # fmt: skip
keys = st.sampled_from(
    ["services", "volumes", "db", "image", "environment", "extends", "service", "file", "include",
     "env_file", "name", "external", "tmpfs", "ports", "target", "source", "type", "build"]
)  # fmt: skip
documents = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=20,
)


@settings(
    max_examples=5000 if os.environ.get("STRONGROOM_SOAK") else 50,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(document=documents, over=documents, noise=st.text(max_size=8))
def test_no_document_is_answered_by_anything_but_a_project_or_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, document: object, over: object, noise: str
) -> None:
    home = tmp_path_factory.getbasetemp() / "fuzz"
    (home).mkdir(exist_ok=True)
    services = {"services": {"db": document}, "volumes": {"data": over}}
    base, above = (yaml.safe_dump(one, allow_unicode=True) for one in (services, over))
    (home / "compose.yaml").write_text(base + "#" + noise, encoding="utf-8", errors="replace")
    (home / "compose.override.yaml").write_text(above, encoding="utf-8", errors="replace")
    for strict in (True, False):
        with contextlib.suppress(ComposeError):
            resolve(Question(here=home, environment={"A": "x"}, strict=strict))
