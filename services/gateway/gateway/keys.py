"""Keys of the API: what one looks like, what it opens, and when it does no more."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Literal, Self, get_args

from asyncpg import Record
from pydantic import AfterValidator, Field

from gateway.text import Person

type Scope = Literal["read", "run", "approve", "admin"]

SCOPES: tuple[Scope, ...] = get_args(Scope.__value__)
ALL_SCOPES: Scope = "admin"
EXPIRES_DAYS_MAX = 3650

_ID_BYTES, _SECRET_BYTES = 6, 24
KEY_ID_CHARS = _ID_BYTES * 2
_ID = re.compile(rf"[0-9a-f]{{{KEY_ID_CHARS}}}")
_FORM = re.compile(rf"yaa_([0-9a-f]{{{KEY_ID_CHARS}}})_([0-9a-f]{{{_SECRET_BYTES * 2}}})")


def in_order(scopes: Collection[Scope]) -> tuple[Scope, ...]:
    """Return each scope once, in the order in which they are listed everywhere."""
    return tuple(scope for scope in SCOPES if scope in scopes)


type KeyName = Annotated[Person, Field(min_length=1)]
type KeyScopes = Annotated[tuple[Scope, ...], Field(min_length=1), AfterValidator(in_order)]
type ExpiresDays = Annotated[int, Field(ge=1, le=EXPIRES_DAYS_MAX)]


@dataclass(frozen=True, slots=True)
class PlainKey:
    """A key as its owner has it. It is shown once, when it is made, and kept nowhere."""

    key_id: str
    secret: str = field(repr=False)

    @property
    def text(self) -> str:
        return f"yaa_{self.key_id}_{self.secret}"

    @property
    def secret_sha256(self) -> bytes:
        """Return what is kept of the secret; one of 192 random bits needs no salt."""
        return hashlib.sha256(self.secret.encode()).digest()

    @classmethod
    def new(cls, key_id: str = "") -> Self:
        return cls(key_id or secrets.token_hex(_ID_BYTES), secrets.token_hex(_SECRET_BYTES))

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Return the key that `text` is, None when it is none."""
        found = _FORM.fullmatch(text)
        return None if found is None else cls(*found.groups())


def is_key_id(text: str) -> bool:
    return _ID.fullmatch(text) is not None


class KeyExistsError(Exception):
    """There is a key of this id; its secret is known to nobody but its owner."""


class KeyRefusedError(Exception):
    """A key opens nothing. The message is a sentence for a person, without the key."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it is kept. `name` is who uses it, in events and in what is shown of them."""

    key_id: str
    name: str
    scopes: frozenset[Scope]
    secret_sha256: bytes = field(repr=False)
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    last_used_at: datetime | None
    deactivated_at: datetime | None

    @classmethod
    def of_row(cls, row: Record) -> Self:
        return cls(**{**row, "scopes": frozenset(row["scopes"])})

    def may(self, scope: Scope) -> bool:
        return scope in self.scopes or ALL_SCOPES in self.scopes

    def is_opened_by(self, plain: PlainKey) -> bool:
        return hmac.compare_digest(self.secret_sha256, plain.secret_sha256)

    def is_usable(self, now: datetime) -> bool:
        try:
            self.refuse_unusable(now)
        except KeyRefusedError:
            return False
        return True

    def refuse_unusable(self, now: datetime) -> None:
        """Refuse a key that was good once.

        Raises:
            KeyRefusedError: it was deactivated, or has expired.
        """
        if self.deactivated_at is not None:
            raise KeyRefusedError(f"the key {self.name!r} was deactivated: use another one")
        if self.expires_at is not None and self.expires_at <= now:
            raise KeyRefusedError(
                f"the key {self.name!r} expired at {self.expires_at:%Y-%m-%d %H:%M} UTC: "
                "use another one"
            )
