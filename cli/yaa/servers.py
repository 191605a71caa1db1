"""Where the broker and the database are: as the environment says, else those of `yaa up`."""

import os
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr

from agentkit.errors import SettingsError
from agentkit.service import load_settings
from agentkit.settings import Settings
from yaa.embedded.postgres import Postgres
from yaa.embedded.records import Records
from yaa.errors import UsageError

_NAMED_BY = ("YAA_NATS_URL", "YAA_DATABASE_URL")


def server_settings[S: Settings](kind: type[S], data_dir: Path) -> S:
    """Return settings that name the servers to work with.

    Raises:
        UsageError: none are named and no yaa runs in `data_dir`, or a variable cannot be used.
    """
    try:
        settings = load_settings(kind)
    except SettingsError as error:
        raise UsageError(str(error)) from error
    return settings if are_named() else settings.model_copy(update=_running_in(data_dir))


def are_named() -> bool:
    """Whether the environment says which servers to work with."""
    return any(name in os.environ for name in _NAMED_BY)


def _running_in(data_dir: Path) -> dict[str, object]:
    running = records_of(data_dir)
    if not {"nats", "postgres"} <= running.keys():
        raise UsageError(
            f"no yaa runs in {data_dir}: start it with yaa up, choose its folder with --data-dir, "
            f"or name other servers with {' and '.join(_NAMED_BY)}"
        )
    port = urlsplit(running["postgres"]).port or 0
    postgres = Postgres(data_dir.resolve() / "postgres", port)
    return {
        "nats_url": running["nats"],
        "nats_keys_dir": data_dir.resolve() / "keys",
        "database_url": SecretStr(postgres.url),
    }


def records_of(data_dir: Path) -> dict[str, str]:
    """Return where that is which runs in a folder, by name."""
    if not (data_dir / "run").is_dir():
        return {}
    return {record.name: record.url for record in Records(data_dir.resolve()).all()}
