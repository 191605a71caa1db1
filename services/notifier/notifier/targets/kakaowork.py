"""KakaoWork: a bot writes into a conversation."""

from collections.abc import Sequence

import httpx2
import orjson

from agentkit.redaction import redacted
from notifier.targets.target import NotDeliveredError, Told
from notifier.targets.web import SHOWN_CHARS, post
from notifier.texts import Words

LINES = 5
"""A bubble is small."""


class KakaoWork:
    """Sends with `messages.send`, which says in its body whether it went well."""

    batch = 100
    pause_s = 1.0

    def __init__(
        self, http: httpx2.AsyncClient, url: str, app_key: str, conversation_id: str, words: Words
    ) -> None:
        self._http = http
        self._url = f"{url.rstrip('/')}/v1/messages.send"
        self._headers = {"Authorization": f"Bearer {app_key}"}
        self._conversation_id = conversation_id
        self._words = words

    async def send(self, told: Sequence[Told]) -> None:
        text = self._words.message([each.notice for each in told], most=LINES)
        body = orjson.dumps({"conversation_id": self._conversation_id, "text": text})
        answer = await post(self._http, "KakaoWork", self._url, body, self._headers)
        if not _is_success(answer.content):
            said = redacted(" ".join(answer.text.split()))[:SHOWN_CHARS]
            raise NotDeliveredError(f"KakaoWork did not take it: {said or 'nothing more'}")


def _is_success(body: bytes) -> bool:
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        return False
    return isinstance(said, dict) and said.get("success") is True
