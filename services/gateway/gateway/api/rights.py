"""Who asks, and whether they may: the key of a request, and the scope that its route needs."""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any, Protocol, Self

from fastapi import Depends, Query, Request, Response, Security, params
from fastapi.routing import APIRoute
from fastapi.security import APIKeyHeader, APIKeyQuery
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Send
from starlette.types import Scope as Exchange

from gateway.api import bodies
from gateway.api.problems import ProblemError
from gateway.keys import ApiKey, KeyRefusedError, Scope, in_order
from gateway.kit import Kit

HEADER = "X-API-Key"
CHALLENGE = {"WWW-Authenticate": f'ApiKey realm="yaa", header="{HEADER}"'}

_header = APIKeyHeader(
    name=HEADER,
    scheme_name="ApiKey",
    description="A key that `POST /admin/api-keys` or `yaa keys create` has made.",
    auto_error=False,
)
_signature = APIKeyQuery(
    name="signature",
    scheme_name="SignedAddress",
    description="Of an address of a file, as the answers of this API have it.",
    auto_error=False,
)

type HeaderKey = Annotated[str | None, Security(_header)]
type Signature = Annotated[str | None, Security(_signature)]
type Expires = Annotated[
    str, Query(max_length=20, description="Until when the signature is good, in Unix time")
]


class Order(Protocol):
    """What somebody asks for; `requested_by` is empty for whoever sends it."""

    requested_by: str

    def model_copy(self, *, update: Mapping[str, object] | None = None) -> Self: ...


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever a request comes from."""

    key: ApiKey

    def named(self, given: str) -> str:
        """Return who is to be recorded: the name of the key, or whom its owner may speak for.

        Raises:
            ProblemError: `given` is somebody else.
        """
        own = self.key.name
        if not given or given == own:
            return own
        if self.key.may("admin"):
            return given
        raise ProblemError(
            HTTPStatus.FORBIDDEN,
            "not-yourself",
            f"the key {own!r} cannot speak for {given!r}: leave the name out, or use a key with "
            "the scope admin",
        )

    def signed[O: Order](self, order: O) -> O:
        """Return an order with the name of whoever asks for it, as of `named`."""
        return order.model_copy(update={"requested_by": self.named(order.requested_by)})


@dataclass(frozen=True, slots=True)
class _Guard:
    """Lets in whoever has a key with `scope`, or with any when it is None."""

    scope: Scope | None

    async def admit(self, request: Request) -> None:
        """Let a request pass, once, and remember whose it is.

        Raises:
            ProblemError: 401 without a good key, 403 without the scope, 429 one too many.
        """
        if not hasattr(request.state, "caller"):
            request.state.caller = await _identified(request, self.scope)


@dataclass(frozen=True, slots=True)
class _KeyGuard(_Guard):
    async def __call__(self, request: Request, _: HeaderKey) -> None:
        await self.admit(request)


@dataclass(frozen=True, slots=True)
class _FileGuard(_Guard):
    """Lets in whoever was given the signed address of the file, too."""

    async def __call__(
        self,
        request: Request,
        _: HeaderKey,
        __: Signature,
        expires: Expires = "",  # noqa: ARG002 -- so that it is described
    ) -> None:
        await self.admit(request)

    async def admit(self, request: Request) -> None:
        if "signature" in request.query_params and HEADER not in request.headers:
            await _refuse_unsigned(request)
        else:
            await _Guard.admit(self, request)


def needs(scope: Scope) -> params.Depends:
    """Return the one dependency by which a route says who may ask for it."""
    return params.Security(_KeyGuard(scope), scopes=[scope])


def any_key() -> params.Depends:
    """Return that of a route which is for whoever has a good key."""
    return params.Security(_KeyGuard(None), scopes=[])


def needs_or_signed(scope: Scope) -> params.Depends:
    """Return that of a file: its signed address stands in for a key."""
    return params.Security(_FileGuard(scope), scopes=[scope])


class GuardedRoute(APIRoute):
    """A route of which nobody reads the body before it is known who sends it."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = APIRoute.get_route_handler(self)
        guard = self._guard()

        async def guarded(request: Request) -> Response:
            await guard.admit(request)
            return await handle(await bodies.whole(request))

        return guarded

    def _guard(self) -> _Guard:
        for each in self.dependencies:
            if isinstance(each.dependency, _Guard):
                return each.dependency
        raise TypeError(f"{self.path} is open to all: give its route dependencies=[needs(scope)]")


async def _caller(request: Request) -> Caller:
    caller: Caller = request.state.caller
    return caller


type Callers = Annotated[Caller, Depends(_caller)]
"""For routes that need a scope; what they record has a name."""


class Allowances:
    """ASGI middleware: tells in every answer what its key has left."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Exchange, receive: Receive, send: Send) -> None:
        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                allowance = scope.get("state", {}).get("allowance")
                if allowance is not None:
                    MutableHeaders(scope=message).update(allowance.headers)
            await send(message)

        await self._app(scope, receive, told)


async def _identified(request: Request, scope: Scope | None) -> Caller:
    kit: Kit = request.app.state.kit
    text = request.headers.get(HEADER, "")
    if not text:
        raise _unauthorized("key-missing", f"send a key in the header {HEADER}: there is none")
    try:
        key = await kit.keyring.opened_with(text)
    except KeyRefusedError as error:
        raise _unauthorized("key-refused", str(error)) from None
    request.state.key_id = key.key_id
    _refuse_haste(request, kit, key)
    if scope is not None and not key.may(scope):
        has = ", ".join(in_order(key.scopes))
        raise ProblemError(
            HTTPStatus.FORBIDDEN,
            "scope-missing",
            f"the key {key.name!r} has the scope {has}, and this needs {scope}: use another key",
        )
    return Caller(key)


def _unauthorized(kind: str, detail: str) -> ProblemError:
    return ProblemError(HTTPStatus.UNAUTHORIZED, kind, detail, headers=CHALLENGE)


def _refuse_haste(request: Request, kit: Kit, key: ApiKey) -> None:
    allowance = kit.rate_limit.take(key.key_id)
    request.state.allowance = allowance
    if allowance.wait_s:
        raise ProblemError(
            HTTPStatus.TOO_MANY_REQUESTS,
            "rate-limited",
            f"the key {key.name!r} asks more than {allowance.limit} times a minute: "
            f"try again in {allowance.wait_s} s",
            headers={"Retry-After": str(allowance.wait_s)},
        )


async def _refuse_unsigned(request: Request) -> None:
    kit: Kit = request.app.state.kit
    query = request.query_params
    expires = query.get("expires", "")
    is_time = expires.isascii() and expires.isdigit() and len(expires) <= EXPIRES_DIGITS
    addresses = await kit.signer.addresses()
    if not is_time or not addresses.is_signed(
        request.path_params["sha256"], query.get("name", ""), int(expires), query["signature"]
    ):
        raise _unauthorized(
            "address-refused",
            "this address of a file has expired or was changed: take it from the run again, "
            f"or send a key in the header {HEADER}",
        )


EXPIRES_DIGITS = 12
