"""A web server that people read messages on: as Slack takes them, and as a webhook does."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ARRIVES_S = 30


class Hooks(ThreadingHTTPServer):
    """Takes what is posted, or refuses it with what `refusal` says; by path, what was taken."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Taking)
        self.taken: dict[str, list[Any]] = {"/slack": [], "/hook": []}
        self.refusal = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @contextmanager
    def refusing(self, said: str) -> Iterator[None]:
        self.refusal = said
        try:
            yield
        finally:
            self.refusal = ""

    def wait_for(self, path: str, count: int) -> list[Any]:
        deadline = time.monotonic() + ARRIVES_S
        while len(self.taken[path]) < count:
            assert time.monotonic() < deadline, self.taken
            time.sleep(0.05)
        return self.taken[path]


class _Taking(BaseHTTPRequestHandler):
    server: Hooks

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        said = self.server.refusal.encode()
        if not said:
            self.server.taken[self.path].append(body)
        self.send_response(403 if said else 200)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_: object) -> None: ...


@contextmanager
def listening() -> Iterator[Hooks]:
    server = Hooks()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
