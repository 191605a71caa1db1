"""Who may do what in the database: each service in its own schema, and read the views of others.

Like `migrate`, for who makes tables: no running service imports this module.
"""

from urllib.parse import unquote, urlsplit

import psycopg
from psycopg.sql import SQL, Identifier, Literal

ROLES_LOCK = "yaa.roles"

OWN = (
    "GRANT USAGE ON SCHEMA {schema} TO {role}",
    "GRANT ALL ON ALL TABLES IN SCHEMA {schema} TO {role}",
    "GRANT ALL ON ALL SEQUENCES IN SCHEMA {schema} TO {role}",
)
VIEWS = "SELECT schemaname, viewname FROM pg_views WHERE schemaname = ANY(%s)"
EXISTS = "SELECT FROM pg_roles WHERE rolname = %s"


def grant(database_url: str, roles: dict[str, str]) -> None:
    """Make the role of each service, and give it what it needs: its tables, and all views.

    Changes nothing the second time. Blocks, so call it in a thread.

    Args:
        database_url: of who owns the tables and may make roles.
        roles: the address that each service connects with, by its schema.

    Raises:
        psycopg.Error: the database does not answer, or the user may not make roles.
    """
    with psycopg.connect(database_url, connect_timeout=10) as session:
        session.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [ROLES_LOCK])
        for schema, url in roles.items():
            role = _keep_role(session, url)
            _give_tables(session, schema, role)
            _give_views(session, sorted(roles), role)


def _keep_role(session: psycopg.Connection, url: str) -> Identifier:
    said = urlsplit(url)
    name, password = unquote(said.username or ""), unquote(said.password or "")
    role = Identifier(name)
    if session.execute(EXISTS, [name]).fetchone() is None:
        session.execute(SQL("CREATE ROLE {} LOGIN").format(role))
    session.execute(SQL("ALTER ROLE {} PASSWORD {}").format(role, Literal(password)))
    return role


def _give_tables(session: psycopg.Connection, schema: str, role: Identifier) -> None:
    for statement in OWN:
        session.execute(SQL(statement).format(schema=Identifier(schema), role=role))


def _give_views(session: psycopg.Connection, schemas: list[str], role: Identifier) -> None:
    for schema, view in session.execute(VIEWS, [schemas]).fetchall():
        session.execute(SQL("GRANT USAGE ON SCHEMA {} TO {}").format(Identifier(schema), role))
        session.execute(SQL("GRANT SELECT ON {} TO {}").format(Identifier(schema, view), role))
