"""The simulator inside another program's event loop."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn

from simulator.app import create_app
from simulator.settings import SimulatorSettings

_BACKLOG = 128
_GRACE_S = 2


class PortTakenError(RuntimeError):
    """The address cannot be listened on."""


class _Server(uvicorn.Server):
    """Leaves signals to the program it runs in, says when it has started, and idles quietly.

    uvicorn's own loop wakes up ten times a second, for a date header that is not sent here.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        self.should_exit = True
        self._stopping.set()

    async def main_loop(self) -> None:
        await self._stopping.wait()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


@asynccontextmanager
async def running(settings: SimulatorSettings) -> AsyncIterator[str]:
    """Run the simulator until the block is left; yields its address, without a slash at the end.

    Raises:
        PortTakenError: something else listens there already.
    """
    listening = _listening(settings.host, settings.port)
    server = _Server(_config(settings))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        await _started(server, serving)
        yield f"http://{settings.host}:{listening.getsockname()[1]}"
    finally:
        server.stop()
        await serving
        listening.close()


def _config(settings: SimulatorSettings) -> uvicorn.Config:
    return uvicorn.Config(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        date_header=False,
        lifespan="off",
        timeout_graceful_shutdown=_GRACE_S,
        timeout_keep_alive=30,
    )


async def _started(server: _Server, serving: asyncio.Task[None]) -> None:
    ready = asyncio.create_task(server.ready.wait())
    await asyncio.wait({ready, serving}, return_when=asyncio.FIRST_COMPLETED)
    if not ready.done():
        ready.cancel()
        await serving


def _listening(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), backlog=_BACKLOG)
    except OSError as error:
        raise PortTakenError(
            f"the simulator cannot listen on {host}:{port} ({error.strerror}): "
            "set YAA_SIMULATOR_PORT to a free port, or to 0 for any"
        ) from error
