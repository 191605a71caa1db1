"""What every service can be told from outside. Built in `__main__`, passed on, never at import."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, BeforeValidator, Field, SecretStr
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
)

from agentkit.errors import SettingsError
from contracts.live import LogLevel
from contracts.notices import TARGETS, Target

SECRETS_VARIABLE = "YAA_SECRETS_DIR"


class Named(NamedTuple):
    """A model, and the provider that has it."""

    provider: str
    model: str

    def __str__(self) -> str:
        return f"{self.provider}:{self.model}"


class ModelSettings(BaseModel):
    """Which models do what, as `provider:model`. Empty uses fall back to `text`.

    After a comma stands the model that is asked when the one before does not answer; the first
    is the one that plans and quotes are about.
    """

    text: str = "anthropic:claude-sonnet-5-5"
    research: str = ""
    script: str = ""
    seo: str = ""
    search: str = ""
    image: str = "openai:gpt-image-2.5-flare"
    speech: str = "openai:gpt-4o-mini-tts"
    embedding: str = "openai:text-embedding-3-small"

    def of(self, use: str) -> Named:
        """Return the model for `use`, such as `script` or `image`.

        Raises:
            ValueError: the setting is not of the form `provider:model`.
        """
        return self.all_of(use)[0]

    def all_of(self, use: str) -> tuple[Named, ...]:
        """Return the models for `use` in the order in which they are asked.

        Raises:
            ValueError: the setting is not of the form `provider:model`.
        """
        value: str = getattr(self, use, "") or self.text
        named = [_named(part.strip(), value, use) for part in value.split(",")]
        # not every company whose models write can search
        inherits_one = use == "search" and not self.search
        return tuple(named[:1] if inherits_one else dict.fromkeys(named))

    def variable(self, use: str) -> str:
        """Return the name of the setting that decides the model for `use`."""
        return f"YAA_MODELS__{(use if getattr(self, use, '') else 'text').upper()}"


def _named(text: str, value: str, use: str) -> Named:
    provider, _, model = text.partition(":")
    if not provider or not model:
        raise ValueError(
            f"the model for {use!r} is {value!r}: write it as provider:model, "
            "for example anthropic:claude-sonnet-5-5, and more of them with commas between"
        )
    return Named(provider, model)


class CallBudget(BaseModel):
    """How long a paid call is tried before the step fails and the orchestrator takes over."""

    attempts: int = Field(4, ge=1, le=20)
    total_s: float = Field(300, gt=0)
    answer_s: float = Field(120, gt=0)
    """The longest silence of a provider within one try."""
    backoff_s: float = Field(1, ge=0)
    """The wait before the second try; it doubles, with jitter."""


class CircuitSettings(BaseModel):
    """When a process leaves a provider alone that fails over and over."""

    failures: int = Field(5, ge=1, le=1000)
    """How many tries in a row fail before."""
    open_s: float = Field(30, gt=0, le=3600)
    """How long it is left alone; then one call tries."""


def _upper(text: object) -> object:
    return text.upper() if isinstance(text, str) else text


class Settings(BaseSettings):
    """Read from `YAA_...` variables; nested ones with two underscores (`YAA_MODELS__SCRIPT`).

    What is in no variable may be in a file of its name in the folder `YAA_SECRETS_DIR`: an
    orchestrator of containers puts secrets there.
    """

    model_config = SettingsConfigDict(
        env_prefix="YAA_", env_nested_delimiter="__", extra="ignore", populate_by_name=True
    )

    nats_url: str = "nats://127.0.0.1:4222"
    """The broker; of a cluster several nodes, with commas between them."""
    nats_keys_dir: Path | None = None
    """Where the key of each service is, as `<service>.nk`; without one the broker asks for none."""
    nats_replicas: int = Field(1, ge=1, le=5)
    """How many nodes of a NATS cluster keep a copy of each stream and bucket."""
    nats_group_commit: bool = False
    """Append at once what is decided or done at the same time. For a broker that has each message
    on its disk before it says so (`sync_interval: always`): it is several times as fast there, and
    no faster elsewhere."""
    database_url: SecretStr = SecretStr("postgresql://postgres@127.0.0.1:5432/postgres")
    data_dir: Path = Path(".yaa")
    pipelines_dir: Path = Path("pipelines")

    llm: Literal["auto", "anthropic", "simulator"] = "auto"
    """`auto` uses the real providers when both keys are set and the simulator otherwise."""
    simulator_url: str = "http://127.0.0.1:8430"
    anthropic_api_key: SecretStr | None = Field(None, validation_alias="ANTHROPIC_API_KEY")
    openai_api_key: SecretStr | None = Field(None, validation_alias="OPENAI_API_KEY")
    models: ModelSettings = ModelSettings()
    calls: CallBudget = CallBudget()
    circuit: CircuitSettings = CircuitSettings()

    log_level: Annotated[LogLevel, BeforeValidator(_upper)] = "INFO"
    """From which level on is logged; `yaa logs level` sets another one while it runs."""
    health_host: str = "127.0.0.1"
    health_port: int = 0
    """Port of `/health/*` and `/metrics` of a service that has no HTTP of its own; 0 is any."""
    workers: int = Field(2, ge=1, le=500)
    """How many steps an agent process works on at once."""
    failpoints: Path | None = None
    """For crash tests only: where they arm the places at which a process is to wait."""
    drain_timeout_s: float = Field(15.0, ge=0, le=600)
    """How long a service that is told to stop may finish what it works on."""

    @property
    def nats_servers(self) -> list[str]:
        return [url.strip() for url in self.nats_url.split(",")]

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 -- there is no such file
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 -- knows no variable
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        files = SecretsSettingsSource(settings_cls, secrets_dir())
        return init_settings, env_settings, files


def names_of(known: Sequence[str]) -> BeforeValidator:
    """Take names that are `known` with commas between them, each once."""

    def parse(said: object) -> object:
        if not isinstance(said, str):
            return said
        names = dict.fromkeys(filter(None, (name.strip().lower() for name in said.split(","))))
        if unknown := [name for name in names if name not in known]:
            raise ValueError(f"{unknown[0]!r} is none of {', '.join(known)}")
        return tuple(names)

    return BeforeValidator(parse)


class NotifySettings(Settings):
    """What the notifier and whoever provisions for it are told."""

    notify: Annotated[tuple[Target, ...], NoDecode, names_of(TARGETS)] = ()
    """Where people are told what happens to runs: names with commas between them."""


def secrets_dir() -> Path | None:
    """Return where secrets lie, as files named like variables.

    Raises:
        SettingsError: the folder is not there.
    """
    if not (said := os.environ.get(SECRETS_VARIABLE)):
        return None
    if not Path(said).is_dir():
        raise SettingsError(
            f"{SECRETS_VARIABLE} is {said!r}, which is no folder: name the one that the secrets "
            "are in, or unset it"
        )
    return Path(said)
