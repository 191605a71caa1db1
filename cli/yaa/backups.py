"""`yaa backup`: save all that cannot be made again, and restore it."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from pathlib import Path

import psycopg
from loguru import logger
from rich.console import Console

from yaa.backup.making import make
from yaa.backup.restoring import PARTS
from yaa.backup.restoring import restore as restore_all
from yaa.backup.servers import to_restore, to_save
from yaa.errors import YaaError

MB = 1_000_000
TALKATIVE = ("agentkit", "gateway", "yaa")


def create(folder: Path, data_dir: Path) -> None:
    with _quietly("saving"), to_save(data_dir) as settings:
        made = make(settings, folder)
    Console().print(
        f"{folder} holds {made.events:,} events of runs, their files, the database: "
        f"{made.size_bytes / MB:,.1f} MB"
    )


def restore(folder: Path, data_dir: Path, *, replace: bool, parts: AbstractSet[str] | None) -> None:
    with _quietly("restoring"), to_restore(data_dir) as settings:
        done = restore_all(settings, folder, replace=replace, parts=parts or PARTS)
    how = "were made anew from" if done.anew else "lacked"
    Console().print(
        f"restored what was saved at {done.manifest.created_at:%Y-%m-%d %H:%M:%S} UTC: "
        f"{done.manifest.events:,} events of runs; the tables {how} {done.events:,} of them. "
        "Start the services"
    )


@contextmanager
def _quietly(doing: str) -> Iterator[None]:
    """Show a person that it takes a while, and what goes wrong in one sentence."""
    for name in TALKATIVE:
        logger.disable(name)
    try:
        with Console(stderr=True).status(doing):
            yield
    except psycopg.Error as error:
        why = str(error).strip().splitlines()[0]
        raise YaaError(
            f"the database failed ({why}): see that it runs, then do it again"
        ) from error
    finally:
        for name in TALKATIVE:
            logger.enable(name)
