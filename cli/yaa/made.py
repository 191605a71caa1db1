"""What a run has made, for a person to read: its script, its texts, where its files lie."""

from collections.abc import Iterator

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from contracts.artifacts import Scene, Script, Seo
from yaa.figures import duration_of
from yaa.report import LABEL_CELLS, absolute, labelled, place_lines
from yaa.views import Result, printable

type Section = tuple[str, list[RenderableType]]


def text_sections(result: Result | None) -> Iterator[Section]:
    """Return what was written, each with its title."""
    if result is not None and result.script is not None:
        yield "script", list(script_parts(result.script))
    if result is not None and result.seo is not None:
        yield "seo", list(seo_parts(result.seo))


def script_parts(script: Script) -> Iterator[RenderableType]:
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


def seo_parts(seo: Seo) -> Iterator[RenderableType]:
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


def file_lines(result: Result, url: str) -> Iterator[RenderableType]:
    yield from place_lines(result, url)
    others = {"thumbnail": result.thumbnail_url, "subtitles": result.subtitles_url}
    pictures = {f"picture {number}": image for number, image in enumerate(result.images, 1)}
    for label, link in (others | pictures).items():
        if link:
            yield labelled(label, absolute(url, link))


def show_section(section: Section, console: Console) -> None:
    title, parts = section
    console.print()
    console.print(Text(title, style="bold cyan"))
    for part in parts:
        console.print(part, soft_wrap=isinstance(part, Text))
