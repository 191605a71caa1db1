"""Options that several commands have."""

from typing import Annotated

import typer

Url = Annotated[
    str | None,
    typer.Option(
        "--url",
        help="Address of the gateway. Else YAA_URL, else the yaa of this folder.",
        show_default=False,
    ),
]
