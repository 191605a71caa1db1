"""The targets that settings name."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import httpx2

from agentkit.errors import SettingsError
from contracts.notices import Target as Name
from notifier.settings import NotifierSettings
from notifier.targets import web
from notifier.targets.email import Email, addresses_in, server_of
from notifier.targets.kakaowork import KakaoWork
from notifier.targets.slack import Slack
from notifier.targets.target import Target
from notifier.targets.webhook import Webhook, key_of
from notifier.texts import Words

NEEDED = {
    "email": ("smtp_url", "email_from", "email_to"),
    "kakaowork": ("kakaowork_app_key", "kakaowork_conversation_id"),
    "slack": ("slack_url",),
    "webhook": ("webhook_url",),
}


@asynccontextmanager
async def reachable(settings: NotifierSettings) -> AsyncIterator[Mapping[Name, Target]]:
    """Yield the targets by name.

    Raises:
        SettingsError: one is named and nobody said where it is.
    """
    if not settings.notify:
        yield {}
        return
    words = Words(settings.notify_language)
    async with web.client() as http:
        yield {name: _target(name, settings, http, words) for name in settings.notify}


def _target(
    name: Name, settings: NotifierSettings, http: httpx2.AsyncClient, words: Words
) -> Target:
    said = [_value(settings, field) for field in NEEDED[name]]
    for field, value in zip(NEEDED[name], said, strict=True):
        if not value:
            raise SettingsError(
                f"YAA_NOTIFY names {name!r}, and YAA_{field.upper()} is not set: set it, or take "
                f"{name!r} out"
            )
    match name:
        case "slack":
            return Slack(http, _url(said[0], "YAA_SLACK_URL"), words)
        case "kakaowork":
            if not said[0].isascii():
                raise SettingsError("YAA_KAKAOWORK_APP_KEY cannot be used: it is no key of a bot")
            return KakaoWork(http, settings.kakaowork_url, said[0], said[1], words)
        case "webhook":
            key = key_of(_value(settings, "webhook_secret"))
            return Webhook(http, _url(said[0], "YAA_WEBHOOK_URL"), key)
        case "email":
            to = addresses_in(said[2], "YAA_EMAIL_TO")
            (sender,) = addresses_in(said[1], "YAA_EMAIL_FROM")[:1]
            return Email(server_of(said[0]), sender, to, words)


def _value(settings: NotifierSettings, field: str) -> str:
    value = getattr(settings, field)
    return (value if isinstance(value, str) else str(value.get_secret_value())).strip()


def _url(text: str, variable: str) -> str:
    if not text.startswith(("http://", "https://")) or not text.isascii():
        raise SettingsError(
            f"{variable} cannot be used: write an address that begins with https://"
        )
    return text
