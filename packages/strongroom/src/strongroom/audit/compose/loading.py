"""One file with all that it extends and includes, as a document in long form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from strongroom.audit.compose.environment import read_env_file
from strongroom.audit.compose.interpolation import Interpolation, Unset
from strongroom.audit.compose.merging import merged, merged_service
from strongroom.audit.compose.reading import read_yaml, scalar_text
from strongroom.audit.compose.shapes import absolute, service_in_long_form
from strongroom.audit.compose.values import Items, Place, Reset, Table, Text, Value
from strongroom.errors import ComposeError

MAX_FILES = 200
MAX_CHAIN = 30
_SECTIONS = ("services", "volumes", "networks", "configs", "secrets")


@dataclass
class Loader:
    """Loads the files of one project; remembers each that was read."""

    environment: Mapping[str, str]
    strict: bool = True
    read: list[Path] = field(default_factory=list)
    unset: list[Unset] = field(default_factory=list)

    def document(self, path: Path, base: Path, chain: tuple[Path, ...] = ()) -> Table:
        """The document of a file; its paths count from ``base``."""
        if path in chain or len(chain) > MAX_CHAIN:
            raise _error(Place(path, 1), "includes itself")
        document = self._interpolated(path)
        services = self._services(document, path, base)
        if services is not None:
            document["services"] = services
        for included in self._included(document, base, (*chain, path)):
            document = _with(included, document)
        return document

    def _interpolated(self, path: Path) -> Table:
        if len(self.read) >= MAX_FILES:
            raise _error(Place(path, 1), f"is one of more than {MAX_FILES} files")
        document = read_yaml(path)
        self.read.append(path)
        if document is None:
            return Table(Place(path, 1))
        if not isinstance(document, Table):
            raise _error(Place(path, 1), "is no compose file: it holds no mapping")
        interpolation = Interpolation(
            self.environment, strict=self.strict, keep_unset=not self.strict, unset=self.unset
        )
        made = Table(document.place)
        for key, value in document.items():
            place = document.where(key)
            kept = key.startswith("x-") or key == "version"
            made.put(key, value if kept else interpolation.value(value, place), place)
        _check_sections(made)
        return made

    def _services(self, document: Table, path: Path, base: Path) -> Table | None:
        services = document.get("services")
        if not isinstance(services, Table):
            return None
        made = Table(services.place)
        made.tag = services.tag
        for name, service in services.items():
            place = services.where(name)
            if isinstance(service, Reset):
                made.put(name, service, place)
                continue
            made.put(name, self._service(services, name, path, base, ()), place)
        return made

    def _service(
        self,
        services: Table,
        name: str,
        path: Path,
        base: Path,
        chain: tuple[tuple[Path, str], ...],
    ) -> Table:
        """A service in long form, with what it extends below it."""
        place = services.where(name)
        if name not in services:
            raise _error(place, f"has no service {name}, which another one extends")
        service = services[name] if services[name] is not None else Table(place)
        if not isinstance(service, Table):
            raise _error(place, f"has a service {name} that is no mapping")
        if (path, name) in chain or len(chain) > MAX_CHAIN:
            raise _error(place, f"has a service {name} that extends itself")
        own = service_in_long_form(service, base)
        own.place = place
        extends = own.pop("extends", None)
        if extends is None:
            return own
        parent = self._parent(extends, services, path, base, (*chain, (path, name)), place)
        made = merged_service(parent, own)
        made.place = place
        return made

    def _parent(
        self,
        extends: Value,
        services: Table,
        path: Path,
        base: Path,
        chain: tuple[tuple[Path, str], ...],
        place: Place,
    ) -> Table:
        if isinstance(extends, Text):
            return self._service(services, extends, path, base, chain)
        if not isinstance(extends, Table) or not extends.get("service"):
            raise _error(place, "extends something that is no service")
        wanted = scalar_text(extends["service"])
        if not extends.get("file"):
            return self._service(services, wanted, path, base, chain)
        file = absolute(scalar_text(extends["file"]), base)
        if file == path:
            return self._service(services, wanted, path, base, chain)
        others = self._interpolated(file).get("services")
        if not isinstance(others, Table):
            raise _error(Place(file, 1), "has no services")
        return self._service(others, wanted, file, file.parent, chain)

    def _included(self, document: Table, base: Path, chain: tuple[Path, ...]) -> list[Table]:
        includes = document.get("include")
        if includes is None:
            return []
        if not isinstance(includes, Items):
            raise _error(document.where("include"), "has an include that is no list")
        return [self._include(one, base, chain, at) for one, at in includes.placed()]

    def _include(self, include: Value, base: Path, chain: tuple[Path, ...], at: Place) -> Table:
        table = include if isinstance(include, Table) else Table(at, {"path": include})
        paths = [absolute(one, base) for one in _texts(table.get("path"))]
        if not paths:
            raise _error(at, "includes nothing")
        given = table.get("project_directory")
        directory = absolute(scalar_text(given), base) if given else paths[0].parent
        inner = Loader(
            self._environment_of(table, base, directory),
            strict=self.strict,
            read=self.read,
            unset=self.unset,
        )
        document = inner.document(paths[0], directory, chain)
        for path in paths[1:]:
            document = merged(document, inner.document(path, directory, chain))
        return document

    def _environment_of(self, include: Table, base: Path, directory: Path) -> Mapping[str, str]:
        files = [absolute(one, base) for one in _texts(include.get("env_file"))]
        if not files and (directory / ".env").is_file():
            files = [directory / ".env"]
        known = dict(self.environment)
        for file in files:
            for one in read_env_file(file, known):
                known.setdefault(one.name, one.value or "")
        return known


def _check_sections(document: Table) -> None:
    for section in _SECTIONS:
        value = document.get(section)
        if value is not None and not isinstance(value, (Table, Reset)):
            raise _error(document.where(section), f"has {section} that are no mapping")


def _with(included: Table, own: Table) -> Table:
    """A document with an included one below it; neither may say what the other says."""
    for section in _SECTIONS:
        ours, theirs = own.get(section), included.get(section)
        if isinstance(ours, Table) and isinstance(theirs, Table):
            for name in theirs:
                if name in ours and ours[name] != theirs[name] and section == "services":
                    raise _error(ours.where(name), f"has {name}, and what it includes has it too")
    below = Table(included.place)
    for section in _SECTIONS:
        if section in included:
            below.put(section, included[section], included.where(section))
    return merged(below, own)


def _texts(value: Value) -> list[str]:
    if value is None:
        return []
    if isinstance(value, Items):
        return [scalar_text(one) for one in value if not isinstance(one, (Table, Items))]
    return [scalar_text(value)]


def _error(place: Place, problem: str) -> ComposeError:
    return ComposeError(
        f"{place.file}:{place.line} {problem}.", next_step=f"mend {place.file}, then run this again"
    )
