"""Whoever asks: what a page needs to know of its key before it offers anything."""

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel

from gateway.api.rights import Callers, GuardedRoute, any_key
from gateway.keys import Scope, in_order

router = APIRouter(prefix="/api/v1/me", tags=["api keys"], route_class=GuardedRoute)


class MeView(BaseModel):
    """The key that asks. `admin` among its scopes opens everything; null is without an end."""

    key_id: str
    name: str
    scopes: tuple[Scope, ...]
    expires_at: AwareDatetime | None


@router.get("", dependencies=[any_key()])
async def show_me(caller: Callers) -> MeView:
    """Tell whose the key is that asks, what it opens and how long; any key may ask."""
    key = caller.key
    return MeView(
        key_id=key.key_id,
        name=key.name,
        scopes=in_order(key.scopes),
        expires_at=key.expires_at,
    )
