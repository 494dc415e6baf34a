"""Which compose files of a directory belong together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from strongroom.audit.compose import BASE_NAMES, OVERRIDE_NAMES, files_in
from strongroom.audit.compose.reading import read_yaml
from strongroom.audit.compose.values import Table
from strongroom.errors import ComposeError


def projects_of(candidates: Sequence[Path]) -> Iterator[tuple[Path, ...]]:
    """The projects that the files of each directory make.

    The base file with its override is one. Any other file is a project of its own where each of
    its services has an image or is built; else it lies on top of the base file.
    """
    for directory in sorted({one.parent for one in candidates}):
        base = files_in(directory)
        if base:
            yield base
        standard = {*BASE_NAMES, *OVERRIDE_NAMES}
        for path in candidates:
            if path.parent != directory or path in base or path.name in standard:
                continue
            if _is_compose(path):
                on_top = bool(base) and _lies_on_top(path, base[0])
                yield (base[0], path) if on_top else (path,)


def _is_compose(path: Path) -> bool:
    named = path.name.startswith(("compose", "docker-compose"))
    return _services(path) is not None or (named and not _is_yaml(path))


def _is_yaml(path: Path) -> bool:
    try:
        read_yaml(path)
    except ComposeError:
        return False
    return True


def _services(path: Path) -> Table | None:
    try:
        document = read_yaml(path)
    except ComposeError:
        return None
    services = document.get("services") if isinstance(document, Table) else None
    return services if isinstance(services, Table) else None


def _lies_on_top(path: Path, base: Path) -> bool:
    """Whether a file only changes what the base file says.

    It does where a service has neither an image nor a build; or where it has only services of the
    base file's, and one of them lacks the volumes that it has there.
    """
    above, below = _services(path), _services(base)
    if above is None or below is None:
        return False
    whole = {"image", "build", "extends"}
    if any(not isinstance(one, Table) or not whole & set(one) for one in above.values()):
        return True
    fewer = any("volumes" in below[name] and "volumes" not in one
                for name, one in above.items() if isinstance(below.get(name), Table))  # fmt: skip
    return fewer and set(above) <= set(below)
