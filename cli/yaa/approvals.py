"""What the commands about approvals do."""

import asyncio
from dataclasses import dataclass

import typer
from rich.console import Console
from rich.text import Text

from yaa.actions import out
from yaa.address import gateway_url
from yaa.approval_page import answer_of, show_question, show_queue
from yaa.approval_views import ApprovalView, Decided, Decision, DecisionOrder
from yaa.client import Gateway
from yaa.errors import UsageError, YaaError
from yaa.person import me

_ASKED = {
    "approve": "Approve it?",
    "reject": "Reject it? The run fails then.",
    "revise": "Send it back?",
}


def show_all(url: str | None, *, status: str, channel: str, limit: int) -> None:
    async def ask() -> None:
        async with Gateway(gateway_url(url)) as gateway:
            page = await gateway.approvals(status=status, channel=channel, limit=limit)
            show_queue(page, out(), status)

    asyncio.run(ask())


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person said at once; one who is not `sure` is asked when all was shown."""

    decision: Decision
    comment: str
    sure: bool


def decide(run_id: str, answer: Answer, url: str | None, *, step: str | None) -> None:
    """Show what a run asks, and decide on just that once somebody said yes."""
    console = out()
    address = gateway_url(url)
    view = asyncio.run(_question(address, run_id, step))
    show_question(view, address, console)
    console.print()
    if not answer.sure:
        _confirm(view, answer.decision)
    order = DecisionOrder(
        digest=view.digest,
        decision=answer.decision,
        comment=answer.comment,
        decided_by=me(),
    )
    _say(asyncio.run(_decide(address, view, order)), view, console)


async def _question(address: str, run_id: str, step: str | None) -> ApprovalView:
    async with Gateway(address) as gateway:
        return await gateway.approval(run_id, step or await _only_step(gateway, run_id))


async def _only_step(gateway: Gateway, run_id: str) -> str:
    items = (await gateway.open_approvals(run_id)).items
    if not items:
        answers = {each.step: each for each in (await gateway.run(run_id)).approvals}
        said = ", ".join(f"{step} was {answer_of(each)}" for step, each in answers.items())
        raise UsageError(
            f"run {run_id} asks for nothing right now{said and f' ({said})'}: "
            f"yaa show {run_id} tells where it stands"
        )
    if len(items) > 1:
        steps = ", ".join(item.step for item in items)
        raise UsageError(f"run {run_id} asks for {steps}: say which with --step")
    return items[0].step


async def _decide(address: str, view: ApprovalView, order: DecisionOrder) -> Decided:
    async with Gateway(address) as gateway:
        return await gateway.decide(view.run_id, view.step, order)


def _confirm(view: ApprovalView, decision: Decision) -> None:
    if view.status != "waiting":
        return
    try:
        is_sure = typer.confirm(_ASKED[decision])
    except typer.Abort as error:
        typer.echo()
        raise UsageError("nobody answered, so nothing was decided: add --yes") from error
    if not is_sure:
        raise YaaError("nothing was decided")


def _say(decided: Decided, view: ApprovalView, console: Console) -> None:
    said = {
        "approved": ("✓ ", "green", "was approved"),
        "rejected": ("✗ ", "red", "was rejected: the run fails"),
        "revised": ("↻ ", "yellow", f"was sent back: {view.revise} runs again"),
    }.get(decided.status, ("✓ ", "green", f"was {decided.status}"))
    icon, colour, what = said
    line = Text.assemble((icon, colour), (decided.step, "bold"), f" of run {decided.run_id} {what}")
    console.print(line, soft_wrap=True)
