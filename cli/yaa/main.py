"""The command `yaa`. Command modules import what is heavy when they run, so that help is quick."""

import sys

import typer

from yaa import approval_commands, client_commands, control_commands, stack_commands
from yaa.backup_commands import backup_app
from yaa.errors import YaaError
from yaa.key_commands import keys_app
from yaa.log_commands import logs_app
from yaa.notice_commands import notices_app
from yaa.projection_commands import projections_app

app = typer.Typer(
    name="yaa",
    help="Run pipelines of AI agents as durable, observable, billable runs.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

stack_commands.register(app)
client_commands.register(app)
control_commands.register(app)
approval_commands.register(app)
app.add_typer(backup_app, name="backup")
app.add_typer(keys_app, name="keys")
app.add_typer(logs_app, name="logs")
app.add_typer(notices_app, name="notices")
app.add_typer(projections_app, name="projections")


def main() -> None:
    """Run `yaa`. Exit codes: 0 done, 1 failed, 2 asked for what cannot be."""
    try:
        app()
    except YaaError as error:
        print(f"yaa: {error}", file=sys.stderr)  # noqa: T201 -- the one place that reports to a person
        sys.exit(error.exit_code)
