"""Programs that only run another command: sudo, env, timeout, npx, poetry run, ssh, docker exec.

Each is described by the options that take a value, since those must not be taken for the command.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

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
    ("nsenter",): Wrapper("-t --target -S -G"),
    ("envdir",): Wrapper(positionals=1),
    ("busybox",): _PLAIN,
    ("multipass", "exec"): Wrapper("-d --working-directory", positionals=1, place="host"),
    ("wsl",): Wrapper("-d --distribution -u --user --cd", place="host"),
    ("kubectl", "debug"): Wrapper(
        "-n --namespace --image -c --target", positionals=1, place="node"
    ),
    ("ansible",): Wrapper(
        "-i -u -m -f -e -l", positionals=9, place="host", command_options="-a --args"
    ),
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
