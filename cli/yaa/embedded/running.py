"""A server process from its start to its end, without an event loop."""

import contextlib
import subprocess
import time
from dataclasses import dataclass, field

from yaa.embedded.server import Server
from yaa.embedded.spawn import spawn
from yaa.errors import YaaError

POLL_S = 0.02
START_TIMEOUT_S = 300.0
"""A broker that was killed reads all it has once more: a minute for ten million events."""
STOP_TIMEOUT_S = 60.0
"""Less, and a broker with as many is killed before it has written down where they are."""


@dataclass(slots=True)
class Running[S: Server]:
    """Starts `server`, kills it and stops it, as often as one likes."""

    server: S
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        """Return when the server takes connections.

        Raises:
            YaaError: it ended instead, or was not ready in time.
        """
        self.process = spawn(self.server.prepare())
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self.server.is_ready(self.process.pid):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise YaaError(why_not_started(self.server))
            time.sleep(POLL_S)

    def stop(self) -> None:
        """Ask for a clean end and insist after a while. A stopped one is left alone."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(self.server.stop_signal)
        try:
            self.process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.kill()
        self.process = None

    def kill(self) -> None:
        """End it as a crash would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


def why_not_started(server: Server) -> str:
    lines = (
        server.log.read_text(errors="replace").strip().splitlines() if server.log.exists() else []
    )
    last = lines[-1] if lines else "it said nothing"
    return f"{server.name} did not start: {last} (more in {server.log})"
