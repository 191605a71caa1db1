"""Migrations of a service that has two revisions, on a real PostgreSQL."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from agentkit.migrate import EMPTY, migrate, packages

REVISION = '''
from agentkit.migrations import run_script

revision = "{name}"
down_revision = {before!r}
UP = """{up}"""
DOWN = """{down}"""


def upgrade():
    run_script(UP)


def downgrade():
    run_script(DOWN)
'''

TRAPS = """
CREATE TABLE bakery.bread (name text, made_at time DEFAULT '10:30:00');
CREATE FUNCTION bakery.price() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN format('%s %%', ':word');
END $$;
INSERT INTO bakery.bread (name) VALUES ('100% rye :not_a_parameter');
"""

LEFT = "SELECT array_agg(table_name::text) FROM information_schema.tables WHERE table_schema = %s"


@pytest.fixture
def bakery(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A service called bakery that can be imported; returns its folder of revisions."""
    versions = tmp_path / "bakery" / "migrations" / "versions"
    versions.mkdir(parents=True)
    (tmp_path / "bakery" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    write(versions, "v0001", None, TRAPS, "DROP TABLE bakery.bread; DROP FUNCTION bakery.price;")
    yield versions
    sys.modules.pop("bakery", None)


def write(versions: Path, name: str, before: str | None, up: str, down: str = "") -> None:
    text = REVISION.format(name=name, before=before, up=up, down=down)
    (versions / f"{name}_bread.py").write_text(text)


def ask(url: str, query: str, *values: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(query.encode(), values or None).fetchone()
        return row and row[0]


@pytest.mark.usefixtures("bakery")
def test_a_script_of_several_statements_runs_as_it_is_written(database_url):
    migrate(database_url, "bakery")

    assert ask(database_url, "SELECT name FROM bakery.bread") == "100% rye :not_a_parameter"
    assert ask(database_url, "SELECT bakery.price()") == ":word %"
    assert ask(database_url, "SELECT version_num FROM bakery.alembic_version") == "v0001"


@pytest.mark.usefixtures("bakery")
def test_what_is_done_is_not_done_again(database_url):
    for _ in range(3):
        migrate(database_url, "bakery")

    assert ask(database_url, "SELECT count(*) FROM bakery.bread") == 1


def test_a_new_revision_is_added_to_what_there_is(database_url, bakery):
    migrate(database_url, "bakery")
    write(bakery, "v0002", "v0001", "INSERT INTO bakery.bread VALUES ('wheat')")

    migrate(database_url, "bakery")

    assert ask(database_url, "SELECT count(*) FROM bakery.bread") == 2


def test_a_schema_of_a_later_release_is_left_as_it_is(database_url, bakery):
    write(bakery, "v0002", "v0001", "INSERT INTO bakery.bread VALUES ('wheat')")
    migrate(database_url, "bakery")
    (bakery / "v0002_bread.py").unlink()

    migrate(database_url, "bakery")

    assert ask(database_url, "SELECT version_num FROM bakery.alembic_version") == "v0002"


def test_a_revision_that_fails_leaves_nothing_behind(database_url, bakery):
    migrate(database_url, "bakery")
    write(bakery, "v0002", "v0001", "DELETE FROM bakery.bread; SELECT 1 / 0;")

    with pytest.raises(psycopg.errors.DivisionByZero):
        migrate(database_url, "bakery")

    assert ask(database_url, "SELECT count(*) FROM bakery.bread") == 1
    assert ask(database_url, "SELECT version_num FROM bakery.alembic_version") == "v0001"


@pytest.mark.usefixtures("bakery")
def test_a_schema_can_be_taken_back_and_brought_again(database_url):
    migrate(database_url, "bakery")
    migrate(database_url, "bakery", to=EMPTY)
    gone = ask(database_url, "SELECT to_regclass('bakery.bread')")

    migrate(database_url, "bakery")

    assert gone is None
    assert ask(database_url, "SELECT count(*) FROM bakery.bread") == 1


@pytest.mark.usefixtures("bakery")
def test_many_may_migrate_at_once(database_url):
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda _: migrate(database_url, "bakery"), range(6)))

    assert ask(database_url, "SELECT count(*) FROM bakery.bread") == 1


def test_every_schema_of_the_house_goes_down_and_up(database_url):
    for package in packages():
        migrate(database_url, package)
        migrate(database_url, package, to=EMPTY)
        assert ask(database_url, LEFT, package) == ["alembic_version"]
        migrate(database_url, package)


def test_as_a_command_it_migrates_every_service_and_loads_alembic_only_when_it_must(database_url):
    script = (
        "import sys, runpy; sys.argv[1:] = []; runpy.run_module('agentkit.migrate', "
        "run_name='__main__'); print('alembic' in sys.modules)"
    )
    command = [sys.executable, "-W", "ignore", "-c", script]
    environment = {"YAA_DATABASE_URL": database_url}

    loaded = [subprocess.check_output(command, env=environment, text=True) for _ in range(2)]  # noqa: S603 -- our own script

    assert {"gateway", "usage"} <= set(packages())
    assert [each.splitlines()[-1] for each in loaded] == ["True", "False"]
    assert ask(database_url, "SELECT count(*) FROM gateway.channels") == 1
