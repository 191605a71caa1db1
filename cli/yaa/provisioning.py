"""`yaa provision`: streams, consumers and buckets on a broker that somebody else runs."""

import asyncio
import sys

from loguru import logger
from nats.errors import Error as NatsError
from nats.js.errors import Error as JetStreamError

from agentkit.nats import connected
from agentkit.provision import provision as provision_broker
from agentkit.service import agent_names
from agentkit.settings import Settings
from yaa.errors import YaaError
from yaa.stack.preflight import settings

TIMEOUT_S = 15.0


def provision() -> None:
    said = settings()
    agents = agent_names()
    logger.disable("agentkit")  # a person wants one sentence
    try:
        asyncio.run(_provision(said, agents))
    except (OSError, NatsError, JetStreamError) as error:
        why = str(error) or f"no answer in {TIMEOUT_S:.0f} s"
        raise YaaError(
            f"the broker at {said.nats_url} cannot be provisioned ({why}): "
            "start it with JetStream, or name another one with YAA_NATS_URL"
        ) from error
    finally:
        logger.enable("agentkit")
    sys.stdout.write(f"{said.nats_url} is provisioned for {', '.join(agents)}\n")


async def _provision(said: Settings, agents: list[str]) -> None:
    async with asyncio.timeout(TIMEOUT_S), connected(said, name="provision") as connection:
        await provision_broker(connection, agents, replicas=said.nats_replicas)
