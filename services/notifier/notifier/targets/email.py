"""Mail, through whichever server takes it."""

import asyncio
import hashlib
import re
import smtplib
import ssl
from collections.abc import Sequence
from email.message import EmailMessage
from email.utils import formataddr, formatdate, getaddresses, parseaddr
from typing import NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

from loguru import logger

from agentkit.errors import SettingsError
from notifier.targets.target import NotDeliveredError, Told
from notifier.texts import Words

LINES = 50
TIMEOUT_S = 10.0
PORTS = {"smtp": 587, "smtps": 465}
ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")
HERE = ("127.0.0.1", "::1", "localhost")


class Server(NamedTuple):
    """Where mail is given away. `password` is never sent in the clear to another machine."""

    host: str
    port: int
    is_encrypted: bool
    user: str
    password: str


class Email:
    """Writes one mail to all."""

    batch = 100
    pause_s = 20.0
    """What happens meanwhile goes into one mail."""

    def __init__(self, server: Server, sender: str, to: Sequence[str], words: Words) -> None:
        self._server = server
        self._sender = sender
        self._to = to
        self._words = words

    async def send(self, told: Sequence[Told]) -> None:
        mail = self._mail(told)
        try:
            await asyncio.to_thread(_give_away, self._server, mail)
        except smtplib.SMTPResponseException as error:
            said = error.smtp_error
            text = said.decode(errors="replace") if isinstance(said, bytes) else said
            raise NotDeliveredError(
                f"the mail server answered {error.smtp_code}: {' '.join(text.split())}"
            ) from None
        except (OSError, smtplib.SMTPException) as error:
            raise NotDeliveredError(
                f"mail cannot be given to {self._server.host}:{self._server.port} "
                f"({type(error).__name__}: {error})"
            ) from None

    def _mail(self, told: Sequence[Told]) -> EmailMessage:
        """Return the mail; the same notices make one with the same id, which is shown once."""
        notices = [each.notice for each in told]
        names = hashlib.sha256("\n".join(each.id for each in told).encode()).hexdigest()
        mail = EmailMessage()
        mail["Subject"] = self._words.title(notices)
        mail["From"] = self._sender
        mail["To"] = ", ".join(self._to)
        mail["Date"] = formatdate(localtime=False)
        mail["Message-ID"] = f"<{names[:32]}@{parseaddr(self._sender)[1].rpartition('@')[2]}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(self._words.message(notices, most=LINES) + "\n")
        return mail


def addresses_in(text: str, variable: str) -> list[str]:
    """Return the addresses that stand in `text`, with the names of whose they are.

    Raises:
        SettingsError: one is none.
    """
    found = getaddresses([text], strict=False)
    if "\n" in text or not all(ADDRESS.fullmatch(address) for _, address in found):
        raise SettingsError(
            f"{variable} is {text!r}: write an address such as yaa@example.com, or several with "
            "commas between them"
        )
    return [formataddr(each) for each in found]


def server_of(url: str) -> Server:
    """Return the server that an address such as `smtp://user:password@host:587` names.

    Raises:
        SettingsError: it names none; the sentence does not show the address.
    """
    try:
        said, port = urlsplit(url), urlsplit(url).port
    except ValueError:
        said, port = SplitResult("", "", "", "", ""), None
    if said.scheme not in PORTS or not said.hostname:
        raise SettingsError(
            "YAA_SMTP_URL cannot be used: write smtp://user:password@host:587, or smtps:// "
            "with port 465"
        )
    return Server(
        host=said.hostname,
        port=port or PORTS[said.scheme],
        is_encrypted=said.scheme == "smtps",
        user=unquote(said.username or ""),
        password=unquote(said.password or ""),
    )


def _give_away(server: Server, mail: EmailMessage) -> None:
    trusted = ssl.create_default_context()
    if server.is_encrypted:
        with smtplib.SMTP_SSL(
            server.host, server.port, timeout=TIMEOUT_S, context=trusted
        ) as session:
            _send(session, server, mail)
        return
    with smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_S) as session:
        session.ehlo()
        if session.has_extn("starttls"):
            session.starttls(context=trusted)
            session.ehlo()
        elif server.password and server.host not in HERE:
            raise smtplib.SMTPNotSupportedError("it does not encrypt, and is not told the password")
        _send(session, server, mail)


def _send(session: smtplib.SMTP, server: Server, mail: EmailMessage) -> None:
    if server.user:
        session.login(server.user, server.password)
    if refused := session.send_message(mail):
        # the others have it, and would get it again
        logger.error("mail was refused for some", refused=len(refused))
