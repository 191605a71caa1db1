"""Slack, and what takes messages in the same form."""

from collections.abc import Sequence

import httpx2
import orjson

from notifier.targets.target import Told
from notifier.targets.web import post
from notifier.texts import Words

LINES = 10


class Slack:
    """Writes into the channel that an incoming webhook leads to."""

    batch = 100
    pause_s = 1.0
    """Slack takes a message a second and channel."""

    def __init__(self, http: httpx2.AsyncClient, url: str, words: Words) -> None:
        self._http = http
        self._url = url
        self._words = words

    async def send(self, told: Sequence[Told]) -> None:
        text = escaped(self._words.message([each.notice for each in told], most=LINES))
        await post(self._http, "Slack", self._url, orjson.dumps({"text": text}), {})


def escaped(text: str) -> str:
    """Return `text` without what would mention somebody or be a link of its own."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
