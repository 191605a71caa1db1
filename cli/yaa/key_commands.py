"""The commands about the keys of the API. They work on the database: the first key needs none."""

from typing import Annotated

import typer

from yaa.stack_commands import DEFAULT_DATA_DIR, DataDir

keys_app = typer.Typer(help="The keys that open the API.", no_args_is_help=True)


@keys_app.command("create")
def create(
    name: Annotated[str, typer.Argument(help="Who uses it: stands with what they ask for.")],
    *,
    scope: Annotated[
        list[str],
        typer.Option(help="read, run, approve or admin, which opens everything; once for each."),
    ],
    expires_days: Annotated[
        int | None, typer.Option(min=1, max=3650, help="How long it is good. Else for ever.")
    ] = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Make a key and show it, this once."""
    from yaa import keys  # noqa: PLC0415 -- keeps help quick

    keys.create(data_dir, name, scope, expires_days)


@keys_app.command("list")
def list_keys(*, data_dir: DataDir = DEFAULT_DATA_DIR) -> None:
    """List all keys, those that open nothing any more included."""
    from yaa import keys  # noqa: PLC0415 -- keeps help quick

    keys.show_all(data_dir)


@keys_app.command("deactivate")
def deactivate(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="As yaa keys list has it.")],
    *,
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Let a key open nothing any more, for good; within a second everywhere."""
    from yaa import keys  # noqa: PLC0415 -- keeps help quick

    keys.deactivate(data_dir, key_id)
