"""In the database a service writes its own tables, reads the views of others, and no more."""

import psycopg
import pytest

from agentkit.grants import grant

SEVERAL = """
CREATE SCHEMA bakery;
CREATE TABLE bakery.bread (name text);
CREATE SCHEMA till;
CREATE TABLE till.sales (cents integer);
CREATE VIEW till.day AS SELECT sum(cents) AS cents FROM till.sales;
"""


@pytest.fixture
def url(database_url: str) -> str:
    with psycopg.connect(database_url) as session:
        session.execute(SEVERAL.encode())
    return database_url


def roles_of(url: str) -> dict[str, str]:
    address = url.rpartition("@")[2]
    name = address.rpartition("/")[2]
    return {
        schema: f"postgresql://{name}_{schema}:pass%2Fword@{address}"
        for schema in ("bakery", "till")
    }


def test_a_service_works_with_its_own_tables_and_the_views_of_others(url: str) -> None:
    roles = roles_of(url)

    grant(url, roles)
    grant(url, roles)

    with psycopg.connect(roles["bakery"]) as session:
        session.execute("INSERT INTO bakery.bread VALUES ('rye')")
        session.execute("TRUNCATE bakery.bread")
        assert session.execute("SELECT cents FROM till.day").fetchone() == (None,)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO till.sales VALUES (1)",
        "SELECT cents FROM till.sales",
        "DROP TABLE bakery.bread",
        "CREATE TABLE bakery.cake (name text)",
        "CREATE ROLE thief",
    ],
)
def test_a_service_may_do_nothing_else(url: str, statement: str) -> None:
    roles = roles_of(url)
    grant(url, roles)

    with (
        psycopg.connect(roles["bakery"]) as session,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        session.execute(statement.encode())


def test_a_new_password_is_the_one_that_counts(url: str) -> None:
    roles = roles_of(url)
    grant(url, roles)
    with psycopg.connect(url) as session:
        before = password_of(session, roles["till"])

    grant(url, {**roles, "till": roles["till"].replace("word", "words")})

    with psycopg.connect(url) as session:
        assert password_of(session, roles["till"]) != before


def password_of(session: psycopg.Connection, url: str) -> object:
    name = url.removeprefix("postgresql://").partition(":")[0]
    return session.execute(
        "SELECT rolpassword FROM pg_authid WHERE rolname = %s", [name]
    ).fetchone()
