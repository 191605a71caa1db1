"""Bring the schema of a service up to date: `python -m agentkit.migrate [PACKAGE ...]`.

A service owns the schema of its package's name and keeps its revisions in
`<package>/migrations/versions/v0001_subject.py`, each with a docstring, `revision = "v0001"`,
`down_revision`, `UP`, `DOWN`, and `run_script` of them. The table `alembic_version` lies in the
service's own schema. No running service imports this module: it loads SQLAlchemy and psycopg.
"""

import sys
from importlib import import_module
from importlib.metadata import entry_points
from importlib.resources import files
from pathlib import Path
from threading import Lock

import psycopg
from loguru import logger
from psycopg.sql import SQL, Identifier

from agentkit.settings import Settings

LATEST = "head"
EMPTY = "base"

_alembic_is_global = Lock()


def migrate(database_url: str, package: str, to: str = LATEST) -> None:
    """Bring the schema of `package` to revision `to`, and do nothing when it is there.

    Blocks, so call it in a thread. Safe when several processes do it at once. A schema that a
    newer release has already migrated is left as it is.

    Args:
        database_url: `postgresql://` with everything needed to connect.
        package: import name of the service, and the name of its schema.
        to: a revision, `LATEST` or `EMPTY`.

    Raises:
        psycopg.OperationalError: the database does not answer.
    """
    with psycopg.connect(database_url, autocommit=True, connect_timeout=10) as connection:
        if to == LATEST and _is_current(connection, package):
            return
        connection.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [package])
        if to == LATEST and _is_current(connection, package):
            return
        connection.execute(SQL("CREATE SCHEMA IF NOT EXISTS {}").format(Identifier(package)))
        _run_alembic(database_url, package, to)
    logger.info("schema migrated", schema=package, revision=to)


def packages() -> list[str]:
    """Name the installed services that have migrations."""
    found = {entry.module.partition(".")[0] for entry in entry_points(group="yaa.services")}
    return sorted(package for package in found if _versions(package).is_dir())


def _is_current(connection: psycopg.Connection, package: str) -> bool:
    newest = max(path.stem.partition("_")[0] for path in _versions(package).glob("v*.py"))
    table = SQL("{}.alembic_version").format(Identifier(package))
    found = connection.execute("SELECT to_regclass(%s)", [table.as_string(connection)]).fetchone()
    if found is None or found[0] is None:
        return False
    row = connection.execute(SQL("SELECT max(version_num) FROM {}").format(table)).fetchone()
    return row is not None and (row[0] or "") >= newest


def _versions(package: str) -> Path:
    return Path(str(files(package))) / "migrations" / "versions"


def _run_alembic(database_url: str, package: str, to: str) -> None:
    """Import alembic only here: it takes a second, and mostly there is nothing to do."""
    command = import_module("alembic.command")
    config = import_module("alembic.config").Config()
    config.set_main_option("script_location", str(files("agentkit") / "migrations"))
    config.set_main_option("version_locations", str(_versions(package)))
    config.set_main_option("path_separator", "newline")
    engine = import_module("sqlalchemy").create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(database_url)
    )
    try:
        with _alembic_is_global, engine.begin() as connection:
            config.attributes.update(connection=connection, schema=package)
            move = command.downgrade if to == EMPTY else command.upgrade
            move(config, to)
    finally:
        engine.dispose()


if __name__ == "__main__":
    url = Settings().database_url.get_secret_value()
    for name in sys.argv[1:] or packages():
        migrate(url, name)
