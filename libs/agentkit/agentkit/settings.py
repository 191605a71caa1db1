"""What every service can be told from outside. Built in `__main__`, passed on, never at import."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class ModelSettings(BaseModel):
    """Which model does what, as `provider:model`. Empty uses fall back to `text`."""

    text: str = "anthropic:claude-sonnet-5-5"
    research: str = ""
    script: str = ""
    seo: str = ""
    search: str = ""
    image: str = "openai:gpt-image-2.5-flare"
    speech: str = "openai:gpt-4o-mini-tts"
    embedding: str = "openai:text-embedding-3-small"

    def of(self, use: str) -> tuple[str, str]:
        """Return provider and model for `use`, such as `script` or `image`.

        Raises:
            ValueError: the setting is not of the form `provider:model`.
        """
        named = getattr(self, use, "") or self.text
        provider, _, model = named.partition(":")
        if not provider or not model:
            raise ValueError(
                f"the model for {use!r} is {named!r}: write it as provider:model, "
                "for example anthropic:claude-sonnet-5-5"
            )
        return provider, model

    def variable(self, use: str) -> str:
        """Return the name of the setting that decides the model for `use`."""
        return f"YAA_MODELS__{(use if getattr(self, use, '') else 'text').upper()}"


class CallBudget(BaseModel):
    """How long a paid call is tried before the step fails and the orchestrator takes over."""

    attempts: int = Field(4, ge=1, le=20)
    total_s: float = Field(300, gt=0)
    answer_s: float = Field(120, gt=0)
    """The longest silence of a provider within one try."""
    backoff_s: float = Field(1, ge=0)
    """The wait before the second try; it doubles, with jitter."""


class Settings(BaseSettings):
    """Read from `YAA_...` variables; nested ones with two underscores (`YAA_MODELS__SCRIPT`)."""

    model_config = SettingsConfigDict(
        env_prefix="YAA_", env_nested_delimiter="__", extra="ignore", populate_by_name=True
    )

    nats_url: str = "nats://127.0.0.1:4222"
    """The broker; of a cluster several nodes, with commas between them."""
    nats_replicas: int = Field(1, ge=1, le=5)
    """How many nodes of a NATS cluster keep a copy of each stream and bucket."""
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

    log_level: str = "INFO"
    health_host: str = "127.0.0.1"
    health_port: int = 0
    """Port of `/health/*` and `/metrics` of a service that has no HTTP of its own; 0 is any."""
    workers: int = Field(2, ge=1, le=64)
    """How many steps an agent process works on at once."""
    failpoints: Path | None = None
    """For crash tests only: where they arm the places at which a process is to wait."""
    drain_timeout_s: float = Field(15.0, ge=0, le=600)
    """How long a service that is told to stop may finish what it works on."""

    @property
    def nats_servers(self) -> list[str]:
        return [url.strip() for url in self.nats_url.split(",")]
