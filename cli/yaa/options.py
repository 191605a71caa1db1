"""Options that several commands have."""

from typing import Annotated, Literal

import typer

Topic = Annotated[str, typer.Argument(help="What it is to be about.")]

ChannelOption = Annotated[str, typer.Option("--channel", help="The channel it is for.")]

PipelineOption = Annotated[str, typer.Option("--pipeline", help="The pipeline to run.")]

AspectOption = Annotated[Literal["9:16", "16:9"], typer.Option("--aspect", help="Upright or wide.")]

Language = Annotated[
    str | None, typer.Option("--language", help="Two letters, such as ko. Else the channel's own.")
]

DryRun = Annotated[bool, typer.Option("--dry-run", help="Publish nothing.")]

Review = Annotated[
    bool, typer.Option("--review", help="Ask for your approval before it publishes.")
]

PriorityOption = Annotated[
    Literal["low", "normal", "high"],
    typer.Option("--priority", help="Who goes first when many wait."),
]

Deadline = Annotated[
    str | None,
    typer.Option("--deadline", help="It fails if it takes longer, such as 90s, 30m or 2h."),
]

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
