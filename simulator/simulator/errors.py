"""Errors in each provider's own words, so that its SDK raises the right exception."""

from dataclasses import dataclass, field
from typing import Literal

from fastapi import Request
from fastapi.responses import JSONResponse

from simulator.faults import Fault
from simulator.wire import Json

type Provider = Literal["anthropic", "openai"]

SERVER_ERROR = 500
CLIENT_GONE = 499

_ANTHROPIC = {
    "401": (401, "authentication_error", "invalid x-api-key"),
    "429": (429, "rate_limit_error", "This request would exceed your organization's rate limit."),
    "500": (500, "api_error", "Internal server error"),
    "529": (529, "overloaded_error", "Overloaded"),
}
_OPENAI = {
    "401": (401, "invalid_request_error", "Incorrect API key provided.", "invalid_api_key"),
    "429": (429, "requests", "Rate limit reached for requests.", "rate_limit_exceeded"),
    "500": (500, "server_error", "The server had an error while processing your request.", None),
    "529": (503, "server_error", "The engine is currently overloaded, try again later.", None),
}


@dataclass
class ProviderError(Exception):
    """An error answer. `kind`, `param` and `code` are words of the provider."""

    provider: Provider
    status: int
    kind: str
    message: str
    param: str | None = None
    code: str | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.message


def bad_request(provider: Provider, message: str, param: str | None = None) -> ProviderError:
    return ProviderError(provider, 400, "invalid_request_error", message, param)


def error_of(fault: Fault, provider: Provider) -> ProviderError | None:
    """Return the error that `fault` stands for, or None when it is no HTTP error."""
    is_told = fault.kind == "429" or fault.seconds > 0
    headers = {"retry-after": f"{fault.seconds:g}"} if is_told else {}
    if provider == "anthropic" and fault.kind in _ANTHROPIC:
        return ProviderError(provider, *_ANTHROPIC[fault.kind], headers=headers)
    if provider == "openai" and fault.kind in _OPENAI:
        status, kind, message, code = _OPENAI[fault.kind]
        return ProviderError(provider, status, kind, message, code=code, headers=headers)
    return None


def error_body(error: ProviderError, request_id: str) -> Json:
    if error.provider == "anthropic":
        detail: Json = {"type": error.kind, "message": error.message}
        return {"type": "error", "error": detail, "request_id": request_id}
    return {
        "error": {
            "message": error.message,
            "type": error.kind,
            "param": error.param,
            "code": error.code,
        }
    }


async def render(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, ProviderError):
        raise error
    request_id = getattr(request.state, "request_id", "req_sim_0")
    names = {"anthropic": "request-id", "openai": "x-request-id"}
    headers = {names[error.provider]: request_id, **error.headers}
    return JSONResponse(error_body(error, request_id), error.status, headers)
