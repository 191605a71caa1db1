"""The commands about backups."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from yaa.stack_commands import DEFAULT_DATA_DIR, DataDir

backup_app = typer.Typer(
    help="All runs, files, keys and bills, saved and restored.", no_args_is_help=True
)


class Part(StrEnum):
    BROKER = "broker"
    DATABASE = "database"


@backup_app.command("create")
def create(
    folder: Annotated[Path, typer.Argument(help="A new folder for it.")],
    *,
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Save what the broker and the database hold. Safe while everything runs."""
    from yaa import backups  # noqa: PLC0415 -- keeps help quick

    backups.create(folder, data_dir)


@backup_app.command("restore")
def restore(
    folder: Annotated[Path, typer.Argument(help="One that yaa backup create has made.")],
    *,
    only: Annotated[
        Part | None, typer.Option(help="Restore one of the two; the other one is as it should be.")
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Lose what is there, if anything is.")
    ] = False,
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Put a backup in the place of what there is, while no service runs."""
    from yaa import backups  # noqa: PLC0415 -- keeps help quick

    parts = None if only is None else frozenset({only.value})
    backups.restore(folder, data_dir, replace=replace, parts=parts)
