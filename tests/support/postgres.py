"""Run the tests against PostgreSQL too: a throw-away server of the test run, or one that the environment names.

`ECARBON_TEST_POSTGRES` names a database in which the tests may make schemas, for example
`postgresql+psycopg://me@/test?host=/run/postgresql`. Without it a private server is started in a temporary folder, on
a Unix socket and no network port, wherever PostgreSQL's programs are installed. Without either the tests that need it
are skipped, and say so.
"""

from __future__ import annotations

import importlib.util
import itertools
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

VARIABLE = "ECARBON_TEST_POSTGRES"
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "16MB",
    "autovacuum": "off",
    "max_wal_size": "256MB",
}
SKIPPED = f"SKIPPED ON POSTGRESQL: no server, programs or psycopg here; {VARIABLE} may name a server"


def programs() -> Path | None:
    """Return the folder of PostgreSQL's programs, the newest where there are several."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    on_path = shutil.which("postgres")
    folders = [path.parent for path in found] + ([Path(os.path.realpath(on_path)).parent] if on_path else [])
    return next((folder for folder in reversed(folders) if (folder / "initdb").exists()), None)


class Postgres:
    """Hand out empty schemas of one server, each as the address of a store.

    Args:
        address: of the server's database, as SQLAlchemy writes it.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self._numbers = itertools.count()

    def connect(self) -> Any:
        """Open a connection beside the store's own, in which every statement stands alone."""
        import psycopg

        return psycopg.connect(self.address.replace("+psycopg", ""), autocommit=True)

    def store(self) -> str:
        """Make an empty schema and return its address."""
        name = f"test_{os.getpid()}_{next(self._numbers)}"
        with self.connect() as connection:
            connection.execute(f"CREATE SCHEMA {name}")
        sign = "&" if "?" in self.address else "?"
        return f"{self.address}{sign}options=-csearch_path%3D{name}&application_name={name}"

    def drop(self, address: str) -> None:
        """End whoever still uses a schema, and drop it."""
        name = address.rpartition("=")[2]
        with self.connect() as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = %s", [name]
            )
            connection.execute(f"DROP SCHEMA {name} CASCADE")


@contextmanager
def server() -> Iterator[Postgres | None]:
    """Give the server of the environment or a private one; nothing where neither can be had."""
    named = os.environ.get(VARIABLE.removeprefix("ECARBON_"), "")
    folder = programs()
    if importlib.util.find_spec("psycopg") is None:
        yield None
    elif named:
        yield Postgres(named)
    elif folder is None:
        yield None
    else:
        with _private(folder) as address:
            yield Postgres(address)


@contextmanager
def server_with_password() -> Iterator[Postgres | None]:
    """Give a private server that listens on 127.0.0.1 and asks for a password, as one on another machine would."""
    folder = programs()
    if folder is None or importlib.util.find_spec("psycopg") is None:
        yield None
        return
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with _private(folder, {"listen_addresses": "127.0.0.1", "port": str(port)}) as address:
        straight = Postgres(f"{address}&port={port}")
        with straight.connect() as connection:
            connection.execute("CREATE ROLE service LOGIN PASSWORD 'a secret' SUPERUSER")
        yield Postgres(f"postgresql+psycopg://service:a%20secret@127.0.0.1:{port}/postgres")


@contextmanager
def _private(folder: Path, settings: Mapping[str, str] | None = None) -> Iterator[str]:
    # Short, because the path of a Unix socket may have some hundred characters only.
    home = Path(tempfile.mkdtemp(prefix="ecarbon-pg-", dir="/tmp"))
    user: dict[str, Any] = {}
    if os.getuid() == 0:  # PostgreSQL does not run as root.
        user = {"user": "postgres", "group": "postgres", "extra_groups": []}
        shutil.chown(home, "postgres", "postgres")
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": "/", **user}
    data = home / "data"
    try:
        trusted = ("--auth-local=trust", "--auth-host=scram-sha-256")
        made = [folder / "initdb", "-D", data, "-U", "ecarbon", *trusted, "-E", "UTF8", "--no-locale", "-N"]
        subprocess.run(made, check=True, **quiet)
        with (data / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in (SETTINGS | dict(settings or {})).items())
            file.write(f"unix_socket_directories = '{home}'\n")
        control = [folder / "pg_ctl", "-D", data, "-w", "-t", "30"]
        subprocess.run([*control, "-l", home / "server.log", "start"], check=True, **quiet)
        try:
            yield f"postgresql+psycopg://ecarbon@/postgres?host={home}"
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], check=False, **quiet)
    finally:
        shutil.rmtree(home, ignore_errors=True)
