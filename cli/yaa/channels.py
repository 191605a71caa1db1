"""What the commands about channels do and show."""

import asyncio
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from yaa.actions import out
from yaa.address import gateway_url
from yaa.client import Gateway
from yaa.errors import UsageError
from yaa.lists import table_of
from yaa.views import ChannelChange, ChannelDraft, ChannelView


def show_all(url: str | None) -> None:
    async def ask() -> None:
        async with Gateway(gateway_url(url)) as gateway:
            show_channels(await gateway.channels(), out())

    asyncio.run(ask())


def show(channel_id: str, url: str | None) -> None:
    async def ask() -> None:
        async with Gateway(gateway_url(url)) as gateway:
            show_channel(await gateway.channel(channel_id), out())

    asyncio.run(ask())


def add(channel_id: str, url: str | None, *, name: str, language: str, guide: Path | None) -> None:
    draft = ChannelDraft(
        channel_id=channel_id,
        name=name or channel_id,
        language=language,
        brand_guide=_text_of(guide) if guide else "",
    )

    async def ask() -> None:
        async with Gateway(gateway_url(url)) as gateway:
            made = await gateway.add_channel(draft)
            out().print(f"channel {made.channel_id} was made", soft_wrap=True)

    asyncio.run(ask())


def edit(
    channel_id: str,
    url: str | None,
    *,
    name: str | None,
    language: str | None,
    guide: Path | None,
) -> None:
    if name is None and language is None and guide is None:
        raise UsageError("say what to change, with --name, --language or --brand-guide")
    text = _text_of(guide) if guide else None
    change = ChannelChange(name=name, language=language, brand_guide=text)

    async def ask() -> None:
        async with Gateway(gateway_url(url)) as gateway:
            show_channel(await gateway.change_channel(channel_id, change), out())

    asyncio.run(ask())


def remove(channel_id: str, url: str | None) -> None:
    async def ask() -> None:
        async with Gateway(gateway_url(url)) as gateway:
            await gateway.remove_channel(channel_id)
            out().print(f"channel {channel_id} was removed; its runs stay", soft_wrap=True)

    asyncio.run(ask())


def show_channels(channels: Iterable[ChannelView], console: Console) -> None:
    table = table_of(("channel", "name", "language", "brand guide"))
    for channel in channels:
        guide = f"{len(channel.brand_guide):,} characters" if channel.brand_guide else "none"
        cells = (channel.channel_id, channel.name, channel.language, guide)
        table.add_row(*(Text(cell) for cell in cells))
    console.print(table)


def show_channel(channel: ChannelView, console: Console) -> None:
    table = Table.grid(padding=(0, 2))
    for name, value in (
        ("channel", channel.channel_id),
        ("name", channel.name),
        ("language", channel.language),
        ("brand guide", channel.brand_guide.rstrip() or "none"),
    ):
        table.add_row(Text(name, style="dim"), Text(value))
    console.print(table)


def _text_of(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"the brand guide {str(file)!r} cannot be read: {error}; give a text file in UTF-8"
        ) from error
