"""Everything about one run, to be read from top to bottom."""

from collections.abc import Iterator
from datetime import UTC, datetime

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from contracts.artifacts import Scene, Script, Seo
from yaa.board import Board, told
from yaa.figures import duration_of
from yaa.report import LABEL_CELLS, absolute, labelled, place_lines, show_errors
from yaa.screen import Picture
from yaa.views import Result, RunDetail, printable


def show_run(detail: RunDetail, url: str, console: Console) -> None:
    board = told(Board(detail.run_id), detail)
    console.print(Picture(board, datetime.now(UTC), live=False))
    if detail.errors:
        title = "errors" if detail.status == "failed" else "failed attempts"
        console.print(Text(f"\n{title}", style="bold cyan"))
        show_errors(detail.errors, console)
    if detail.waiting_for:
        console.print(Text("\nwaits", style="bold cyan"))
        for reason in detail.waiting_for:
            console.print(Text(f"  {reason.message}"), soft_wrap=True)
    for title, parts in _sections(detail, url):
        console.print()
        console.print(Text(title, style="bold cyan"))
        for part in parts:
            console.print(part, soft_wrap=isinstance(part, Text))


def _sections(detail: RunDetail, url: str) -> Iterator[tuple[str, list[RenderableType]]]:
    result = detail.result
    if result is not None and result.script is not None:
        yield "script", list(_script_parts(result.script))
    if result is not None and result.seo is not None:
        yield "seo", list(_seo_parts(result.seo))
    if result is not None and (files := list(_file_lines(result, url))):
        yield "files", files
    yield "run", list(_run_lines(detail))


def _script_parts(script: Script) -> Iterator[RenderableType]:
    yield Text(f"  {printable(script.title)}", style="bold")
    yield Padding(Text(printable(script.hook), style="italic"), (0, 0, 0, 2), expand=False)
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(justify="right", style="dim")
    table.add_column(justify="right", style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for number, scene in enumerate(script.scenes, 1):
        table.add_row(str(number), duration_of(scene.target_s), _scene(scene))
    yield Padding(table, (1, 0, 0, 2), expand=False)


def _scene(scene: Scene) -> Group:
    return Group(
        Text(printable(scene.narration)),
        Text(f"on screen: {printable(scene.on_screen_text)}", style="cyan"),
        Text(f"picture: {printable(scene.image_prompt)}", style="dim"),
    )


def _seo_parts(seo: Seo) -> Iterator[RenderableType]:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim", min_width=LABEL_CELLS - 2)
    table.add_column(overflow="fold")
    table.add_row("title", Text(printable(seo.title), style="bold"))
    table.add_row("thumbnail", Text(printable(seo.thumbnail_text)))
    table.add_row("tags", Text(printable(", ".join(seo.tags))))
    table.add_row("hashtags", Text(printable(" ".join(seo.hashtags))))
    for number, chapter in enumerate(seo.chapters):
        minutes, seconds = divmod(int(chapter.start_s), 60)
        line = Text(f"{minutes}:{seconds:02}  {printable(chapter.title)}")
        table.add_row("" if number else "chapters", line)
    table.add_row("text", Text(printable(seo.description), style="dim"))
    yield Padding(table, (0, 0, 0, 2), expand=False)


def _file_lines(result: Result, url: str) -> Iterator[RenderableType]:
    yield from place_lines(result, url)
    others = {"thumbnail": result.thumbnail_url, "subtitles": result.subtitles_url}
    pictures = {f"picture {number}": image for number, image in enumerate(result.images, 1)}
    for label, link in (others | pictures).items():
        if link:
            yield labelled(label, absolute(url, link))


def _run_lines(detail: RunDetail) -> Iterator[Text]:
    created = detail.created_at.astimezone()
    yield labelled("requested", f"{created:%Y-%m-%d %H:%M:%S}")
    if detail.completed_at is not None:
        yield labelled("ended", f"{detail.completed_at.astimezone():%Y-%m-%d %H:%M:%S}")
    if detail.status == "cancelled":
        yield labelled("cancelled", detail.cancel_reason or "no reason was given")
    form = (detail.language, detail.aspect, "dry run" if detail.dry_run else None)
    if known := [part for part in form if part]:
        yield labelled("form", " · ".join(known))
