"""A plan on a page: what would run after what, which models it would ask, and for how much."""

from collections.abc import Iterator
from graphlib import TopologicalSorter

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from yaa.figures import duration_of, money_of, plural
from yaa.screen import COLOURS, topic_line
from yaa.views import Plan, PlannedCall, PlannedStep

NO_PRICE = "no price"


def show_plan(plan: Plan, console: Console) -> None:
    place = f"     plan · channel {plan.channel_id} · {plan.pipeline}"
    console.print(topic_line(plan.topic, simulated=plan.simulated))
    console.print(Text(place, style="dim"))
    console.print()
    console.print(Padding(_graph(plan), (0, 0, 0, 2), expand=False))
    console.print()
    for line in _sum_lines(plan):
        console.print(line, soft_wrap=True)


def levels_of(steps: tuple[PlannedStep, ...]) -> Iterator[tuple[PlannedStep, ...]]:
    """Return the steps in groups; those of a group run at the same time.

    A need that is no step of the plan counts as met.
    """
    by_name = {step.step: step for step in steps}
    needs = {step.step: [need for need in step.needs if need in by_name] for step in steps}
    sorter = TopologicalSorter(needs)
    sorter.prepare()
    while sorter.is_active():
        ready = set(sorter.get_ready())
        sorter.done(*ready)
        yield tuple(step for step in steps if step.step in ready)


def _graph(plan: Plan) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(justify="right", style="dim")
    for cells in (8, 10):
        table.add_column(no_wrap=True, min_width=cells)
    table.add_column(no_wrap=True, overflow="ellipsis")
    table.add_column(no_wrap=True, justify="right", min_width=len(NO_PRICE))
    table.add_column(no_wrap=True, justify="right", style="dim")
    for number, level in enumerate(levels_of(plan.steps), 1):
        if number > 1:
            table.add_row("", Text("↓", style="dim"))
        for position, step in enumerate(level):
            table.add_row("" if position else str(number), *_cells_of(step))
    return table


def _cells_of(step: PlannedStep) -> tuple[RenderableType, ...]:
    agent = Text(step.agent, style="dim" if step.agent_known else "red")
    calls = [_call_line(call) for call in step.calls] or [Text("no paid call", style="dim")]
    if (asks := _asks(step)) is not None:
        calls.append(asks)
    costs = [_cost_of(call) for call in step.calls]
    time = Text(duration_of(step.expected_s))
    return (Text(step.step, style="bold"), agent, Group(*calls), Group(*costs), time)


def _asks(step: PlannedStep) -> Text | None:
    approval = step.approval
    if approval is None or approval.asks is False or approval.risk != "high":
        return None
    if approval.asks:
        return Text("waits for your approval first", style=COLOURS["awaiting_approval"])
    return Text(f"asks for approval when {approval.when}", style=COLOURS["awaiting_approval"])


def _call_line(call: PlannedCall) -> Text:
    times = f"{call.count:>2}× "  # noqa: RUF001 -- the sign for times
    return Text.assemble(times, f"{call.capability:<10}", (f"{call.provider}:{call.model}", "cyan"))


def _cost_of(call: PlannedCall) -> Text:
    if call.cost_usd is None:
        return Text(NO_PRICE, style="yellow")
    return Text(money_of(call.cost_usd))


def _sum_lines(plan: Plan) -> Iterator[Text]:
    yield Text.assemble("  expected ", *_expected(plan))
    yield _time_line(plan)
    if plan.unpriced:
        models = ", ".join(plan.unpriced)
        yield Text(f"  without a price, so not in the sum: {models}", style="yellow")
    if plan.simulated:
        yield Text("  the models are simulated: nothing would be paid", style="yellow")
    if missing := sorted({step.agent for step in plan.steps if not step.agent_known}):
        agents = ", ".join(missing)
        yield Text(f"  not seen yet: {agents}; the run would wait for them", style="red")
    yield Text("  nothing was started", style="dim")


def _expected(plan: Plan) -> Iterator[str | tuple[str, str]]:
    """A sum with an unknown part is unknown; what is known of it is the least."""
    calls = [call for step in plan.steps for call in step.calls]
    known = [call.cost_usd for call in calls if call.cost_usd is not None]
    if plan.cost_usd is None and not known:
        yield ("cost unknown", "bold yellow")
    elif plan.cost_usd is None:
        yield from ("at least ", (money_of(sum(known)), "bold"))
    else:
        yield (money_of(plan.cost_usd), "bold")
    yield f" for {plural(sum(call.count for call in calls), 'call')}"


def _time_line(plan: Plan) -> Text:
    if plan.expected_s is not None:
        usual = (duration_of(plan.expected_s), "bold")
        return Text.assemble("  usually done in ", usual, ", without waiting for agents or people")
    new = ", ".join(step.step for step in plan.steps if step.expected_s is None)
    return Text(f"  nobody knows how long it takes: {new} never completed here", style="yellow")
