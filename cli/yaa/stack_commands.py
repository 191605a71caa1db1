"""The commands that start the system, or what it stands on."""

from pathlib import Path
from typing import Annotated

import typer

DEFAULT_PORT = 8400
DEFAULT_DATA_DIR = Path(".yaa")
DEMO_TOPIC = "고양이는 왜 상자를 좋아할까?"

DataDir = Annotated[
    Path, typer.Option(envvar="YAA_DATA_DIR", help="The folder everything is kept in.")
]
Port = Annotated[
    int,
    typer.Option(envvar="YAA_HTTP_PORT", min=0, max=65_535, help="Of the gateway; 0 is any free."),
]


def register(app: typer.Typer) -> None:
    app.command("up")(up)
    app.command("demo")(demo)
    app.command("provision")(provision)
    app.command("secrets")(secrets)
    app.command("prune")(prune)


def up(
    *,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    port: Port = DEFAULT_PORT,
    processes: Annotated[
        bool, typer.Option("--processes", help="Give every service a process of its own.")
    ] = False,
) -> None:
    """Start the whole system on this machine and keep it running until Ctrl-C."""
    from yaa import up as command  # noqa: PLC0415 -- keeps help quick

    raise typer.Exit(command.up(data_dir, port, processes=processes))


def demo(
    topic: Annotated[str, typer.Argument(help="What the video is to be about.")] = DEMO_TOPIC,
    *,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    port: Annotated[
        int | None, typer.Option(min=0, max=65_535, help="Of the gateway. Else 8400 or any free.")
    ] = None,
) -> None:
    """Start everything, make one video, stop everything."""
    from yaa import demo as command  # noqa: PLC0415 -- keeps help quick

    raise typer.Exit(command.demo(topic, data_dir, port, preferred_port=DEFAULT_PORT))


def provision(
    *,
    write_config: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Only write who may do what, for nats-server to include; makes missing keys.",
        ),
    ] = None,
) -> None:
    """Create what the broker at YAA_NATS_URL has to hold. Does nothing the second time.

    With YAA_DATABASE_URL the tables as well, with YAA_ADMIN_KEY a key that opens everything.
    """
    from yaa import provisioning  # noqa: PLC0415 -- keeps help quick

    if write_config is not None:
        provisioning.write_config(write_config)
    else:
        provisioning.provision()


def secrets(
    folder: Annotated[Path, typer.Argument(help="Where each is a file; what is there is kept.")],
    *,
    database: Annotated[
        str, typer.Option(metavar="HOST", help="Where the services find PostgreSQL.")
    ] = "postgres",
) -> None:
    """Make what a deployment keeps secret: keys of the broker, passwords, the admin's key."""
    from yaa import secrets as command  # noqa: PLC0415 -- keeps help quick

    command.make_secrets(folder, database)


def prune(
    *,
    older_than: Annotated[
        str, typer.Option(metavar="AGE", help="How long ago they ended at least, such as 90d.")
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say how many it would delete.")
    ] = False,
    sure: Annotated[bool, typer.Option("--yes", help="Do not ask whether you are sure.")] = False,
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Delete runs that ended long ago, with their files and all else but what is on the bill.

    A run stays as long as one that repeats it. YAA_RETENTION_DAYS does the same every hour.
    """
    from yaa import prune as command  # noqa: PLC0415 -- keeps help quick

    command.prune(data_dir, older_than, dry_run=dry_run, sure=sure)
