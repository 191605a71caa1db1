"""What the gateway and the projector can be told from outside."""

from pydantic import Field

from agentkit.settings import Settings


class GatewaySettings(Settings):
    http_host: str = "127.0.0.1"
    http_port: int = Field(8400, ge=0, le=65_535)
    """0 takes any free port."""
    database_connections: int = Field(10, ge=1, le=100)
    watcher_queue: int = Field(1000, ge=10)
    """How many events a slow browser may lag behind before it is told to reconnect."""
    schedule_grace_s: float = Field(300, gt=0)
    """A schedule that skips missed times runs so much later all the same."""
    schedule_sweep_s: float = Field(30, gt=0)
    """How often all schedules are looked at for times that the broker did not wake us at."""


class ProjectorSettings(Settings):
    projector_batch: int = Field(2000, ge=1, le=5000)
    """How many events one transaction applies."""
