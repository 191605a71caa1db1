"""The commands about the projection: the tables that are made of the log."""

import typer

from yaa.stack_commands import DEFAULT_DATA_DIR, DataDir

projections_app = typer.Typer(
    help="The tables that are made of the event log.", no_args_is_help=True
)


@projections_app.command("rebuild")
def rebuild(*, data_dir: DataDir = DEFAULT_DATA_DIR) -> None:
    """Empty the tables and read the log again. Safe while everything runs; channels stay."""
    from yaa import projections  # noqa: PLC0415 -- keeps help quick

    projections.rebuild(data_dir)


@projections_app.command("verify")
def verify(*, data_dir: DataDir = DEFAULT_DATA_DIR) -> None:
    """Hold the tables against the log. Exit code 0: they are equal, 1: they differ."""
    from yaa import projections  # noqa: PLC0415 -- keeps help quick

    raise typer.Exit(projections.verify(data_dir))
