"""A webhook of whoever wants to do more with a notice, as Standard Webhooks have it.

Source: standardwebhooks.com, version 1: the headers, what is signed, and how.
"""

import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Sequence

import httpx2

from agentkit.errors import SettingsError
from notifier.targets.target import Told
from notifier.targets.web import Address

PREFIX = "whsec_"
LEAST_BYTES, MOST_BYTES = 24, 64


class Webhook:
    """Posts each notice by itself."""

    batch = 1
    pause_s = 0.0

    def __init__(self, http: httpx2.AsyncClient, url: str, key: bytes | None) -> None:
        self._address = Address(http, "the webhook", url)
        self._key = key

    async def send(self, told: Sequence[Told]) -> None:
        for each in told:
            body = each.notice.model_dump_json().encode()
            # what is signed has dots between its parts, so there are none in them
            id_ = each.id.replace(".", "_")
            headers = headers_of(id_, int(time.time()), body, self._key)
            await self._address.post(body, headers)


def key_of(secret: str) -> bytes | None:
    """Return the key that is in `secret`, None when that is empty.

    Raises:
        SettingsError: it is none; the sentence does not show it.
    """
    if not secret:
        return None
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if not LEAST_BYTES <= len(key) <= MOST_BYTES:
        raise SettingsError(
            f"YAA_WEBHOOK_SECRET cannot be used: write {PREFIX} and then {LEAST_BYTES} to "
            f"{MOST_BYTES} random bytes in base64"
        )
    return key


def headers_of(id_: str, at: int, body: bytes, key: bytes | None) -> dict[str, str]:
    """Return the headers of a webhook that is sent `at` seconds after 1970."""
    headers = {"webhook-id": id_, "webhook-timestamp": str(at)}
    if key is not None:
        digest = hmac.digest(key, b"%s.%d.%s" % (id_.encode(), at, body), hashlib.sha256)
        headers["webhook-signature"] = f"v1,{base64.b64encode(digest).decode()}"
    return headers
