"""The commands about the log lines of the services."""

from typing import Annotated

import typer

from yaa.stack_commands import DEFAULT_DATA_DIR, DataDir

logs_app = typer.Typer(help="What the services log.", no_args_is_help=True)


@logs_app.command("level")
def level(
    service: Annotated[str, typer.Argument(help="A service or an agent, or all.")],
    to: Annotated[
        str,
        typer.Argument(
            metavar="LEVEL", help="DEBUG, INFO, WARNING, ERROR, CRITICAL, or default to go back."
        ),
    ],
    *,
    lasts: Annotated[
        str, typer.Option("--for", help="Such as 90s, 10m or 2h, or ever: until it is started.")
    ] = "10m",
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Let a service log more or less while it runs, every replica of it."""
    from yaa import logs  # noqa: PLC0415 -- keeps help quick

    logs.set_level(data_dir, service, to, lasts)
