"""What the gateway and the projector can be told from outside."""

import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_settings import NoDecode

from agentkit.settings import Settings

_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?|https?://\[[0-9a-f:]+\](:[0-9]{1,5})?")


def _parts(text: object) -> object:
    return [part.strip() for part in text.split(",")] if isinstance(text, str) and text else text


def _origins(origins: tuple[str, ...]) -> tuple[str, ...]:
    for origin in origins:
        if not _ORIGIN.fullmatch(origin):
            raise ValueError(
                f"{origin!r} is no origin: write it as a browser does, such as "
                "https://videos.example or http://localhost:5173; there is no wildcard"
            )
    return origins


type Origins = Annotated[
    tuple[str, ...], NoDecode, BeforeValidator(_parts), AfterValidator(_origins)
]


class GatewaySettings(Settings):
    http_host: str = "127.0.0.1"
    http_port: int = Field(8400, ge=0, le=65_535)
    """0 takes any free port."""
    cors_origins: Origins = ()
    """Whose pages in a browser may call the API from elsewhere; origins with commas between."""
    web_dir: Path = Path(__file__).parent / "web"
    """Where `make dashboard` has put the web page."""
    database_connections: int = Field(10, ge=1, le=100)
    watcher_queue: int = Field(1000, ge=10)
    """How many events a slow browser may lag behind before it is told to reconnect."""
    stall_s: float = Field(60.0, gt=0)
    """How long a client may read nothing of its answer before it is hung up on."""
    streams_per_key: int = Field(2000, ge=1)
    """How many streams of events one key may have open at this process."""
    requests_per_minute: int = Field(6000, ge=1)
    """How many of one key this process answers; so many may come at once."""
    schedule_grace_s: float = Field(300, gt=0)
    """A schedule that skips missed times runs so much later all the same."""
    schedule_sweep_s: float = Field(30, gt=0)
    """How often all schedules are looked at for times that the broker did not wake us at."""


class ProjectorSettings(Settings):
    projector_batch: int = Field(5000, ge=1, le=5000)
    """How many events one transaction applies; 1,000 at most while the log is followed."""
    retention_days: int = Field(0, ge=0, le=36_500)
    """Runs are deleted so long after they ended, with their files; 0 keeps them for ever."""
