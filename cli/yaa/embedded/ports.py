"""Free ports on the loopback, kept in a file so that a restart finds its own again."""

import json
import secrets
import socket
from pathlib import Path

HOST = "127.0.0.1"

# below the range the kernel takes the ends of outgoing connections from
_FIRST, _COUNT = 20_000, 12_000


def is_free(port: int, host: str = HOST) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    while not is_free(port := _FIRST + secrets.randbelow(_COUNT)):
        pass
    return port


class Ports:
    """Hands out one port per name and remembers it in `file`."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._known = _read(file)

    def of(self, name: str) -> int:
        """Return the port `name` had before if it is free, else another that is.

        No two names have the same one: a port is free until whoever it is for has started.
        """
        port = self._known.get(name)
        others = {known for other, known in self._known.items() if other != name}
        while port is None or port in others or not is_free(port):
            port = free_port()
        self._known[name] = port
        self._file.write_text(json.dumps(self._known, indent=2, sort_keys=True) + "\n")
        return port


def _read(file: Path) -> dict[str, int]:
    try:
        known = json.loads(file.read_text())
        return {str(name): int(port) for name, port in known.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}
