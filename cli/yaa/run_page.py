"""Everything about one run, to be read from top to bottom."""

from collections.abc import Iterator
from datetime import UTC, datetime

from rich.console import Console
from rich.text import Text

from yaa.approval_page import answer_of
from yaa.board import Board, told
from yaa.made import Section, file_lines, show_section, text_sections
from yaa.report import labelled, show_errors
from yaa.screen import Picture
from yaa.views import RunDetail


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
    for section in _sections(detail, url):
        show_section(section, console)


def _sections(detail: RunDetail, url: str) -> Iterator[Section]:
    yield from text_sections(detail.result)
    if detail.result is not None and (files := list(file_lines(detail.result, url))):
        yield "files", files
    yield "run", list(_run_lines(detail))


def _run_lines(detail: RunDetail) -> Iterator[Text]:
    created = detail.created_at.astimezone()
    yield labelled("requested", f"{created:%Y-%m-%d %H:%M:%S}")
    if detail.completed_at is not None:
        yield labelled("ended", f"{detail.completed_at.astimezone():%Y-%m-%d %H:%M:%S}")
    if detail.status == "cancelled":
        yield labelled("cancelled", detail.cancel_reason or "no reason was given")
    yield from _asked_lines(detail)
    yield from _family_lines(detail)
    form = (detail.language, detail.aspect, "dry run" if detail.dry_run else None)
    if known := [part for part in form if part]:
        yield labelled("form", " · ".join(known))
    if detail.trace_id:
        yield labelled("trace", detail.trace_id)


def _asked_lines(detail: RunDetail) -> Iterator[Text]:
    if detail.requested_by:
        yield labelled("asked by", detail.requested_by)
    if detail.priority != "normal":
        yield labelled("priority", detail.priority)
    if detail.deadline_at is not None:
        yield labelled("deadline", f"{detail.deadline_at.astimezone():%Y-%m-%d %H:%M:%S}")
    for approval in detail.approvals:
        yield labelled("approval", f"{approval.step}: {answer_of(approval)}")


def _family_lines(detail: RunDetail) -> Iterator[Text]:
    if (parent := detail.parent) is not None:
        yield labelled("repeats", f"{parent.run_id} from {parent.from_step} ({parent.kind})")
    for child in detail.children:
        label = "retried as" if child.kind == "retry" else "rerun as"
        yield labelled(label, f"{child.run_id} from {child.from_step}: {child.status}")
