"""What every embedded server is to those who start, watch and stop it."""

import signal
from pathlib import Path
from typing import Protocol

from yaa.embedded.spawn import Command


class Server(Protocol):
    """A server that lives in `home`. Nothing here starts or stops it."""

    @property
    def name(self) -> str: ...
    @property
    def home(self) -> Path: ...
    @property
    def port(self) -> int: ...
    @property
    def address(self) -> str:
        """Where it answers, without secrets."""
        ...

    @property
    def log(self) -> Path: ...
    @property
    def stop_signal(self) -> signal.Signals:
        """Ask for a quick and clean end."""
        ...

    def prepare(self) -> Command:
        """Make the folder ready and return what to run. Blocks; may take a second."""
        ...

    def is_ready(self, pid: int) -> bool:
        """Whether the server running as `pid` takes connections. Quick."""
        ...
