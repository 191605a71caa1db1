"""From which level on each service logs: as its settings say, or for a while as a person says."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from loguru import logger
from nats.aio.client import Client
from nats.aio.msg import Msg
from pydantic import ValidationError

from contracts import subjects
from contracts.live import SetLogLevel

_NUMBERS: Mapping[str, int] = {
    "DEBUG": 10,
    "INFO": 20,
    "WARNING": 30,
    "ERROR": 40,
    "CRITICAL": 50,
}


@dataclass(slots=True)
class Levels:
    """Those of the services in this process; like the log, they belong to it."""

    usual: str = "INFO"
    """What a service logs from on that was told nothing else."""
    _said: dict[str, SetLogLevel] = field(default_factory=dict[str, SetLogLevel])
    _on_change: Callable[[], None] = lambda: None

    def follow(self, usual: str, on_change: Callable[[], None]) -> None:
        """Begin with `usual`, and call `on_change` now and whenever `lowest` may have changed."""
        self.usual, self._on_change = usual, on_change
        on_change()

    def say(self, service: str, said: SetLogLevel) -> None:
        """Let a service log from another level on until the time for it is over."""
        if said.level is None:
            self._said.pop(service, None)
        else:
            self._said[service] = said
        self._on_change()

    @property
    def lowest(self) -> int:
        """From which weight on a line may be wanted by some service: others are not even made."""
        levels = (self.usual, *(said.level or self.usual for said in self._said.values()))
        return min(_NUMBERS[level] for level in levels)

    def of(self, service: str) -> str:
        """Return the level that is in force; one whose time is over is forgotten."""
        said = self._said.get(service)
        if said is None or said.level is None:
            return self.usual
        if said.until is not None and said.until <= datetime.now(UTC):
            self._said.pop(service, None)
            return self.usual
        return said.level

    def wants(self, service: str, number: int) -> bool:
        """Tell whether a line of so much weight is to be written."""
        return number >= _NUMBERS[self.of(service)]


LEVELS = Levels()


async def obey(connection: Client, service: str) -> None:
    """From now on let `service` log from the level on that it is told."""

    async def on_level(message: Msg) -> None:
        try:
            said = SetLogLevel.model_validate_json(message.data)
        except ValidationError:
            logger.warning("log level cannot be read", subject=message.subject)
            return
        LEVELS.say(service, said)
        # at that very level, so that it is written whatever it is
        logger.log(LEVELS.of(service), "log level set", until=said.until)

    await connection.subscribe(subjects.log_level(service), cb=on_level)
