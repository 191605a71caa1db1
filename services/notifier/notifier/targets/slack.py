"""Slack, and what takes messages in the same form."""

from collections.abc import Sequence

import httpx2
import orjson

from notifier.targets.target import Told
from notifier.targets.web import Address
from notifier.texts import Words

LINES = 10
CHARS = 1900
"""Slack takes far more, Discord 2,000."""
NO_WIDTH = "\u200b"


class Slack:
    """Writes into the channel that an incoming webhook leads to."""

    batch = 100
    pause_s = 1.0
    """Slack takes a message a second and channel."""

    def __init__(self, http: httpx2.AsyncClient, url: str, words: Words) -> None:
        self._address = Address(http, "Slack", url)
        self._words = words

    async def send(self, told: Sequence[Told]) -> None:
        notices = [each.notice for each in told]
        text = self._words.message(notices, most=LINES, chars=CHARS, written=escaped)
        await self._address.post(orjson.dumps({"text": text}))


def escaped(text: str) -> str:
    """Return `text` without what would call somebody, at Slack or at those that are like it."""
    harmless = text.replace("@", f"@{NO_WIDTH}")
    return harmless.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
