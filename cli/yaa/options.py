"""Options that several commands have."""

from typing import Annotated

import typer

RunArgument = Annotated[str, typer.Argument(metavar="RUN", help="Id of the run.")]

Follow = Annotated[bool, typer.Option("--follow", "-f", help="Watch it to its end.")]

Url = Annotated[
    str | None,
    typer.Option(
        "--url",
        help="Address of the gateway. Else YAA_URL, else the yaa of this folder.",
        show_default=False,
    ),
]
