"""Somebody at a browser, who notices whatever goes wrong behind a page."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal
from urllib.parse import urlsplit

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Request

from yaa.client import KEY_HEADER
from yaa.stack.under_test import Up

type Theme = Literal["dark", "light"]
type Language = Literal["ko", "en"]
type Screen = Mapping[str, Any]

DESK: Screen = MappingProxyType({"viewport": {"width": 1440, "height": 900}})
PHONE: Screen = MappingProxyType(
    {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
)
NETWORK_CHANGED = "ERR_NETWORK_CHANGED"
"""A container that starts elsewhere on the machine cuts off what Chromium asks for just then."""
AWAY = (
    "ERR_CONNECTION_REFUSED",
    "ERR_CONNECTION_RESET",
    "ERR_CONTENT_LENGTH_MISMATCH",
    "ERR_EMPTY_RESPONSE",
    "ERR_INCOMPLETE_CHUNKED_ENCODING",
    "ERR_INTERNET_DISCONNECTED",
    "503",
)
"""What a page hears of a gateway that is not there."""
NO_MODULE = "Failed to fetch dynamically imported module"
ADMIN = "the key of the administrator"
_REFUSED = re.compile(r"Failed to load resource: (.+)")
_REMEMBER = "([name, value]) => localStorage.getItem(name) ?? localStorage.setItem(name, value)"


@dataclass
class Visitor:
    """Opens pages, each in a profile of its own.

    `complaints` are errors on the console, uncaught ones, what the content policy refused and
    what was asked of anybody but the gateway. A request that the API refuses is one as well,
    unless the test says that it `expects` it; none is what the machine's own network cut off.
    """

    browser: Browser
    up: Up
    complaints: list[str] = field(default_factory=list[str])
    _contexts: list[BrowserContext] = field(default_factory=list[BrowserContext])
    _expected: list[str] = field(default_factory=list[str])
    _is_cut_off: bool = False

    async def opens(
        self,
        path: str = "/",
        *,
        screen: Screen = DESK,
        language: Language = "en",
        theme: Theme = "dark",
        key: str = ADMIN,
        **more: Any,
    ) -> Page:
        """Return a page that is at `path`; with an empty `key` it knows none yet."""
        text = self.up.key[KEY_HEADER] if key == ADMIN else key
        page = await self._page(screen, language, **more)
        for name, value in {"key": text, "theme": theme, "language": language}.items():
            if value:
                await page.add_init_script(f"({_REMEMBER})(['yaa.{name}', '{value}'])")
        await page.goto(f"{self.up.url}{path}")
        return page

    @contextmanager
    def expects(self, *failures: str) -> Iterator[None]:
        """Take failed requests for granted in the block, each named by a part of its sentence."""
        self._expected = list(failures)
        yield
        self._expected = []

    async def leaves(self) -> None:
        for context in self._contexts:
            await context.close()

    async def _page(self, screen: Screen, language: Language, **more: Any) -> Page:
        spoken = {"ko": "ko-KR", "en": "en-US"}[language]
        calm = {"reduced_motion": "reduce"}
        context = await self.browser.new_context(**screen, **(calm | {"locale": spoken} | more))
        self._contexts.append(context)
        page = await context.new_page()
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(f"uncaught: {error}"))
        page.on("request", self._asked)
        return page

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type != "error":
            return
        refused = _REFUSED.match(message.text)
        if refused and any(each in refused[1] for each in self._expected):
            return
        self._is_cut_off |= NETWORK_CHANGED in message.text
        if NETWORK_CHANGED in message.text or (self._is_cut_off and NO_MODULE in message.text):
            return
        self.complaints.append(f"{message.text} ({message.location.get('url', '')})")

    def _asked(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in {"http", "https"} and not request.url.startswith(self.up.url):
            self.complaints.append(f"asked of {address.netloc}: {address.path}")
