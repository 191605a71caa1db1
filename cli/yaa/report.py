"""How a run ended, in words: what came out of it, or what went wrong."""

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from yaa.views import ErrorView, Result, RunDetail, printable

LABEL_CELLS = 12


def tell(detail: RunDetail, url: str, console: Console) -> None:
    """Print the end of a run."""
    console.print()
    if detail.status == "failed":
        show_errors(_decisive(detail), console)
        console.print()
    for line in _lines(detail, url):
        console.print(line, soft_wrap=True)


def show_errors(errors: tuple[ErrorView, ...], console: Console) -> None:
    """Print each error once, wrapped between words where a person reads it."""
    for line in _error_lines(errors):
        if console.is_terminal:
            console.print(Padding(line, (0, 2), expand=False))
        else:
            console.print(Text("  ").append_text(line), soft_wrap=True)


def labelled(label: str, value: str | Text) -> Text:
    return Text.assemble("  ", (f"{label:<{LABEL_CELLS}}", "dim"), value)


def absolute(url: str, link: str) -> str:
    return f"{url.rstrip('/')}{link}" if link.startswith("/") else link


def place_lines(result: Result, url: str) -> Iterator[Text]:
    """Return where the video lies: in the library of the publisher and at the gateway."""
    publication = result.publication
    if publication is not None and not publication.dry_run:
        yield labelled("video", Text(printable(publication.video_path), style="bold"))
    if result.video_url:
        yield labelled("play", absolute(url, result.video_url))
    if publication is not None and publication.dry_run:
        yield labelled("dry run", printable(publication.note or publication.destination))


def _error_lines(errors: tuple[ErrorView, ...]) -> Iterator[Text]:
    alike = dict[tuple[str, ...], list[ErrorView]]()
    for error in sorted(errors, key=lambda error: (error.step, error.attempt)):
        alike.setdefault(_identity(error), []).append(error)
    for same in alike.values():
        first, tries = same[0], _tries([error.attempt for error in same])
        who = Text.assemble((first.step, "bold red"), f" ({first.agent}{tries}): ")
        yield who.append(first.message)


def _tries(attempts: Sequence[int]) -> str:
    first, last = attempts[0], attempts[-1]
    if not last:
        return ""
    if first == last:
        return f", attempt {last}"
    if len(attempts) == last - first + 1:
        return f", attempts {first} to {last}"
    return f", attempts {', '.join(map(str, attempts))}"


def _identity(error: ErrorView) -> tuple[str, str, str, str]:
    return (error.step, error.agent, error.error, error.message)


def _lines(detail: RunDetail, url: str) -> Iterator[Text]:
    if not detail.has_ended:
        yield Text(f"  its figures are late; read them with: yaa show {detail.run_id}", "yellow")
        return
    if detail.status == "completed" and detail.result is not None:
        yield from _outcome(detail.result, url)
    if detail.status == "cancelled":
        yield labelled("cancelled", detail.cancel_reason or "no reason was given")
    if detail.status != "completed":
        yield labelled("go on", f"yaa retry {detail.run_id}")
    yield labelled("more", f"yaa show {detail.run_id}")


def _decisive(detail: RunDetail) -> tuple[ErrorView, ...]:
    """Leave out the errors of steps that succeeded in a later attempt."""
    failed = {step.step for step in detail.steps if step.status == "failed"}
    return tuple(error for error in detail.errors if error.step in failed) or detail.errors


def _outcome(result: Result, url: str) -> Iterator[Text]:
    title = result.seo.title if result.seo else result.script.title if result.script else ""
    if title:
        yield Text.assemble("  ", (printable(title), "bold"))
        yield Text()
    yield from place_lines(result, url)
