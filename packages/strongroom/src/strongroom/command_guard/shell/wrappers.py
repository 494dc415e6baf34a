"""Programs that only run another command: sudo, env, timeout, npx, poetry run, ssh, docker exec.

Each is described by the options that take a value, since those must not be taken for the command.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from strongroom.command_guard.shell.steps import Step

_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)


MOUNTS, VARIABLES_FILE, ENTRY = (
    "strongroom:mounts",
    "strongroom:variables",
    "strongroom:entrypoint",
)
"""Variables of a step that no shell can set: what is mounted, and a file of variables."""


@dataclass(frozen=True)
class Wrapper:
    """How a command stands behind another one.

    ``valued`` are its options with a value, ``positionals`` as many words as stand before the
    command. ``joined`` says that the rest is shell text. ``place`` is where the command then runs;
    ``command_options`` are options whose value is the command, as shell text.
    """

    valued: str = ""
    positionals: int = 0
    joined: bool = False
    place: str = ""
    command_options: str = ""
    assignments: bool = False


_PLAIN = Wrapper()
_IN_CONTAINER = "-e --env --env-file -u --user -w --workdir --detach-keys --index --context -c"
_RUN = (
    f"{_IN_CONTAINER} -v --volume --mount --name -p --publish --network --net --entrypoint --label"
    " -l --memory -m --cpus --hostname -h --add-host --platform --pull --restart --tmpfs --ulimit"
    " --volumes-from --link --log-driver --log-opt --gpus --shm-size --cap-add --cap-drop --device"
    " --dns --ip --ipc --pid --user --userns --security-opt --cidfile"
)
_KUBE = "-n --namespace -c --container --context --kubeconfig -f --filename --cluster --user"

WRAPPERS: Mapping[tuple[str, ...], Wrapper] = {
    ("sudo",): Wrapper(
        "-u --user -g --group -h --host -p --prompt -C -D --chdir -R -r -t -T", assignments=True
    ),
    ("doas",): Wrapper("-u -C", assignments=True),
    ("env",): Wrapper(
        "-u --unset -C --chdir", assignments=True, command_options="-S --split-string"
    ),
    ("cross-env",): Wrapper(assignments=True),
    ("cross-env-shell",): Wrapper(assignments=True, joined=True),
    ("nice",): Wrapper("-n --adjustment"),
    ("ionice",): Wrapper("-c -n --class --classdata"),
    ("timeout",): Wrapper("-s --signal -k --kill-after", positionals=1),
    ("gtimeout",): Wrapper("-s --signal -k --kill-after", positionals=1),
    ("nohup",): _PLAIN,
    ("setsid",): _PLAIN,
    ("time",): Wrapper("-f --format -o --output"),
    ("command",): _PLAIN,
    ("builtin",): _PLAIN,
    ("exec",): Wrapper("-a"),
    ("stdbuf",): Wrapper("-i -o -e"),
    ("unbuffer",): _PLAIN,
    ("caffeinate",): Wrapper("-t -w"),
    ("taskset",): Wrapper(positionals=1),
    ("chrt",): Wrapper(positionals=1),
    ("strace",): Wrapper("-e -o -p -s -u"),
    ("faketime",): Wrapper(positionals=1),
    ("gosu",): Wrapper(positionals=1),
    ("su-exec",): Wrapper(positionals=1),
    ("systemd-run",): Wrapper("-p --property --unit -u --uid --slice -E --setenv"),
    ("runuser",): Wrapper("-u --user -g -s --shell", positionals=1, command_options="-c --command"),
    ("su",): Wrapper("-s --shell -g", positionals=1, command_options="-c --command"),
    ("script",): Wrapper("-t", positionals=9, command_options="-c --command"),
    ("chroot",): Wrapper("--userspec --groups", positionals=1, place="chroot"),
    ("flock",): Wrapper("-w --timeout -E", positionals=1, command_options="-c --command"),
    ("watch",): Wrapper("-n --interval", joined=True),
    ("parallel",): Wrapper("-j --jobs --delay --retries -a --arg-file --joblog", joined=True),
    ("npx",): Wrapper("-p --package --prefix -w --workspace", command_options="-c --call"),
    ("bunx",): _PLAIN,
    ("sail",): _PLAIN,
    ("pnpx",): _PLAIN,
    ("uvx",): Wrapper("--from --with -p --python"),
    ("npm", "exec"): Wrapper("-p --package", command_options="-c --call"),
    ("yarn", "exec"): _PLAIN,
    ("yarn", "dlx"): Wrapper("-p --package"),
    ("pnpm", "exec"): Wrapper("--filter -F -C --dir"),
    ("pnpm", "dlx"): Wrapper("--package"),
    ("bun", "x"): _PLAIN,
    ("poetry", "run"): _PLAIN,
    ("pdm", "run"): _PLAIN,
    ("pipenv", "run"): _PLAIN,
    ("hatch", "run"): _PLAIN,
    ("rye", "run"): _PLAIN,
    ("uv", "run"): Wrapper(
        "--with --extra --group --package --project --directory -p --python --env-file"
        " --with-requirements"
    ),
    ("pipx", "run"): Wrapper("--spec --python"),
    ("conda", "run"): Wrapper("-n --name -p --prefix"),
    ("bundle", "exec"): _PLAIN,
    ("mise", "exec"): _PLAIN,
    ("asdf", "exec"): _PLAIN,
    ("direnv", "exec"): Wrapper(positionals=1),
    ("dotenv",): Wrapper("-e -f --file -v -p", assignments=True),
    ("dotenvx", "run"): Wrapper("-f --env-file -e --env"),
    ("env-cmd",): Wrapper("-f --file -e --environments -r"),
    ("op", "run"): Wrapper("--env-file --account"),
    ("doppler", "run"): Wrapper("-p --project -c --config", command_options="--command"),
    ("infisical", "run"): Wrapper("--env --path --projectId", command_options="--command"),
    ("aws-vault", "exec"): Wrapper("-d --duration", positionals=1),
    ("chamber", "exec"): Wrapper(positionals=1),
    ("railway", "run"): Wrapper("-s --service -e --environment"),
    ("nix-shell",): Wrapper("-p --packages -I", positionals=9, command_options="--run --command"),
    ("concurrently",): Wrapper("-n --names -c --prefix-colors", positionals=0),
    ("docker", "exec"): Wrapper(_IN_CONTAINER, positionals=1, place="container"),
    ("podman", "exec"): Wrapper(_IN_CONTAINER, positionals=1, place="container"),
    ("nerdctl", "exec"): Wrapper(_IN_CONTAINER, positionals=1, place="container"),
    ("lxc", "exec"): Wrapper("--env --user", positionals=1, place="container"),
    ("docker", "run"): Wrapper(_RUN, positionals=1, place="image"),
    ("podman", "run"): Wrapper(_RUN, positionals=1, place="image"),
    ("nerdctl", "run"): Wrapper(_RUN, positionals=1, place="image"),
    ("docker-compose", "exec"): Wrapper(_IN_CONTAINER, positionals=1, place="container"),
    ("docker-compose", "run"): Wrapper(_RUN, positionals=1, place="image"),
    ("kubectl", "exec"): Wrapper(_KUBE, positionals=1, place="pod"),
    ("oc", "exec"): Wrapper(_KUBE, positionals=1, place="pod"),
    ("kubectl", "run"): Wrapper(
        f"{_KUBE} --image --env -l --labels --overrides", positionals=1, place="image"
    ),
    ("ssh",): Wrapper(
        "-i -p -l -o -F -J -L -R -D -b -c -E -e -I -m -O -Q -S -W -w -B",
        positionals=1,
        joined=True,
        place="host",
    ),
    ("vagrant", "ssh"): Wrapper(positionals=9, place="host", command_options="-c --command"),
    ("heroku", "run"): Wrapper("-a --app -r --remote -s --size -e --env", joined=True, place="app"),
    ("heroku", "run:detached"): Wrapper("-a --app -r --remote -s --size", joined=True, place="app"),
    ("fly", "ssh"): Wrapper("-a --app", positionals=9, place="app", command_options="-C --command"),
    ("flyctl", "ssh"): Wrapper(
        "-a --app", positionals=9, place="app", command_options="-C --command"
    ),
    ("railway", "ssh"): Wrapper("-s --service -e --environment -p --project", place="app"),
    ("gcloud", "compute"): Wrapper(
        "--zone --project", positionals=9, place="host", command_options="--command"
    ),
    ("aws", "ecs"): Wrapper(
        "--cluster --task", positionals=9, place="app", command_options="--command"
    ),
    ("kamal", "app"): Wrapper("", positionals=1, joined=True, place="app"),
}


@dataclass(frozen=True)
class Wrapped:
    """What stands inside: a step of its own, or shell text."""

    step: Step
    text: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict)


def unwrapped(step: Step) -> list[Wrapped]:
    """Take one wrapper off a command; empty where there is none, or nothing inside."""
    words = _without_compose(step.words)
    name = step.with_words(words).program
    for key in ((name, _first_plain(words)), (name,)):
        if key in WRAPPERS:
            return _inside(step, words, key, WRAPPERS[key])
    return []


def _without_compose(words: tuple[str, ...]) -> tuple[str, ...]:
    """``docker compose exec`` as ``docker-compose exec``."""
    name = words[0].rsplit("/", 1)[-1]
    if name in {"docker", "podman", "nerdctl"}:
        place = _subcommand_place(words)
        if place is not None and words[place] == "compose":
            return ("docker-compose", *words[1:place], *words[place + 1 :])
    return words


_GLOBAL = frozenset(
    [
        "-f",
        "--file",
        "-p",
        "--project-name",
        "--env-file",
        "--project-directory",
        "--profile",
        "-H",
        "--host",
        "--context",
        "-c",
        "--config",
        "-n",
        "--namespace",
        "--kubeconfig",
        "--cluster",
        "-l",
        "--log-level",
        "-C",
        "--dir",
        "--filter",
        "-F",
        "--parallel",
        "--ansi",
        "--progress",
        "--prefix",
        "-w",
        "--workspace",
        "--cwd",
        "--directory",
        "--project",
    ]
)
"""Options before a subcommand that take a value."""


def _subcommand_place(words: Sequence[str]) -> int | None:
    place = 1
    while place < len(words):
        if not words[place].startswith("-"):
            return place
        place += 2 if words[place] in _GLOBAL else 1
    return None


def _first_plain(words: Sequence[str]) -> str:
    place = _subcommand_place(words)
    return words[place] if place is not None else ""


def as_compose(step: Step) -> Step:
    """A step with ``docker compose`` written as the one program ``docker-compose``."""
    return step.with_words(_without_compose(step.words)) if step.words else step


def _inside(  # noqa: C901, PLR0912  one pass over the words
    step: Step, words: tuple[str, ...], key: tuple[str, ...], one: Wrapper
) -> list[Wrapped]:
    valued, texts = set(one.valued.split()), set(one.command_options.split())
    place = 1 if len(key) == 1 else (_subcommand_place(words) or 1) + 1
    variables: dict[str, str] = {}
    left = 0 if key == ("runuser",) and {"-u", "--user"} & set(words) else one.positionals
    where: list[str] = []
    while place < len(words):
        word = words[place]
        option, _, value = word.partition("=")
        if word == "--":
            place += 1
            if left < 9:  # noqa: PLR2004  such a command is only ever given by an option
                place, where = place + left, [*where, *words[place : place + left]]
            break
        if option in texts and (value or place + 1 < len(words)):
            inner = value or words[place + 1]
            return [_wrapped(step, one, key, (), variables, where, text=inner)]
        if word == "-" and key == ("su",):
            place += 1
        elif word.startswith("-") and word != "-":
            variables |= _variable_of(word, words[place + 1 : place + 2], variables, key)
            place += 2 if _takes_value(word, valued) else 1
        elif one.assignments and (found := _ASSIGNMENT.fullmatch(word)):
            variables[found[1]] = found[2]
            place += 1
        elif left:
            where.append(word)
            place, left = place + 1, left - 1
            if not left and key[0] in _ENGINES:
                break  # whatever follows is the command, options too
        else:
            break
    rest = words[place:]
    if entry := variables.pop(ENTRY, ""):
        rest = (entry, *rest)
    if key == ("concurrently",):
        return [_wrapped(step, one, key, (), variables, where, text=text) for text in rest]
    if one.place == "image" and where and len(where) == 1:
        image = where[0].rsplit("/", 1)[-1].partition(":")[0]
        itself = _wrapped(step, one, key, (image, *rest), variables, where)
        if image in _ENTRYPOINTS:
            return [itself]
    if not rest:
        return []
    text = (
        " ".join(rest) if one.joined or (len(rest) == 1 and " " in rest[0] and one.place) else None
    )
    return [_wrapped(step, one, key, rest, variables, where, text=text)]


_ENTRYPOINTS = frozenset(
    {
        "flyway",
        "liquibase",
        "restic",
        "rclone",
        "migrate",
        "dbmate",
        "terraform",
        "aws-cli",
        "goose",
        "redis-cli",
        "s5cmd",
        "mc",
        "kubectl",
        "helm",
    }
)
"""Images whose program has their name."""
_ENGINES = frozenset({"docker", "podman", "nerdctl", "docker-compose"})


def _takes_value(word: str, valued: set[str]) -> bool:
    """Whether an option takes the next word, also as the last of a cluster: ``-iu postgres``."""
    if word in valued:
        return True
    cluster = re.fullmatch(r"-[A-Za-z]{2,5}", word)
    return bool(cluster) and word[:2] not in valued and f"-{word[-1]}" in valued


def _variable_of(
    option: str, following: Sequence[str], before: Mapping[str, str], key: tuple[str, ...]
) -> dict[str, str]:
    """What an option gives along: ``-e NAME=VALUE``, a mount, a file of variables."""
    name, _, value = option.partition("=")
    given = value or (following[0] if following else "")
    if name in {"-v", "--volume", "--mount"} and "run" in key:
        mounts = f"{before.get(MOUNTS, '')};{_mount(given)}".strip(";")
        return {MOUNTS: mounts}
    if name == "--entrypoint":
        return {ENTRY: given}
    if key[0] in {"dotenv", "dotenvx", "env-cmd"} and name in {"-e", "-f", "--file", "--env-file"}:
        return {VARIABLES_FILE: given}
    if name not in {"-e", "--env", "-E", "--setenv"}:
        return {}
    found = _ASSIGNMENT.fullmatch(given)
    return {found[1]: found[2]} if found else {}


def _mount(given: str) -> str:
    """A mount as ``source:target``, however it was written."""
    if "=" not in given:
        return given
    named = dict(part.partition("=")[::2] for part in given.split(","))
    source = named.get("source") or named.get("src") or ""
    return f"{source}:{named.get('target') or named.get('destination') or named.get('dst') or ''}"


def _labels(step: Step, key: tuple[str, ...]) -> list[str]:
    """What the options before a subcommand say of the place: a project, a file, a namespace."""
    before = step.words[: step.words.index(key[-1])] if key[-1] in step.words else ()
    return [
        f"label {value}"
        for option, value in itertools.pairwise(before)
        if option in {"-f", "--file", "-p", "--project-name", "-n", "--namespace", "--context"}
    ]


def _wrapped(
    step: Step,
    one: Wrapper,
    key: tuple[str, ...],
    rest: tuple[str, ...],
    variables: Mapping[str, str],
    where: Sequence[str],
    *,
    text: str | None = None,
) -> Wrapped:
    places = (
        (*step.places, *_labels(step, key), f"{one.place} {' '.join(where)}".strip())
        if one.place
        else step.places
    )
    inner = replace(
        step,
        words=rest,
        variables={**step.variables, **variables},
        places=places,
        directory=None if one.place else step.directory,
        through=(*step.through, " ".join([*key, *where])) if one.place else step.through,
    )
    return Wrapped(inner, text, variables)
