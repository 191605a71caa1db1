"""The commands that change how a run goes on."""

from typing import Annotated

import typer

from yaa.options import RunArgument, Url

Reason = Annotated[str, typer.Option(help="Why; shown with the run.")]


def register(app: typer.Typer) -> None:
    app.command("cancel")(cancel)
    app.command("pause")(pause)
    app.command("resume")(resume)


def cancel(run_id: RunArgument, *, reason: Reason = "", url: Url = None) -> None:
    """Stop a run that is under way. What was paid for stays on its bill."""
    from yaa import control  # noqa: PLC0415 -- keeps help quick

    control.cancel(run_id, url, reason=reason)


def pause(run_id: RunArgument, *, reason: Reason = "", url: Url = None) -> None:
    """Hold a run up: steps at work end, nothing new is begun."""
    from yaa import control  # noqa: PLC0415 -- keeps help quick

    control.pause(run_id, url, reason=reason)


def resume(run_id: RunArgument, *, url: Url = None) -> None:
    """Let a paused run go on where it was."""
    from yaa import control  # noqa: PLC0415 -- keeps help quick

    control.resume(run_id, url)
