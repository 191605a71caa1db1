"""`yaa provision`: what the broker and the database hold, where somebody else runs them."""

import asyncio
import sys
from pathlib import Path

import asyncpg
import psycopg
from loguru import logger
from nats.errors import Error as NatsError
from nats.js.errors import Error as JetStreamError
from pydantic import SecretStr

from agentkit.accounts import config_of
from agentkit.errors import SettingsError
from agentkit.grants import grant
from agentkit.migrate import migrate, packages
from agentkit.nats import connected
from agentkit.provision import provision as provision_broker
from agentkit.service import agent_names, load_settings
from agentkit.settings import NotifySettings, secrets_dir
from contracts import subjects
from gateway import database, key_store
from gateway.keys import ALL_SCOPES, KeyExistsError, PlainKey
from yaa.errors import UsageError, YaaError
from yaa.secrets import DATABASE_URL

TIMEOUT_S = 15.0
ADMIN = "admin"


class ProvisionSettings(NotifySettings):
    admin_key: SecretStr | None = None
    """A key of the API that is to open everything."""


def provision() -> None:
    """Provision the broker, and the database if one is named.

    Raises:
        UsageError: a setting cannot be used.
        YaaError: the broker or the database does not do as it is asked.
    """
    said = _settings()
    logger.disable("agentkit")  # a person wants one sentence
    try:
        if "database_url" in said.model_fields_set:
            _provision_database(said)
        _provision_broker(said)
    except SettingsError as error:
        raise YaaError(str(error)) from error
    finally:
        logger.enable("agentkit")


def write_config(file: Path) -> None:
    """Write who may do what on the broker; whoever has no key yet is given one.

    Raises:
        UsageError: nobody said where keys are kept.
        YaaError: a key or the file cannot be written.
    """
    keys_dir, agents = _settings().nats_keys_dir, agent_names()
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


def _settings() -> ProvisionSettings:
    try:
        return load_settings(ProvisionSettings)
    except SettingsError as error:
        raise UsageError(str(error)) from error


def _provision_broker(said: NotifySettings) -> None:
    agents = agent_names()
    try:
        asyncio.run(_on_broker(said, agents))
    except (OSError, NatsError, JetStreamError) as error:
        why = str(error) or f"no answer in {TIMEOUT_S:.0f} s"
        raise YaaError(
            f"the broker at {said.nats_url} cannot be provisioned ({why}): "
            "start it with JetStream, or name another one with YAA_NATS_URL and its keys with "
            "YAA_NATS_KEYS_DIR"
        ) from error
    sys.stdout.write(f"{said.nats_url} is provisioned for {', '.join(agents)}\n")


async def _on_broker(said: NotifySettings, agents: list[str]) -> None:
    async with asyncio.timeout(TIMEOUT_S), connected(said, name=subjects.PROVISION) as connection:
        await provision_broker(connection, agents, replicas=said.nats_replicas, notify=said.notify)


def _provision_database(said: ProvisionSettings) -> None:
    url, schemas = said.database_url.get_secret_value(), packages()
    try:
        for schema in schemas:
            migrate(url, schema)
        grant(url, _roles(schemas))
        asyncio.run(_keep_admin_key(said))
    except (psycopg.Error, asyncpg.PostgresError, OSError) as error:
        why = str(error).strip() or type(error).__name__
        raise YaaError(
            f"the database cannot be provisioned ({why}): start it, or name another one with "
            "YAA_DATABASE_URL"
        ) from error
    sys.stdout.write(f"the database has the tables of {', '.join(schemas)}\n")


def _roles(schemas: list[str]) -> dict[str, str]:
    """Return the address that each service has of its own; none where all use one."""
    folder = secrets_dir()
    files = {} if folder is None else {each: folder / f"{each}_{DATABASE_URL}" for each in schemas}
    return {schema: file.read_text().strip() for schema, file in files.items() if file.is_file()}


async def _keep_admin_key(said: ProvisionSettings) -> None:
    """See that the key is known; one that was deactivated stays so."""
    text = "" if said.admin_key is None else said.admin_key.get_secret_value().strip()
    if not text:
        return
    if (plain := PlainKey.parse(text)) is None:
        raise SettingsError("YAA_ADMIN_KEY is no key of the API: make one with yaa secrets FOLDER")
    async with database.open_pool(said, size=1) as pool:
        try:
            await key_store.add_key(
                pool, plain, name=ADMIN, scopes=[ALL_SCOPES], created_by=ADMIN, expires_at=None
            )
        except KeyExistsError:
            logger.info("the key of the admin is known")
