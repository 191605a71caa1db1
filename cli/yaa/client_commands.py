"""The commands that talk to a running yaa, and the one that makes a new agent."""

from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Literal

import typer

from yaa.channel_commands import channels_app
from yaa.dead_commands import dead_app
from yaa.options import (
    AspectOption,
    ChannelOption,
    Deadline,
    DryRun,
    Follow,
    Language,
    PipelineOption,
    PriorityOption,
    Review,
    RunArgument,
    Topic,
    Url,
)
from yaa.schedule_commands import schedule_app

new_app = typer.Typer(help="Make the first version of something new.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.command("run")(run)
    app.command("watch")(watch)
    app.command("runs")(runs)
    app.command("show")(show)
    app.add_typer(channels_app, name="channels")
    app.add_typer(schedule_app, name="schedule")
    app.add_typer(dead_app, name="dead")
    app.add_typer(new_app, name="new")
    app.command("version")(say_version)


def run(  # noqa: PLR0913 -- one parameter for each option
    topic: Topic,
    *,
    channel: ChannelOption = "demo",
    pipeline: PipelineOption = "video",
    aspect: AspectOption = "9:16",
    language: Language = None,
    dry_run: DryRun = False,
    review: Review = False,
    priority: PriorityOption = "normal",
    deadline: Deadline = None,
    plan_only: Annotated[
        bool, typer.Option("--plan-only", help="Show steps, models and cost; start nothing.")
    ] = False,
    follow: Follow = False,
    idempotency_key: Annotated[
        str, typer.Option(help="The same key starts one run only, however often it is sent.")
    ] = "",
    url: Url = None,
) -> None:
    """Start a run about TOPIC."""
    from yaa import actions  # noqa: PLC0415 -- keeps help quick
    from yaa.figures import limit_of  # noqa: PLC0415 -- keeps help quick
    from yaa.person import me  # noqa: PLC0415 -- keeps help quick
    from yaa.views import RunOrder  # noqa: PLC0415 -- keeps help quick

    order = RunOrder(
        topic=topic,
        channel_id=channel,
        pipeline=pipeline,
        aspect=aspect,
        language=language,
        dry_run=dry_run,
        review=review,
        priority=priority,
        deadline_s=limit_of(deadline),
        requested_by=me(),
    )
    if plan_only:
        actions.plan(order, url)
    else:
        key = idempotency_key
        raise typer.Exit(actions.start(order, url, idempotency_key=key, watching=follow))


def watch(run_id: RunArgument, *, url: Url = None) -> None:
    """Watch a run to its end. Exit code 0: completed, 1: failed or cancelled."""
    from yaa import actions  # noqa: PLC0415 -- keeps help quick

    raise typer.Exit(actions.watch(run_id, url))


def runs(  # noqa: PLR0913 -- one parameter for each option
    *,
    status: Annotated[
        Literal["pending", "running", "completed", "failed", "cancelled"] | None,
        typer.Option(help="Only runs that stand so."),
    ] = None,
    channel: Annotated[str, typer.Option(help="Only runs of this channel.")] = "",
    pipeline: Annotated[str, typer.Option(help="Only runs of this pipeline.")] = "",
    parent: Annotated[str, typer.Option(help="Only runs that repeat this one.")] = "",
    text: Annotated[str, typer.Option(help="Only runs with these words in their topic.")] = "",
    since: Annotated[
        str, typer.Option("--from", help="Only runs since then, such as 2026-12-01, here.")
    ] = "",
    until: Annotated[
        str, typer.Option("--to", help="Only runs before then, such as 2026-12-01T18:00, here.")
    ] = "",
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at most.")] = 20,
    url: Url = None,
) -> None:
    """List runs, the newest first."""
    from yaa import actions  # noqa: PLC0415 -- keeps help quick
    from yaa.figures import moment_of  # noqa: PLC0415 -- keeps help quick

    wanted = {
        "status": status or "",
        "channel_id": channel,
        "pipeline": pipeline,
        "parent": parent,
        "text": text,
        "from": moment_of(since),
        "to": moment_of(until),
    }
    actions.runs(url, wanted, limit=limit)


def show(run_id: RunArgument, *, url: Url = None) -> None:
    """Show everything about a run: steps, errors, script, files, cost."""
    from yaa import actions  # noqa: PLC0415 -- keeps help quick

    actions.show(run_id, url)


@new_app.command("agent")
def new_agent(
    name: Annotated[str, typer.Argument(help="Its name: a-z, 0-9, - and _.")],
    *,
    folder: Annotated[Path, typer.Option("--dir", help="Where agents live.")] = Path("services"),
) -> None:
    """Make a folder with a handler and its test, which run at once."""
    from yaa.scaffold import make_agent, next_steps  # noqa: PLC0415 -- keeps help quick

    typer.echo(next_steps(make_agent(name, folder)))


def say_version() -> None:
    """Say the version."""
    typer.echo(f"yaa {version('yaa')}")
