"""Make a backup while everything runs, or while nothing does.

Nothing stands still meanwhile, so the order matters. First the database: its tables then know of no
event that the log has not. Then what speaks of runs to come, such as schedules. Then the log, and
last what the log speaks of: the journal of paid calls and the artifacts. What has come to those in
between is more than the log needs, and does no harm.
"""

import asyncio
from pathlib import Path

from agentkit.provision import stream_names
from agentkit.settings import Settings
from contracts import subjects
from yaa.backup import database, streams
from yaa.backup.manifest import DATABASE, Kept, Manifest, kept, stream_file, write
from yaa.backup.servers import as_operator
from yaa.errors import UsageError

LAST = (subjects.RUNS, subjects.CALLS, f"OBJ_{subjects.ARTIFACTS_BUCKET}")


def make(settings: Settings, folder: Path) -> Manifest:
    """Write a backup into `folder`, which is made for it.

    Raises:
        UsageError: there is something in the folder.
        YaaError: a server does not answer, or refuses.
    """
    _make_folder(folder)
    database.save(settings.database_url.get_secret_value(), folder / DATABASE)
    saved = asyncio.run(_save_streams(settings, folder))
    manifest = Manifest(database=kept(folder / DATABASE), streams=saved)
    write(folder, manifest)
    return manifest


def _make_folder(folder: Path) -> None:
    """Make a folder that only its owner can read: what is in it is all that there is."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        is_empty = not any(folder.iterdir())
    except OSError as error:
        raise UsageError(
            f"{str(folder)!r} cannot be written ({error.strerror}): choose another folder"
        ) from error
    if not is_empty:
        raise UsageError(f"{str(folder)!r} is not empty: choose a new folder")


async def _save_streams(settings: Settings, folder: Path) -> dict[str, Kept]:
    saved = dict[str, Kept]()
    first = [name for name in stream_names() if name not in LAST]
    async with as_operator(settings) as connection:
        for name in (*first, *LAST):
            file = stream_file(folder, name)
            with file.open("wb") as out:
                told = await streams.save(connection, name, out)
            created = (await connection.jetstream().stream_info(name)).created
            saved[name] = kept(file).model_copy(update={"told": told, "created": created})
    return saved
