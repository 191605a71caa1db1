"""Exit with 0 when the service in this container is ready. Loads next to nothing: it runs often."""

import os
import socket
import sys

TIMEOUT_S = 2
REQUEST = b"GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"

try:
    with socket.create_connection(
        ("127.0.0.1", int(os.environ["YAA_HEALTH_PORT"])), TIMEOUT_S
    ) as connection:
        connection.sendall(REQUEST)
        answer = b"".join(iter(lambda: connection.recv(4096), b""))
except OSError as error:
    sys.exit(f"the service does not answer: {error}")

head, _, body = answer.partition(b"\r\n\r\n")
if b" 200 " not in head.partition(b"\r\n")[0]:
    sys.exit(body.decode(errors="replace"))
