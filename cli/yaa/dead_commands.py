"""The commands about dead letters: attempts that an agent never ended."""

from typing import Annotated

import typer

from yaa.options import Follow, Url

DeadId = Annotated[str, typer.Argument(metavar="N", help="Its number in yaa dead list.")]

dead_app = typer.Typer(
    help="Attempts that killed their agent again and again.", no_args_is_help=True
)


@dead_app.command("list")
def list_dead(
    *,
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many at most.")] = 20,
    url: Url = None,
) -> None:
    """List dead letters, the newest first."""
    from yaa import dead  # noqa: PLC0415 -- keeps help quick

    dead.show_all(url, limit=limit)


@dead_app.command("show")
def show(dead_id: DeadId, *, url: Url = None) -> None:
    """Show one dead letter with its reason."""
    from yaa import dead  # noqa: PLC0415 -- keeps help quick

    dead.show(dead_id, url)


@dead_app.command("redrive")
def redrive(
    dead_id: DeadId,
    *,
    follow: Follow = False,
    url: Url = None,
) -> None:
    """Retry its failed run, as yaa retry does."""
    from yaa import dead  # noqa: PLC0415 -- keeps help quick

    raise typer.Exit(dead.redrive(dead_id, url, watching=follow))
