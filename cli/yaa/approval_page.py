"""What a person is asked, on a page, and the queue of all questions."""

from collections.abc import Iterator
from datetime import UTC, datetime

from rich.console import Console
from rich.text import Text

from yaa.approval_views import ApprovalItem, ApprovalPage, ApprovalView
from yaa.figures import duration_of, money_of
from yaa.lists import fit, kind_of, table_of
from yaa.made import show_section, text_sections
from yaa.report import absolute, labelled
from yaa.screen import topic_line
from yaa.views import ApprovalSummary, Result

WAITING = "waiting"
DIGEST_CHARS = 12
WIDE_CELLS = 120
NARROW = ("run", "step", "topic", "expires")
WIDE = (*NARROW, "kind", "channel", "asked by", "cost", "digest")
_ANSWERS = {"waiting": "waits for a person", "revised": "sent back"}


def show_queue(page: ApprovalPage, console: Console, status: str = WAITING) -> None:
    if not page.items:
        told = "nothing waits for a person" if status == WAITING else f"no question is {status}"
        console.print(told)
        return
    names = WIDE if console.width >= WIDE_CELLS else NARROW
    rows = [_cells(item) for item in page.items]
    fit("topic", rows, names, console.width)
    table = table_of(names)
    for row in rows:
        table.add_row(*(row[name] for name in names))
    console.print(table)
    if page.next_cursor:
        console.print(Text("there are older ones: ask for more with --limit", style="dim"))
    if status == WAITING:
        console.print(Text("look and decide: yaa approve RUN, reject or revise", style="dim"))


def show_question(view: ApprovalView, url: str, console: Console) -> None:
    """Print all that a decision is bound to."""
    console.print(topic_line(view.topic, simulated=view.simulated))
    place = (f"channel {view.channel_id}", view.pipeline, f"run {view.run_id}")
    console.print(Text("     " + " · ".join(part for part in place if part), style="dim"))
    console.print()
    for line in _lines(view, url):
        console.print(line, soft_wrap=True)
    for section in text_sections(view.result):
        show_section(section, console)


def _cells(item: ApprovalItem) -> dict[str, Text]:
    return {
        "run": Text(item.run_id),
        "step": Text(item.step if item.round == 1 else f"{item.step} ({item.round})"),
        "topic": Text(item.topic.replace("\n", " ")),
        "expires": Text(_left(item.expires_at), style="dim"),
        "kind": Text(kind_of(item), style="yellow"),
        "channel": Text(item.channel_id),
        "asked by": Text(item.requested_by),
        "cost": Text(money_of(item.expected_cost_usd)),
        "digest": Text(item.digest[:DIGEST_CHARS], style="dim"),
    }


def _lines(view: ApprovalView, url: str) -> Iterator[Text]:
    work = view.step if view.task == view.step else f"{view.step} ({view.task})"
    runs = f"{work} by agent {view.agent}"
    dry = "  (dry run: nothing goes out)" if view.dry_run else ""
    yield labelled("asks to run", Text.assemble((runs, "bold"), (dry, "yellow")))
    yield from _files(view, url)
    spent = money_of(view.cost_usd) or "unknown"
    expected = money_of(view.expected_cost_usd) or "unknown"
    yield labelled("cost", f"{spent} so far, {expected} expected for this step")
    if view.requested_by:
        yield labelled("asked by", view.requested_by)
    if view.status == "waiting":
        fate = "approved" if view.on_expiry == "approve" else "rejected"
        yield labelled("expires", f"in {_left(view.expires_at)}, then it counts as {fate}")
    for answered in view.rounds:
        if answered.status != "waiting":
            yield labelled(f"round {answered.round}", answer_of(answered))
    yield labelled("digest", Text(view.digest[:DIGEST_CHARS], style="dim"))


def _files(view: ApprovalView, url: str) -> Iterator[Text]:
    """Return where all that is shown can be looked at: what is known by its use, then the rest."""
    known = view.result or Result()
    names = {
        "video": known.video_url,
        "thumbnail": known.thumbnail_url,
        "subtitles": known.subtitles_url,
    }
    for label, link in names.items():
        if link:
            length = duration_of(known.duration_s) if label == "video" else ""
            yield labelled(label, f"{absolute(url, link)}  {length}".rstrip())
    for name, shown in view.shown.items():
        links = [file.url for file in shown.files] or [shown.url or ""]
        for link in links:
            if link and link not in names.values():
                yield labelled(name, absolute(url, link))


def answer_of(summary: ApprovalSummary) -> str:
    """Return how a question was answered, by whom and with which words."""
    said = _ANSWERS.get(summary.status, summary.status)
    who = f" by {summary.decided_by}" if summary.decided_by else ""
    comment = f": {' '.join(summary.comment.split())}" if summary.comment else ""
    return f"{said}{who}{comment}"


def _left(expires_at: datetime) -> str:
    return duration_of((expires_at - datetime.now(UTC)).total_seconds())
