"""The commands about messages to people outside the dashboard."""

import typer

from yaa.options import Url

notices_app = typer.Typer(help="Messages to people: in a chat, by mail.", no_args_is_help=True)


@notices_app.command("test")
def try_all(*, url: Url = None) -> None:
    """Send a message to all who are to be told, and say who got it."""
    from yaa import notices  # noqa: PLC0415 -- keeps help quick

    raise typer.Exit(notices.try_all(url))
