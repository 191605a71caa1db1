"""What the simulator can be told from outside."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from simulator.faults import FaultRule


class SimulatorSettings(BaseSettings):
    """Read from `YAA_SIMULATOR_...` variables."""

    model_config = SettingsConfigDict(env_prefix="YAA_SIMULATOR_", extra="ignore")

    host: str = "127.0.0.1"
    port: int = Field(8430, ge=0, le=65535)
    """0 takes any free port."""
    seed: int = 0
    """Another seed gives other texts, pictures and ids for the same requests."""
    latency_s: float = Field(0.15, ge=0)
    """How long an answer takes to begin. A long streamed one takes up to seven times more."""
    prompt_cache: bool = False
    """Remember cached prompts: the first use writes, later ones read, so usage differs."""
    faults: list[FaultRule] = []
    font_path: Path | None = None
    """Another font for pictures; it must have Hangul."""
