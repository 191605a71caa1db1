"""The commands of a person who is asked."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from yaa.options import RunArgument, Url

if TYPE_CHECKING:
    from yaa.approval_views import Decision

Standing = Literal["waiting", "decided", "approved", "rejected", "revised", "expired", "cancelled"]
Step = Annotated[
    str | None, typer.Option("--step", help="Which step, when the run asks for several.")
]
Sure = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask again.")]


def register(app: typer.Typer) -> None:
    app.command("approvals")(list_approvals)
    app.command("approve")(approve)
    app.command("reject")(reject)
    app.command("revise")(revise)


def list_approvals(
    *,
    status: Annotated[
        Standing,
        typer.Option(help="Those that wait, were decided in any way, or in one."),
    ] = "waiting",
    channel: Annotated[str, typer.Option(help="Only runs of this channel.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many at most.")] = 20,
    url: Url = None,
) -> None:
    """List what waits for a person."""
    from yaa import approvals  # noqa: PLC0415 -- keeps help quick

    approvals.show_all(url, status=status, channel=channel, limit=limit)


def approve(
    run_id: RunArgument,
    *,
    step: Step = None,
    comment: Annotated[str, typer.Option(help="Kept with the decision.")] = "",
    sure: Sure = False,
    url: Url = None,
) -> None:
    """Show what a run asks for, and let it go on."""
    _decide(run_id, "approve", comment, url, step=step, sure=sure)


def reject(
    run_id: RunArgument,
    *,
    comment: Annotated[str, typer.Option(help="Why; shown with the run.")] = "",
    step: Step = None,
    sure: Sure = False,
    url: Url = None,
) -> None:
    """Show what a run asks for, and let it fail."""
    _decide(run_id, "reject", comment, url, step=step, sure=sure)


def revise(
    run_id: RunArgument,
    *,
    comment: Annotated[str, typer.Option(help="What is to be different.")],
    step: Step = None,
    sure: Sure = False,
    url: Url = None,
) -> None:
    """Show what a run asks for, and send it back with a comment."""
    _decide(run_id, "revise", comment, url, step=step, sure=sure)


def _decide(  # noqa: PLR0913 -- what the three commands have in common
    run_id: str,
    decision: "Decision",
    comment: str,
    url: str | None,
    *,
    step: str | None,
    sure: bool,
) -> None:
    from yaa import approvals  # noqa: PLC0415 -- keeps help quick

    approvals.decide(run_id, approvals.Answer(decision, comment, sure), url, step=step)
