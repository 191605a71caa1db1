"""The commands that change how a run goes on."""

from typing import Annotated

import typer

from yaa.options import Follow, RunArgument, Url

Fresh = Annotated[bool, typer.Option("--fresh", help="Make every paid call anew.")]
NewDeadline = Annotated[
    str | None,
    typer.Option("--deadline", help="It fails if it takes longer. Else it has as long as before."),
]
Reason = Annotated[str, typer.Option(help="Why; shown with the run.")]


def register(app: typer.Typer) -> None:
    app.command("cancel")(cancel)
    app.command("pause")(pause)
    app.command("resume")(resume)
    app.command("retry")(retry)
    app.command("rerun")(rerun)


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


def retry(
    run_id: RunArgument,
    *,
    fresh: Fresh = False,
    deadline: NewDeadline = None,
    follow: Follow = False,
    url: Url = None,
) -> None:
    """Start a failed or cancelled run again, as a new one, from where it got to."""
    from yaa import control  # noqa: PLC0415 -- keeps help quick
    from yaa.figures import limit_of  # noqa: PLC0415 -- keeps help quick
    from yaa.person import me  # noqa: PLC0415 -- keeps help quick
    from yaa.views import RetryOrder  # noqa: PLC0415 -- keeps help quick

    order = RetryOrder(fresh=fresh, deadline_s=limit_of(deadline), requested_by=me())
    raise typer.Exit(control.retry(run_id, order, url, watching=follow))


def rerun(  # noqa: PLR0913 -- one parameter for each option
    run_id: RunArgument,
    *,
    from_step: Annotated[str, typer.Option("--from", help="The first step that runs again.")],
    edit: Annotated[
        list[str] | None,
        typer.Option(help='What is to be different, such as script.title="A new title".'),
    ] = None,
    edit_file: Annotated[
        list[str] | None, typer.Option(help="The same from a JSON file, such as script=new.json.")
    ] = None,
    fresh: Fresh = False,
    deadline: NewDeadline = None,
    follow: Follow = False,
    url: Url = None,
) -> None:
    """Run a step of an ended run and all behind it again, as a new run."""
    from yaa import control  # noqa: PLC0415 -- keeps help quick
    from yaa.edits import edits_of  # noqa: PLC0415 -- keeps help quick
    from yaa.figures import limit_of  # noqa: PLC0415 -- keeps help quick
    from yaa.person import me  # noqa: PLC0415 -- keeps help quick
    from yaa.views import RerunOrder  # noqa: PLC0415 -- keeps help quick

    edits = edits_of(edit or (), edit_file or ())
    order = RerunOrder(
        from_step=from_step,
        edits=edits,
        fresh=fresh,
        deadline_s=limit_of(deadline),
        requested_by=me(),
    )
    raise typer.Exit(control.rerun(run_id, order, url, watching=follow))
