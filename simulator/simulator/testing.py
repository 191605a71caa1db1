"""A simulator for tests, as a pytest plugin; nothing heavy is imported until a test asks for it.

pytest loads it through the entry point of the package. That also settles which `simulator` is
meant before tests are collected: by path, this folder would pass for a namespace of that name.
"""

from collections.abc import AsyncIterator

import pytest


@pytest.fixture
async def simulator_url() -> AsyncIterator[str]:
    """Run a simulator without latency for one test, and give its address."""
    from simulator.server import running  # noqa: PLC0415, see above
    from simulator.settings import SimulatorSettings  # noqa: PLC0415, see above

    async with running(SimulatorSettings(port=0, latency_s=0)) as url:
        yield url
