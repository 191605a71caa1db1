"""`yaa provision`: keys, streams, consumers and buckets on a broker that somebody else runs."""

import asyncio
import sys
from pathlib import Path

from loguru import logger
from nats.errors import Error as NatsError
from nats.js.errors import Error as JetStreamError

from agentkit.accounts import config_of
from agentkit.errors import SettingsError
from agentkit.nats import connected
from agentkit.provision import provision as provision_broker
from agentkit.service import agent_names
from agentkit.settings import Settings
from contracts import subjects
from yaa.errors import UsageError, YaaError
from yaa.stack.preflight import settings

TIMEOUT_S = 15.0


def provision() -> None:
    said = settings()
    agents = agent_names()
    logger.disable("agentkit")  # a person wants one sentence
    try:
        asyncio.run(_provision(said, agents))
    except SettingsError as error:
        raise YaaError(str(error)) from error
    except (OSError, NatsError, JetStreamError) as error:
        why = str(error) or f"no answer in {TIMEOUT_S:.0f} s"
        raise YaaError(
            f"the broker at {said.nats_url} cannot be provisioned ({why}): "
            "start it with JetStream, or name another one with YAA_NATS_URL and its keys with "
            "YAA_NATS_KEYS_DIR"
        ) from error
    finally:
        logger.enable("agentkit")
    sys.stdout.write(f"{said.nats_url} is provisioned for {', '.join(agents)}\n")


def write_config(file: Path) -> None:
    """Write who may do what on the broker; whoever has no key yet is given one.

    Raises:
        UsageError: nobody said where keys are kept.
        YaaError: a key or the file cannot be written.
    """
    keys_dir, agents = settings().nats_keys_dir, agent_names()
    if keys_dir is None:
        raise UsageError(
            "nothing says where the keys are: name their folder with YAA_NATS_KEYS_DIR"
        )
    try:
        file.write_text(config_of(keys_dir, agents))
    except OSError as error:
        raise YaaError(
            f"{error.filename!r} cannot be written ({error.strerror}): choose another place"
        ) from error
    sys.stdout.write(
        f"{file} says what {', '.join(agents)} and the services may do, their keys are in "
        f"{keys_dir}: include the file in the configuration of nats-server, let it reload, then "
        "yaa provision\n"
    )


async def _provision(said: Settings, agents: list[str]) -> None:
    async with asyncio.timeout(TIMEOUT_S), connected(said, name=subjects.PROVISION) as connection:
        await provision_broker(connection, agents, replicas=said.nats_replicas)
