"""`yaa secrets`: what a deployment has to keep secret, a file each, made once.

Each file is mounted into the container of who reads it, whatever user that is: the folder is what
keeps others on this machine out.
"""

import secrets
from collections.abc import Iterator
from pathlib import Path

import typer

from agentkit.accounts import config_of
from agentkit.migrate import packages
from agentkit.service import agent_names
from gateway.keys import PlainKey
from notifier.settings import NotifierSettings
from yaa.errors import YaaError
from yaa.stack.preflight import settings

ACCOUNTS = "nats-accounts.conf"
DATABASE_URL = "database_url"
OWNER = "yaa"
PASSWORD_BYTES = 24
PROVIDERS = ("anthropic_api_key", "openai_api_key")
PEOPLE = ("kakaowork_app_key", "slack_url", "smtp_url", "webhook_secret", "webhook_url")
"""What others gave to whoever deploys: empty until it is written there."""


def make_secrets(folder: Path, database: str) -> None:
    """Make what is missing in `folder`; what is there is kept.

    Raises:
        YaaError: the folder or a file in it cannot be written.
    """
    said = settings(NotifierSettings)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = [
            name for name, text in _wanted(folder, database, said) if _write(folder / name, text)
        ]
        (folder / ACCOUNTS).write_text(config_of(folder, agent_names()))
        for file in folder.iterdir():
            file.chmod(0o444 if file.name != ACCOUNTS else 0o644)
    except OSError as error:
        raise YaaError(
            f"{error.filename!r} cannot be written ({error.strerror}): choose another folder"
        ) from error
    typer.echo(f"made {', '.join(made)}" if made else "every secret is there", err=True)


def _wanted(folder: Path, database: str, said: NotifierSettings) -> Iterator[tuple[str, str]]:
    """Yield the name and what to write there, should it be missing."""
    yield "postgres_password", _password()
    password = (folder / "postgres_password").read_text().strip()
    yield f"yaa_{DATABASE_URL}", f"postgresql://{OWNER}:{password}@{database}/{OWNER}"
    for schema in packages():
        role = f"{OWNER}_{schema}:{_password()}"
        yield f"{schema}_{DATABASE_URL}", f"postgresql://{role}@{database}/{OWNER}"
    yield "yaa_admin_key", PlainKey.new().text
    for name in (*PROVIDERS, *PEOPLE):
        key = getattr(said, name)
        yield name, "" if key is None else key.get_secret_value()
    yield "grafana_password", _password()


def _write(file: Path, text: str) -> bool:
    if file.is_file() and (file.stat().st_size or not text):
        return False
    file.unlink(missing_ok=True)
    file.write_text(f"{text}\n" if text else "")
    return bool(text)


def _password() -> str:
    return secrets.token_hex(PASSWORD_BYTES)
