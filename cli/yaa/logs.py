"""`yaa logs`: from which level on services log, while they run."""

import asyncio
import sys
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args

from nats.errors import Error as NatsError

from agentkit.errors import SettingsError
from agentkit.nats import connected
from agentkit.service import service_names
from agentkit.settings import Settings
from contracts import subjects
from contracts.live import LogLevel, SetLogLevel
from yaa.errors import UsageError, YaaError
from yaa.figures import seconds_of
from yaa.servers import server_settings

ALL, DEFAULT, EVER = "all", "default", "ever"
CONNECT_S = 10.0
LEVELS: tuple[LogLevel, ...] = get_args(LogLevel.__value__)


def set_level(data_dir: Path, service: str, to: str, lasts: str) -> None:
    names = _named(service)
    said = _said(to, _until(lasts))
    settings = server_settings(Settings, data_dir)
    try:
        asyncio.run(_tell(settings, names, said))
    except SettingsError as error:
        raise YaaError(str(error)) from error
    except (OSError, NatsError, TimeoutError) as error:
        raise YaaError(
            f"the broker at {settings.nats_url} does not answer: start it, "
            "or name another one with YAA_NATS_URL"
        ) from error
    sys.stdout.write(f"{', '.join(names)}: {_sentence(said)}\n")


def _named(service: str) -> list[str]:
    known = service_names()
    if service == ALL:
        return known
    if service not in known:
        raise UsageError(
            f"there is no service {service!r}: use one of {', '.join(known)}, or {ALL}"
        )
    return [service]


def _said(to: str, until: datetime | None) -> SetLogLevel:
    if to.lower() == DEFAULT:
        return SetLogLevel()
    for level in LEVELS:
        if to.upper() == level:
            return SetLogLevel(level=level, until=until)
    raise UsageError(f"there is no level {to!r}: use one of {', '.join(LEVELS)}, or {DEFAULT}")


def _until(lasts: str) -> datetime | None:
    return None if lasts == EVER else datetime.now(UTC) + timedelta(seconds=seconds_of(lasts))


async def _tell(settings: Settings, names: Iterable[str], said: SetLogLevel) -> None:
    async with (
        asyncio.timeout(CONNECT_S),  # nats-py itself would try for ever
        connected(settings, name=subjects.LOGS) as connection,
    ):
        for name in names:
            await connection.publish(subjects.log_level(name), said.model_dump_json().encode())
        await connection.flush()


def _sentence(said: SetLogLevel) -> str:
    if said.level is None:
        return "what their settings say is logged again"
    until = "they are started again" if said.until is None else f"{said.until:%H:%M:%S} UTC"
    return f"{said.level} and above is logged until {until}"
