"""The one function that a revision needs: its SQL runs as it is written."""

from contextlib import closing

from alembic import op


def run_script(script: str) -> None:
    """Send several statements at once through the driver's own connection.

    SQLAlchemy would read `:word` and `%` as parameters and refuse more than one statement.
    """
    with closing(op.get_bind().connection.cursor()) as cursor:
        cursor.execute(script.encode())
