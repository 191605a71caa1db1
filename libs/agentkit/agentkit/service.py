"""What every service is: something that starts, says what it misses, and drains."""

import asyncio
import gc
import signal
import sys
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from agentkit import failpoints, logging, tracing
from agentkit.bounded import leave_if_abandoned
from agentkit.errors import SettingsError
from agentkit.http import Readiness, health_server
from agentkit.settings import Settings

if TYPE_CHECKING:
    from agentkit.agent import Agent

AGENTS_GROUP = "yaa.agents"
SERVICES_GROUP = "yaa.services"
USAGE_EXIT_CODE = 2
GARBAGE = 50_000
"""So many objects more than before are made until it is looked for those that refer to each other.
Python looks after 2,000, and a service that keeps thousands of runs looks through them in vain."""


@dataclass(frozen=True, slots=True)
class Service:
    """Entering `start` starts it and returns when it can work; leaving drains and stops it.

    `has_http` is set by a service that serves its own health and metrics.
    """

    name: str
    settings: type[Settings]
    start: Callable[[Any], AbstractAsyncContextManager[Readiness]]
    has_http: bool = False


def agents() -> "list[Agent]":
    """Return every installed agent; packages name theirs in the `yaa.agents` group."""
    return [point.load() for point in sorted(entry_points(group=AGENTS_GROUP), key=_name)]


def agent_names() -> list[str]:
    """Return the names of the installed agents without importing them."""
    return sorted(point.name for point in entry_points(group=AGENTS_GROUP))


def service_names() -> list[str]:
    """Return the names of all installed services, agents included, without importing them."""
    return [*sorted(point.name for point in entry_points(group=SERVICES_GROUP)), *agent_names()]


def load_service(name: str) -> Service:
    """Import and return one installed service.

    Raises:
        SettingsError: no installed package names it.
    """
    for point in entry_points(group=SERVICES_GROUP, name=name):
        service: Service = point.load()
        return service
    for point in entry_points(group=AGENTS_GROUP, name=name):
        agent: Agent = point.load()
        return agent.service
    raise SettingsError(
        f"no service {name!r} is installed: use one of {', '.join(service_names())}"
    )


def main(service: Service) -> None:
    """Run one service as a process until SIGTERM or SIGINT, then drain it."""
    try:
        settings = load_settings(service.settings)
        logging.configure(service.name, level=settings.log_level)
        logging.tell_crashes()
        failpoints.use(settings.failpoints)
        with tracing.exporting():
            run(_serve(service, settings))
    except SettingsError as error:
        sys.stderr.write(f"{service.name}: {error}\n")
        sys.exit(USAGE_EXIT_CODE)


def load_settings[S: Settings](kind: type[S]) -> S:
    """Read settings from the environment.

    Raises:
        SettingsError: a variable does not fit; names it, never its value if it is secret.
    """
    try:
        return kind()
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        variable = "YAA_" + "__".join(str(part) for part in first["loc"]).upper()
        why = first["msg"].removeprefix("Value error, ")
        raise SettingsError(f"{variable} cannot be used: {why}") from None


def run[T](job: Coroutine[None, None, T]) -> T:
    """Do a job on the fastest loop there is."""
    if sys.platform == "win32":
        return asyncio.run(job)
    import uvloop  # noqa: PLC0415 -- there is none for Windows

    return uvloop.run(job)


async def _serve(service: Service, settings: Settings) -> None:
    """Run the service until a signal comes; one that comes while it still starts ends it too."""
    stop, started = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with suppress(NotImplementedError):
            loop.add_signal_handler(number, stop.set)
    serving = asyncio.create_task(_until(stop, service, settings, started))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if stop.is_set() and not started.is_set():
        serving.cancel()
        await asyncio.wait({serving})
    else:
        await serving
    leave_if_abandoned()


async def _until(
    stop: asyncio.Event, service: Service, settings: Settings, started: asyncio.Event
) -> None:
    async with service.start(settings) as readiness:
        started.set()
        _collect_less_often()
        if service.has_http:
            await stop.wait()
            return
        async with health_server(readiness, settings.health_host, settings.health_port):
            await stop.wait()


def _collect_less_often() -> None:
    """Pass over what was made at the start, which lasts as long as the process."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE, *gc.get_threshold()[1:])


def _name(point: EntryPoint) -> str:
    return point.name
