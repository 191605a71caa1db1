"""Mail, through whichever server takes it."""

import asyncio
import hashlib
import re
import smtplib
import socket
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from email.utils import formataddr, formatdate, getaddresses, parseaddr
from typing import NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

from loguru import logger

from agentkit.errors import SettingsError
from notifier.targets.target import NotDeliveredError, Told, shown
from notifier.texts import Words

LINES = 50
CONNECT_S, TAKE_S = 10.0, 60.0
"""A server may look into a mail before it says that it has taken it."""
GOOD_BYE = 421
FOR_GOOD = 500
REMEMBERED = 1000
PORTS = {"smtp": 587, "smtps": 465}
ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")
HOST = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*|[0-9a-f:]+")
HERE = ("127.0.0.1", "::1", "localhost")


type Refusals = dict[str, smtplib.SMTPResponseException]
"""What a server said of the mail to an address."""


class Given(NamedTuple):
    """Whose mail was taken, and whose was not."""

    taken: list[str]
    refusals: Refusals


class Server(NamedTuple):
    """Where mail is given away. `password` is never sent in the clear to another machine."""

    host: str
    port: int
    is_encrypted: bool
    user: str
    password: str


class Email:
    """Writes a mail to each: who has got his is not written to again for one who could not."""

    batch = 100
    pause_s = 20.0
    """What happens meanwhile goes into one mail."""

    def __init__(self, server: Server, sender: str, to: Sequence[str], words: Words) -> None:
        self._server = server
        self._sender = sender
        self._words = words
        self._taken = {address: dict[str, None]() for address in to}
        self._secrets = (server.password, server.user, *(parseaddr(each)[1] for each in to))

    async def send(self, told: Sequence[Told]) -> None:
        mails = dict[str, list[Told]]()
        for address, taken in self._taken.items():
            if missing := [each for each in told if each.id not in taken]:
                mails[address] = missing
        session, given = Session(self._server), Given([], {})
        try:
            await asyncio.to_thread(self._give_away, session, mails, given)
        except smtplib.SMTPResponseException as error:
            raise NotDeliveredError(f"the mail server answered {self._said(error)}") from None
        except (OSError, smtplib.SMTPException) as error:
            why = str(error) if isinstance(error, smtplib.SMTPNotSupportedError) else ""
            why = f"{type(error).__name__}{why and ': '}{why}"
            raise NotDeliveredError(f"the mail server cannot be reached ({why})") from None
        except asyncio.CancelledError:
            session.break_off()
            raise
        finally:
            for address in given.taken:
                self._remember(address, mails[address])
        if given.refusals:
            self._judge(told, mails, given.refusals)

    def _give_away(
        self, session: "Session", mails: Mapping[str, Sequence[Told]], given: Given
    ) -> None:
        """Send what each is to get; in `given` is how far it came, should it break off."""
        with session.opened() as server:
            for address, told in mails.items():
                try:
                    server.send_message(self._mail(address, told))
                    given.taken.append(address)
                except smtplib.SMTPRecipientsRefused as error:
                    ((code, said), *_) = error.recipients.values()
                    given.refusals[address] = smtplib.SMTPResponseException(code, said)
                except (smtplib.SMTPDataError, smtplib.SMTPSenderRefused) as error:
                    given.refusals[address] = error
                refusal = given.refusals.get(address)
                if refusal is not None and refusal.smtp_code == GOOD_BYE:
                    raise refusal

    def _judge(
        self, told: Sequence[Told], mails: Mapping[str, Sequence[Told]], refusals: Refusals
    ) -> None:
        """Give up whom the server refuses for good while it takes the mail of others.

        Raises:
            NotDeliveredError: it may take them later, or takes none, or somebody tries it out.
        """
        said = self._said(next(iter(refusals.values())))
        sentence = f"the mail server refused {len(refusals)} of {len(mails)} mails: {said}"
        is_final = all(each.smtp_code >= FOR_GOOD for each in refusals.values())
        is_trial = any(each.notice.type == "test" for each in told)
        if is_trial or not is_final or len(refusals) == len(self._taken):
            raise NotDeliveredError(sentence)
        logger.error("mail is given up", reason=sentence)
        for address in refusals:
            self._remember(address, mails[address])

    def _remember(self, address: str, told: Sequence[Told]) -> None:
        taken = self._taken[address]
        taken |= dict.fromkeys(each.id for each in told)
        for old in list(taken)[:-REMEMBERED]:
            del taken[old]

    def _said(self, error: smtplib.SMTPResponseException) -> str:
        said = error.smtp_error
        text = said.decode(errors="replace") if isinstance(said, bytes) else said
        return f"{error.smtp_code}: {shown(text, self._secrets)}"

    def _mail(self, address: str, told: Sequence[Told]) -> EmailMessage:
        """Return the mail; the same notices make one with the same id, which is shown once."""
        notices = [each.notice for each in told]
        names = hashlib.sha256("\n".join((address, *(each.id for each in told))).encode())
        mail = EmailMessage()
        # else it would be read as a word in another coding, and say what nobody wrote
        mail["Subject"] = self._words.title(notices).replace("=?", "= ?")
        mail["From"] = self._sender
        mail["To"] = address
        mail["Date"] = formatdate(localtime=False)
        domain = parseaddr(self._sender)[1].rpartition("@")[2]
        mail["Message-ID"] = f"<{names.hexdigest()[:32]}@{domain}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(self._words.message(notices, most=LINES) + "\n")
        return mail


class Session:
    """One session with a server, in a thread. Another thread can break it off."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._session: smtplib.SMTP | None = None

    @contextmanager
    def opened(self) -> Iterator[smtplib.SMTP]:
        """Yield a session that is encrypted where the server can be, and logged in."""
        server, trusted = self._server, ssl.create_default_context()
        at = (server.host, server.port)
        if server.is_encrypted:
            session: smtplib.SMTP = smtplib.SMTP_SSL(*at, timeout=CONNECT_S, context=trusted)
        else:
            session = smtplib.SMTP(*at, timeout=CONNECT_S)
        self._session = session
        try:
            if not server.is_encrypted:
                _encrypt(session, server, trusted)
            if server.user:
                session.login(server.user, server.password)
            if session.sock is not None:
                session.sock.settimeout(TAKE_S)
            yield session
        finally:
            # what was taken is taken, however the server says good-bye
            with suppress(OSError, smtplib.SMTPException):
                session.quit()
            session.close()

    def break_off(self) -> None:
        """Let nobody wait for a server any more."""
        if self._session is not None and self._session.sock is not None:
            with suppress(OSError):
                self._session.sock.shutdown(socket.SHUT_RDWR)


def _encrypt(session: smtplib.SMTP, server: Server, trusted: ssl.SSLContext) -> None:
    session.ehlo()
    if session.has_extn("starttls"):
        session.starttls(context=trusted)
        session.ehlo()
    elif server.password and server.host not in HERE:
        raise smtplib.SMTPNotSupportedError("it does not encrypt, and is not told the password")


def addresses_in(text: str, variable: str) -> list[str]:
    """Return the addresses that stand in `text`, with the names of whose they are.

    Raises:
        SettingsError: one is none.
    """
    found = getaddresses([text], strict=False)
    is_line = text.isprintable()
    if not is_line or not all(ADDRESS.fullmatch(each) and each.isascii() for _, each in found):
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
    user, password = unquote(said.username or ""), unquote(said.password or "")
    if said.scheme not in PORTS or not HOST.fullmatch(said.hostname or ""):
        raise SettingsError(
            "YAA_SMTP_URL cannot be used: write smtp://user:password@host:587, or smtps:// "
            "with port 465"
        )
    if not (user + password).isascii():
        raise SettingsError(
            "YAA_SMTP_URL cannot be used: its user or password has letters that are not ASCII, "
            "which mail servers are not told: choose another password"
        )
    return Server(
        host=said.hostname or "",
        port=port or PORTS[said.scheme],
        is_encrypted=said.scheme == "smtps",
        user=user,
        password=password,
    )
