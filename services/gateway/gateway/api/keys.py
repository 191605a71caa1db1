"""Keys of this API: made, listed, deactivated by whoever has one with the scope admin."""

from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Self

from fastapi import APIRouter, Response
from loguru import logger
from pydantic import AwareDatetime, BaseModel, ConfigDict

from gateway import key_store
from gateway.api.injected import SHOWN_CHARS, Kits
from gateway.api.keyed import IdempotencyKey
from gateway.api.problems import PROBLEMS, conflict, not_found
from gateway.api.rights import Callers, GuardedRoute, needs
from gateway.keys import (
    KEY_ID_CHARS,
    ApiKey,
    ExpiresDays,
    KeyExistsError,
    KeyName,
    KeyScopes,
    PlainKey,
    Scope,
    in_order,
    is_key_id,
)

router = APIRouter(prefix="/admin/api-keys", tags=["api keys"], route_class=GuardedRoute)


class KeyDraft(BaseModel):
    """`name` is who uses the key: it stands with what they ask for and decide."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"name": "minji", "scopes": ["read", "run"], "expires_days": 90}]
        },
    )

    name: KeyName
    scopes: KeyScopes
    expires_days: ExpiresDays | None = None


class KeyView(BaseModel):
    """`is_active`: it is neither deactivated nor expired. `last_used_at` is to the minute."""

    key_id: str
    name: str
    scopes: tuple[Scope, ...]
    is_active: bool
    created_at: AwareDatetime
    created_by: str
    expires_at: AwareDatetime | None
    last_used_at: AwareDatetime | None
    deactivated_at: AwareDatetime | None

    @classmethod
    def of(cls, key: ApiKey, /, **more: object) -> Self:
        told = {name: getattr(key, name) for name in KeyView.model_fields if name != "is_active"}
        derived = {"scopes": in_order(key.scopes), "is_active": key.is_usable(datetime.now(UTC))}
        return cls.model_validate({**told, **derived, **more})


class NewKeyView(KeyView):
    """`key` is the key itself. It is shown here and never again."""

    key: str


@router.get("", dependencies=[needs("admin")])
async def list_keys(kit: Kits) -> list[KeyView]:
    """List all keys, the oldest first, those that open nothing any more included."""
    return [KeyView.of(key) for key in await key_store.list_keys(kit.pool)]


@router.post(
    "",
    dependencies=[needs("admin")],
    status_code=HTTPStatus.CREATED,
    responses=PROBLEMS["key-exists"],
)
async def create_key(
    kit: Kits, caller: Callers, draft: KeyDraft, response: Response, repeatable: IdempotencyKey
) -> NewKeyView:
    """Make a key. Only this answer has it: asked again with an Idempotency-Key, none is made."""
    days = draft.expires_days
    plain = PlainKey.new(repeatable.digest[:KEY_ID_CHARS] if repeatable else "")
    try:
        key = await key_store.add_key(
            kit.pool,
            plain,
            name=draft.name,
            scopes=draft.scopes,
            created_by=caller.key.name,
            expires_at=None if days is None else datetime.now(UTC) + timedelta(days=days),
        )
    except KeyExistsError:
        raise conflict(
            "key-exists",
            f"the key {plain.key_id!r} was made under this Idempotency-Key, and it is shown once "
            "only: deactivate it and make another one",
        ) from None
    logger.info("key created", key_id=key.key_id)
    response.headers["Cache-Control"] = "no-store"
    return NewKeyView.of(key, key=plain.text)


@router.delete(
    "/{key_id}",
    dependencies=[needs("admin")],
    status_code=HTTPStatus.NO_CONTENT,
    responses=PROBLEMS["unknown-key"],
    response_class=Response,
)
async def deactivate_key(kit: Kits, key_id: str) -> None:
    """Deactivate a key for good; within a second no gateway lets it in. Asked again it is the same.

    Whoever watches a run with it is let go.
    """
    if not is_key_id(key_id) or await key_store.deactivate_key(kit.pool, key_id) is None:
        shown = key_id if len(key_id) <= SHOWN_CHARS else f"{key_id[:SHOWN_CHARS]}…"
        raise not_found("unknown-key", f"there is no key {shown!r}: the list of keys has their ids")
    kit.keyring.forget(key_id)
    logger.info("key deactivated", key_id=key_id)
