"""The commands about channels: whose brand a video carries."""

from pathlib import Path
from typing import Annotated

import typer

from yaa.options import Url

ChannelId = Annotated[str, typer.Argument(metavar="ID", help="Its id in yaa channels list.")]
BrandGuide = Annotated[Path | None, typer.Option(help="A YAML file with its style.")]

channels_app = typer.Typer(help="Channels and their brand guides.", no_args_is_help=True)


@channels_app.command("list")
def list_channels(*, url: Url = None) -> None:
    """List the channels."""
    from yaa import channels  # noqa: PLC0415 -- keeps help quick

    channels.show_all(url)


@channels_app.command("show")
def show(channel_id: ChannelId, *, url: Url = None) -> None:
    """Show one channel with its brand guide."""
    from yaa import channels  # noqa: PLC0415 -- keeps help quick

    channels.show(channel_id, url)


@channels_app.command("add")
def add(
    channel_id: Annotated[str, typer.Argument(metavar="ID", help="Its id: a-z, 0-9, - and _.")],
    *,
    name: Annotated[str, typer.Option(help="Its name. Else its id.")] = "",
    language: Annotated[str, typer.Option(help="Two letters.")] = "ko",
    brand_guide: BrandGuide = None,
    url: Url = None,
) -> None:
    """Add a channel."""
    from yaa import channels  # noqa: PLC0415 -- keeps help quick

    channels.add(channel_id, url, name=name, language=language, guide=brand_guide)


@channels_app.command("edit")
def edit(
    channel_id: ChannelId,
    *,
    name: Annotated[str | None, typer.Option(help="Its new name.")] = None,
    language: Annotated[str | None, typer.Option(help="Two letters.")] = None,
    brand_guide: BrandGuide = None,
    url: Url = None,
) -> None:
    """Change what is given of a channel. Runs that were asked for before keep it as it was."""
    from yaa import channels  # noqa: PLC0415 -- keeps help quick

    channels.edit(channel_id, url, name=name, language=language, guide=brand_guide)


@channels_app.command("remove")
def remove(channel_id: ChannelId, *, url: Url = None) -> None:
    """Forget a channel that no run under way and no schedule needs. Its ended runs stay."""
    from yaa import channels  # noqa: PLC0415 -- keeps help quick

    channels.remove(channel_id, url)
