"""Every error as RFC 9457 problem+json: one sentence that names the value and the way out."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from asyncpg import UndefinedTableError
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from loguru import logger
from nats.errors import Error as NatsError
from pydantic import BaseModel
from pydantic_core import ErrorDetails
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from agentkit.redaction import redacted
from gateway import database
from gateway.api import methods
from gateway.api.kinds import KINDS, URN
from gateway.api.request_id import request_id
from gateway.once import KeyReusedError

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 2
SHOWN_CHARS = 60
SHOWN_FIELDS = 100
"""So many fields are told that are wrong; who sends a hundred thousand knows by then."""
INVALID = "invalid-request"


class Problem(BaseModel):
    """What every error answer looks like. `detail` is a sentence for a person."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    instance: str | None = None
    request_id: str
    errors: list["FieldProblem"] | None = None


class FieldProblem(BaseModel):
    """What is wrong with one field of a request."""

    field: str
    message: str


class ProblemError(Exception):
    """Ends a request. `kind` names the problem for programs, `detail` tells it to a person."""

    def __init__(
        self,
        status: HTTPStatus,
        kind: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.kind = kind
        self.detail = detail
        self.headers = headers


def not_found(kind: str, detail: str) -> ProblemError:
    return ProblemError(HTTPStatus.NOT_FOUND, kind, detail)


def conflict(kind: str, detail: str) -> ProblemError:
    return ProblemError(HTTPStatus.CONFLICT, kind, detail)


def unprocessable(kind: str, detail: str) -> ProblemError:
    return ProblemError(HTTPStatus.UNPROCESSABLE_CONTENT, kind, detail)


def away(what: str) -> ProblemError:
    """Say that something the gateway needs does not answer, and when to ask again."""
    return ProblemError(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "unavailable",
        f"{what} does not answer right now: try again in {RETRY_AFTER_S} seconds",
        headers={"Retry-After": str(RETRY_AFTER_S)},
    )


class _Problems:
    """`PROBLEMS["unknown-run", "run-ended"]` is the OpenAPI entry of answers of these kinds.

    A status alone stands for an answer of it without an example.
    """

    def __getitem__(self, told: int | str | tuple[int | str, ...]) -> dict[int | str, Any]:
        answers = dict[int | str, Any]()
        for each in told if isinstance(told, tuple) else (told,):
            status = KINDS[each].status if isinstance(each, str) else HTTPStatus(each)
            described = answers.setdefault(int(status), _described(status))
            if isinstance(each, str):
                examples = described["content"][MEDIA_TYPE].setdefault("examples", {})
                examples[each] = {"value": example_of(each)}
        return answers


def example_of(kind: str) -> dict[str, Any]:
    """Return a whole problem of a kind, as a client may be sent it."""
    status, detail = KINDS[kind]
    about = [FieldProblem(field="topic", message="is missing: add it")]
    return Problem(
        type=f"{URN}{kind}",
        title=status.phrase,
        status=status,
        detail=detail,
        request_id="01a1fc5f-a8a4-7643-8d70-d351c9262060",
        errors=about if kind == INVALID else None,
    ).model_dump(exclude_none=True)


def _described(status: HTTPStatus) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": status.phrase, "content": {MEDIA_TYPE: {"schema": schema}}}


PROBLEMS = _Problems()


def install(app: FastAPI) -> None:
    """Let `app` answer with problems only."""
    app.add_exception_handler(ProblemError, _on_problem)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(KeyReusedError, _on_key_reused)
    app.add_exception_handler(UndefinedTableError, _on_no_tables)
    app.add_exception_handler(NatsError, _on_nats_away)
    app.add_exception_handler(TimeoutError, _on_timeout)
    for kind in database.AWAY:
        app.add_exception_handler(kind, _on_database_away)


def response(
    request: Request | None,
    error: ProblemError,
    errors: Sequence[FieldProblem] | None = None,
) -> Response:
    problem = Problem(
        type=f"{URN}{error.kind}",
        title=error.status.phrase,
        status=error.status,
        detail=redacted(error.detail),
        instance=None if request is None else redacted(request.scope["path"]),
        request_id=request_id.get(),
        errors=None if errors is None else list(errors),
    )
    return JSONResponse(
        problem.model_dump(exclude_none=True),
        error.status,
        headers=error.headers,
        media_type=MEDIA_TYPE,
    )


def internal_error(request: Request) -> Response:
    detail = f"the gateway met an error of its own; its log tells more under {request_id.get()}"
    error = ProblemError(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", detail)
    return response(request, error)


async def _on_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)  # noqa: S101 -- as installed
    return response(request, error)


async def _on_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 -- as installed
    status = HTTPStatus(error.status_code)
    match status:
        case HTTPStatus.NOT_FOUND:
            address = _short(request.scope["path"])
            told = not_found(
                "not-found", f"there is nothing at {address}: /docs lists what there is"
            )
        case HTTPStatus.METHOD_NOT_ALLOWED:
            return _not_allowed(request)
        case HTTPStatus.BAD_REQUEST:
            told = ProblemError(status, "malformed-json", "the body is no JSON: correct it")
        case _:
            kind = status.phrase.lower().replace(" ", "-")
            told = ProblemError(status, kind, str(error.detail), headers=error.headers)
    return response(request, told)


def _not_allowed(request: Request) -> Response:
    """Say what may be done at an address instead, which is also what OPTIONS asks for."""
    headers = {"Allow": methods.allowed(request)}
    if request.method == "OPTIONS":
        return Response(status_code=HTTPStatus.NO_CONTENT, headers=headers)
    detail = f"{request.method} is not for this address: use {headers['Allow']}"
    status, kind = HTTPStatus.METHOD_NOT_ALLOWED, "method-not-allowed"
    return response(request, ProblemError(status, kind, detail, headers=headers))


async def _on_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 -- as installed
    found = error.errors()[:SHOWN_FIELDS]
    problems = [FieldProblem(field=_field(each), message=_told(each)) for each in found]
    first = problems[0]
    return response(request, unprocessable(INVALID, f"{first.field} {first.message}"), problems)


async def _on_key_reused(request: Request, error: Exception) -> Response:
    sentence = (
        f"the Idempotency-Key {_short(str(error))} stands for another request: use a new key, or "
        "send the request that it was first used for"
    )
    return response(request, unprocessable("idempotency-key-reused", sentence))


async def _on_no_tables(request: Request, error: Exception) -> Response:
    logger.error("a table is missing", error=str(error))
    return response(request, away("the database has no tables yet, it"))


async def _on_nats_away(request: Request, error: Exception) -> Response:
    logger.warning("nats does not answer", error=f"{type(error).__name__}: {error}")
    return response(request, away("the event log"))


async def _on_timeout(request: Request, error: Exception) -> Response:
    logger.warning("timeout", error=f"{type(error).__name__}: {error}")
    return response(request, away("a part of the system"))


async def _on_database_away(request: Request, error: Exception) -> Response:
    logger.warning("postgresql does not answer", error=f"{type(error).__name__}: {error}")
    return response(request, away("the database"))


def _field(error: ErrorDetails) -> str:
    field = redacted(".".join(str(part) for part in error["loc"][1:]))
    shown = field if len(field) <= SHOWN_CHARS else f"{field[:SHOWN_CHARS]}…"
    return shown or "the body"


def _told(error: ErrorDetails) -> str:
    """Return what is wrong as the end of a sentence that begins with the field's name."""
    context: dict[str, Any] = error.get("ctx", {})
    told = {
        "missing": "is missing: add it",
        "extra_forbidden": "is nothing this address knows: remove it or correct its spelling",
        "value_error": str(context.get("error")),
    }
    if error["type"] in told:
        return told[error["type"]]
    expected = {
        "string_pattern_mismatch": f"it must match {context.get('pattern')}",
        "datetime_from_date_parsing": "write it like 2026-12-01T09:00",
        "datetime_parsing": "write it like 2026-12-01T09:00",
        "literal_error": f"use one of {context.get('expected')}",
    }
    message = error["msg"]
    way_out = expected.get(error["type"], f"{message[:1].lower()}{message[1:]}")
    return f"is {_short(error.get('input'))}: {way_out}"


def _short(value: object) -> str:
    text = redacted(value if isinstance(value, str) else repr(value))
    shown = text if len(text) <= SHOWN_CHARS else f"{text[:SHOWN_CHARS]}…"
    return repr(shown) if isinstance(value, str) else shown
