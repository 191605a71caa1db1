"""Who is told, of what, and in which language."""

from typing import Annotated, Literal

from pydantic import Field, SecretStr
from pydantic_settings import NoDecode

from agentkit.settings import NotifySettings, names_of
from contracts.notices import KINDS, Kind

type Language = Literal["en", "ko"]


class NotifierSettings(NotifySettings):
    """`notify` names the targets; here is where each of them is.

    An address that nobody knows is as good as a password to whoever has it: all are secrets.
    """

    notify_of: Annotated[tuple[Kind, ...], NoDecode, names_of(KINDS)] = KINDS
    notify_language: Language = "en"
    public_url: str = Field("", pattern=r"^(https?://\S+)?$")
    """Where people open the dashboard; a notice links to its run there."""

    slack_url: SecretStr = SecretStr("")
    """An incoming webhook of Slack, or of what takes the same: Mattermost, Discord (`/slack`)."""
    kakaowork_app_key: SecretStr = SecretStr("")
    """Of the bot that writes into `kakaowork_conversation_id`."""
    kakaowork_conversation_id: str = ""
    kakaowork_url: str = Field("https://api.kakaowork.com", pattern=r"^https?://\S+$")
    webhook_url: SecretStr = SecretStr("")
    webhook_secret: SecretStr = SecretStr("")
    """Signs each request as Standard Webhooks do: `whsec_` and base64."""
    smtp_url: SecretStr = SecretStr("")
    """`smtp://user:password@host:587`, which goes on encrypted, or `smtps://` with port 465."""
    email_from: str = ""
    email_to: str = ""
    """One address, or several with commas between them."""
