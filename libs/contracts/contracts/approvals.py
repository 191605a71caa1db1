"""What a person is asked, bound to the answer by a digest of all that is shown."""

import hashlib

import orjson

from contracts.events import ApprovalRequested


def digest_of(request: ApprovalRequested) -> str:
    """Return what stands for everything that `request` shows; its own digest does not count."""
    shown = {
        "run_id": request.run_id,
        "step": request.step,
        "round": request.round,
        "risk": request.risk,
        "agent": request.agent,
        "task": request.task,
        "dry_run": request.dry_run,
        "expected_cost_usd_micro": request.expected_cost_usd_micro,
        "on_expiry": request.on_expiry,
        "revise": request.revise,
        "shown": {name: [ref.kind, ref.sha256] for name, ref in request.shown.items()},
    }
    return hashlib.sha256(orjson.dumps(shown, option=orjson.OPT_SORT_KEYS)).hexdigest()


def with_cost(request: ApprovalRequested, cost_usd_micro: int | None) -> ApprovalRequested:
    """Return `request` with what the step is expected to cost, None when nobody can tell."""
    priced = request.model_copy(update={"expected_cost_usd_micro": cost_usd_micro})
    return priced.model_copy(update={"digest": digest_of(priced)})
