"""Images of databases: where they keep their data, and what a service of a project makes of it.

The paths are those of the images' own Dockerfiles and documentation. PostgreSQL's official image
moved its volume from /var/lib/postgresql/data to /var/lib/postgresql with version 18
(docker-library/postgres#1259), and keeps the data in a directory of its version below it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from strongroom.audit.compose import Mount, Place, Project, Service
from strongroom.audit.compose.reading import scalar_text
from strongroom.audit.compose.values import Items

NEW_LAYOUT_MAJOR = 18


@dataclass(frozen=True)
class Kind:
    """A family of images. ``volume`` is what their Dockerfiles declare as a VOLUME."""

    name: str
    images: re.Pattern[str]
    volume: str
    port: int
    password: tuple[str, ...]
    user: str | None = None


_POSTGRES = (
    r"(?:library/)?postgres|postgis/postgis|(?:timescale/)?timescaledb|pgvector/pgvector"
    r"|ankane/pgvector|citusdata/citus|supabase/postgres|immich-app/postgres"
    r"|tensorchord/(?:pgvecto-rs|vchord-postgres)|imresamu/postgis|pgrouting/pgrouting"
    r"|kartoza/postgis|paradedb/paradedb"
)
KINDS = (
    Kind(
        "postgresql",
        re.compile(rf"(?:^|/)(?:{_POSTGRES})$"),
        "/var/lib/postgresql/data",
        5432,
        ("POSTGRES_PASSWORD", "POSTGRES_PASSWORD_FILE"),
        "POSTGRES_USER",
    ),
    Kind(
        "postgresql",
        re.compile(r"(?:^|/)bitnami(?:legacy)?/postgresql$"),
        "/bitnami/postgresql",
        5432,
        ("POSTGRESQL_PASSWORD", "POSTGRES_PASSWORD", "POSTGRESQL_PASSWORD_FILE"),
        "POSTGRESQL_USERNAME",
    ),
    Kind(
        "mysql",
        re.compile(r"(?:^|/)(?:mysql|mariadb|mysql-server|percona)$"),
        "/var/lib/mysql",
        3306,
        ("MYSQL_ROOT_PASSWORD", "MARIADB_ROOT_PASSWORD", "MYSQL_ROOT_PASSWORD_FILE"),
    ),
    Kind(
        "mongodb",
        re.compile(r"(?:^|/)mongo$"),
        "/data/db",
        27017,
        ("MONGO_INITDB_ROOT_PASSWORD",),
    ),
)
_ALPINE = re.compile(r"alpine")
_TRYING = re.compile(r"(?:^|[-_./:=\s])(?:tests?|testing|ci|e2e|smoke)(?:$|[-_./:=\s])")
# What is run instead of the server where an image of a database serves for something else.
_OTHER_PROGRAMS = {
    "sh", "bash", "pg_dump", "pg_dumpall", "psql", "pg_basebackup", "crond", "cron", "sleep",
    "tail", "pg_restore", "mysqldump", "mongodump", "python", "make",
}  # fmt: skip
_SERVERS = re.compile(
    r"(?:^|[\s;&'\"])(?:\S*/)?(?:postgres|docker-entrypoint\.sh|mysqld|mongod)\b(?!:)"
)


@dataclass(frozen=True)
class Image:
    """A reference to an image, taken apart. ``tag`` is empty where it has none."""

    repository: str
    tag: str
    digest: str

    @classmethod
    def parse(cls, text: str) -> Image:
        """Take ``registry/name:tag@digest`` apart."""
        rest, _, digest = text.partition("@")
        head, _, tail = rest.rpartition("/")
        name, _, tag = tail.partition(":")
        return cls(f"{head}/{name}" if head else name, tag, digest)

    @property
    def major(self) -> int | None:
        """The major version that the tag begins with (or names after ``pg``), if any."""
        named = re.search(r"(?:^|[-_])(?:pg|postgres-?)(\d+)", self.tag)
        match = named or re.match(r"(\d+)", self.tag)
        return int(match[1]) if match else None

    @property
    def libc(self) -> str:
        """``musl`` for Alpine, else ``glibc``."""
        return "musl" if _ALPINE.search(self.tag) else "glibc"


@dataclass(frozen=True)
class Database:
    """A service that keeps a database.

    ``data_directory``: where the server keeps its files in the container. ``mount``: what lies
    there; None is the anonymous volume that the image makes by itself, or nothing.
    """

    project: Project
    service: Service
    kind: Kind
    image: Image
    data_directory: str
    mount: Mount | None

    @property
    def is_postgresql(self) -> bool:
        """Whether it is PostgreSQL, or made of it."""
        return self.kind.name == "postgresql"

    @property
    def major(self) -> int | None:
        """The major version, where the tag says it."""
        if self.image.repository.endswith(("timescaledb", "postgis", "pgvector", "citus")):
            return self.image.major if re.search(r"pg\d|^\d+-", self.image.tag) else None
        return self.image.major

    @property
    def is_for_tests(self) -> bool:
        """Whether names say that it is only for tests, so that its data may be lost."""
        names = [self.service.name, *self.service.profiles, *(f.name for f in self.project.files)]
        return any(_TRYING.search(one) for one in names)

    @property
    def place(self) -> Place:
        """Where the service begins."""
        return self.service.place

    @property
    def declared_volume(self) -> str:
        """The path that the image declares as a volume."""
        return _declared(self.kind, self.major)


def is_for_tests(name: str) -> bool:
    """Whether a name of a file, service or project says that it is for tests."""
    return bool(_TRYING.search(name.lower()))


def databases(project: Project) -> list[Database]:
    """The services of a project that keep a database."""
    found = []
    for service in project.services.values():
        image = Image.parse(service.image)
        kind = _kind(service, image)
        if kind is not None:
            found.append(_database(project, service, kind, image))
    return found


def lasting(project: Project) -> list[Database]:
    """The databases of a project whose data is meant to last."""
    return [one for one in databases(project) if not one.is_for_tests]


def _kind(service: Service, image: Image) -> Kind | None:
    if _runs_something_else(service):
        return None
    for kind in KINDS:
        if service.image and kind.images.search(image.repository):
            return kind
    if "build" in service.table and {"POSTGRES_PASSWORD", "POSTGRES_DB"} & set(service.environment):
        built = {"db", "database", "postgres", "postgresql", "pg"}
        if service.name.lower() in built:
            return KINDS[0]
    return None


def _runs_something_else(service: Service) -> bool:
    words = [*words_of(service, "entrypoint"), *words_of(service, "command")]
    if not words or words[0].rpartition("/")[2] not in _OTHER_PROGRAMS:
        return False
    return _SERVERS.search(" ".join(words[1:])) is None


def _database(project: Project, service: Service, kind: Kind, image: Image) -> Database:
    made = Database(project, service, kind, image, "", None)
    directory = _data_directory(made)
    return Database(project, service, kind, image, directory, _mount(service, made, directory))


def _data_directory(database: Database) -> str:
    service = database.service
    chosen = service.value("PGDATA") if database.is_postgresql else ""
    if chosen:
        return str(PurePosixPath(chosen))
    if database.kind.volume == "/var/lib/postgresql/data" and _is_new(database.major):
        return f"/var/lib/postgresql/{database.major}/docker"
    if database.kind.volume == "/bitnami/postgresql":
        return "/bitnami/postgresql/data"
    return database.kind.volume


def _is_new(major: int | None) -> bool:
    return major is not None and major >= NEW_LAYOUT_MAJOR


def _declared(kind: Kind, major: int | None) -> str:
    if kind.volume == "/var/lib/postgresql/data" and _is_new(major):
        return "/var/lib/postgresql"
    return kind.volume


def _mount(service: Service, database: Database, directory: str) -> Mount | None:
    """What lies at the data directory: the nearest mount above it, and the image's own volume."""
    covering = [one for one in service.mounts if is_below(directory, one.target)]
    nearest = max(covering, key=lambda one: len(one.target), default=None)
    declared = database.declared_volume
    hidden = is_below(directory, declared) and (
        nearest is None or len(nearest.target) < len(declared)
    )
    return None if hidden else nearest


def is_below(path: str, directory: str) -> bool:
    """Whether a path in a container is a directory or lies below it."""
    return PurePosixPath(path).is_relative_to(PurePosixPath(directory))


def words_of(service: Service, key: str) -> list[str]:
    """``command`` or ``entrypoint`` as words; a text is split at blanks."""
    value = service.table.get(key)
    if isinstance(value, Items):
        return [scalar_text(one) for one in value]
    return scalar_text(value).split() if value is not None else []
