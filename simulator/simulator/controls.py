"""The simulator's own paths: faults on demand, the log of requests, what was sold, health."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from simulator.desk import desk_of
from simulator.faults import FaultRule
from simulator.journal import KEEP
from simulator.wire import Json

router = APIRouter(tags=["simulator"])


@router.get("/simulator/faults")
async def list_faults(request: Request) -> list[FaultRule]:
    """Return the rules in force, each with how often it was met."""
    return desk_of(request).faults.rules


@router.post("/simulator/faults", status_code=201)
async def add_faults(request: Request, rules: list[FaultRule] | FaultRule) -> list[FaultRule]:
    """Add rules after those there are; of the rules that fit, the first one counts."""
    faults = desk_of(request).faults
    faults.add(rules if isinstance(rules, list) else [rules])
    return faults.rules


@router.delete("/simulator/faults", status_code=204)
async def clear_faults(request: Request) -> None:
    desk_of(request).faults.clear()


@router.get("/simulator/requests")
async def list_requests(request: Request, last: Annotated[int, Query(ge=0, le=KEEP)] = 50) -> Json:
    """Return how often each path was asked and answered, and which answers were repeated.

    What two traces ask alike is no repetition: two runs may need the same picture.
    """
    return desk_of(request).journal.report(last)


@router.delete("/simulator/requests", status_code=204)
async def clear_requests(request: Request) -> None:
    desk_of(request).journal.clear()


@router.get("/simulator/sold")
async def list_sold(request: Request) -> Json:
    """Return what a bill has to say, by provider and model, in disjoint counts.

    `sold` are answers that were given whole, with the usage they reported. `cut` are answers
    that broke off: what they had told of their usage, and what was used until then; `silent` ones
    had told nothing.
    """
    return desk_of(request).ledger.report()


@router.delete("/simulator/sold", status_code=204)
async def clear_sold(request: Request) -> None:
    desk_of(request).ledger.clear()


@router.get("/health/live")
@router.get("/health/ready")
async def ready() -> Json:
    return {"status": "ok"}
