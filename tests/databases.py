"""Fresh databases for a test, empty or with every table: SQLite files, and a throwaway PostgreSQL on a Unix socket."""

import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest
from psycopg import sql

from appliance.store.migrations import migrate
from tests.houses import lay

_LAID = "laid"
_NUMBERS = itertools.count(1)


@dataclass(frozen=True)
class Cluster:
    """A running cluster; programs run as ``user`` because PostgreSQL refuses root."""

    binaries: Path
    folder: Path
    user: str

    def run(self, program: str, *args: str) -> None:
        """Run one of PostgreSQL's programs, in the cluster's folder."""
        argv = [str(self.binaries / program), *args]
        if os.geteuid() == 0:
            argv = ["runuser", "-u", self.user, "--", *argv]
        subprocess.run(argv, check=True, capture_output=True, timeout=60, cwd=self.folder)

    def say(self, statement: LiteralString, *names: str) -> None:
        """Execute a statement of the whole cluster."""
        with psycopg.connect(host=str(self.folder), user=self.user, dbname="postgres", autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    def url(self, database: str) -> str:
        """Return the SQLAlchemy URL of a database of this cluster."""
        return f"postgresql+psycopg://{self.user}@/{database}?host={self.folder}"


def _binaries() -> Path:
    newest = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3])
    )
    if newest:
        return newest[-1].parent
    found = shutil.which("initdb")
    if found is None:
        pytest.skip("PostgreSQL is missing (apt install postgresql)")
    return Path(os.path.realpath(found)).parent


def _user() -> str:
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid()).pw_name
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[Cluster]:
    """A cluster of this test run only; fsync is off, durability is not what these tests prove."""
    binaries, user = _binaries(), _user()
    folder = Path(tempfile.mkdtemp(prefix="negatoscope-pg-"))  # short: it is a socket's path
    if os.geteuid() == 0:
        shutil.chown(folder, user)
    cluster = Cluster(binaries, folder, user)
    data = str(folder / "data")
    options = f"-k {folder} -c listen_addresses= -c fsync=off -c max_connections=60"
    try:
        cluster.run("initdb", "-D", data, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        cluster.run("pg_ctl", "-D", data, "-w", "-l", str(folder / "log"), "-o", options, "start")
        yield cluster
    finally:
        if (folder / "data" / "postmaster.pid").exists():
            cluster.run("pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def _laid(postgres_cluster: Cluster) -> str:
    """The name of a database with every table and every role: the others are copies of it."""
    postgres_cluster.say("CREATE DATABASE {}", _LAID)
    migrate(postgres_cluster.url(_LAID), with_roles=True)
    return _LAID


def _database(cluster: Cluster, template: str) -> Iterator[str]:
    name = f"test{os.getpid()}_{next(_NUMBERS)}"
    cluster.say("CREATE DATABASE {} TEMPLATE {}", name, template)
    yield cluster.url(name)
    cluster.say("DROP DATABASE {} WITH (FORCE)", name)


@pytest.fixture
def postgres_url(postgres_cluster: Cluster) -> Iterator[str]:
    """URL of a fresh, empty database, dropped after the test."""
    yield from _database(postgres_cluster, "template1")


@pytest.fixture
def laid_postgres_url(postgres_cluster: Cluster, _laid: str) -> Iterator[str]:
    """URL of a fresh database with every table and every role of a service, dropped after the test."""
    yield from _database(postgres_cluster, _laid)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of an empty database, of either kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'index.db'}"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture(params=["sqlite", "postgresql"])
def laid_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of a database with every table, of either kind."""
    if request.param == "sqlite":
        lay(made := f"sqlite:///{tmp_path / 'index.db'}")
        return made
    return str(request.getfixturevalue("laid_postgres_url"))
