"""KakaoWork: a bot writes into a conversation."""

from collections.abc import Sequence

import httpx2
import orjson

from notifier.targets.target import NotDeliveredError, Told
from notifier.targets.web import Address
from notifier.texts import Words

LINES = 5
CHARS = 1000
"""A bubble is small."""


class KakaoWork:
    """Sends with `messages.send`, which says in its body whether it went well."""

    batch = 100
    pause_s = 1.0

    def __init__(
        self, http: httpx2.AsyncClient, url: str, app_key: str, conversation_id: str, words: Words
    ) -> None:
        address = f"{url.rstrip('/')}/v1/messages.send"
        headers = {"Authorization": f"Bearer {app_key}"}
        self._address = Address(http, "KakaoWork", address, headers, secret=app_key)
        self._conversation_id = conversation_id
        self._words = words

    async def send(self, told: Sequence[Told]) -> None:
        notices = [each.notice for each in told]
        text = self._words.message(notices, most=LINES, chars=CHARS)
        said = await self._address.post(
            orjson.dumps({"conversation_id": self._conversation_id, "text": text})
        )
        if not _is_success(said):
            raise NotDeliveredError(f"KakaoWork did not take it: {self._address.shown(said)}")


def _is_success(body: bytes) -> bool:
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        return False
    return isinstance(said, dict) and said.get("success") is True
