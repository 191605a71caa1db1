"""Run the simulator as a process of its own: `python -m simulator`."""

import asyncio
import logging
import signal

from simulator import log
from simulator.server import PortTakenError, running
from simulator.settings import SimulatorSettings


async def main() -> None:
    log.configure()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with running(SimulatorSettings()) as url:
        logging.getLogger("simulator").info("listening on %s", url)
        await stop.wait()


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except PortTakenError as error:
        raise SystemExit(str(error)) from None
