"""The table of crashes, as text that is Markdown as well."""

from collections.abc import Iterable, Sequence

from chaos.audit import Verdict
from chaos.crash import Crash
from chaos.matrix import MEANINGS

COLUMNS = (
    *("victim", "blow", "moment", "runs", "ended", "effects"),
    *("came again", "sold again", "recovered after", "misses"),
)

type Result = tuple[list[Crash], Verdict]


def misses_of(results: Iterable[Result]) -> list[str]:
    found = list[str]()
    for crashes, verdict in results:
        found += [f"{crash.cell.name}: {miss}" for crash in crashes for miss in crash.misses]
        found += verdict.misses
    return found


def round_of(crashes: Sequence[Crash], verdict: Verdict) -> str:
    sales = verdict.sales
    slowest = max((crash.recovery_s or 0 for crash in crashes), default=0)
    return (
        f"{len(crashes)} crashes: {verdict.accepted} runs accepted, {verdict.completed} completed, "
        f"{verdict.effects} effects ({verdict.repeated} came again), {sales.calls} calls sold "
        f"({sales.again} again) of {sales.tokens} tokens, {sales.cut} cut of {sales.told} to "
        f"{sales.used} tokens, {verdict.billed} billed of {verdict.tokens} tokens, "
        f"{verdict.lost} lost, {verdict.unknown} billed without figures, "
        f"slowest recovery {slowest:.1f} s, "
        f"{len(misses_of([(list(crashes), verdict)]))} misses"
    )


def text_of(results: Sequence[Result], seed: int, clients: int, seconds: float) -> str:
    lines = [
        f"| {' | '.join(COLUMNS)} |",
        f"| {' | '.join(['---'] * 3 + ['---:'] * (len(COLUMNS) - 3))} |",
    ]
    lines += [_row(crash) for crashes, _ in results for crash in crashes]
    lines += ["", *(f"* {name}: {meaning}" for name, meaning in MEANINGS.items()), ""]
    lines += [f"Seed {seed}, {clients} runs at a time, {seconds:.0f} s."]
    return "\n".join(lines)


def _row(crash: Crash) -> str:
    cell = crash.cell
    after = "never" if crash.recovery_s is None else f"{crash.recovery_s:.1f} s"
    return (
        f"| {cell.victim} | {cell.blow} | {cell.moment} | {len(crash.runs)} | {crash.ended} "
        f"| {crash.effects} | {crash.came_again} | {crash.sold_again} "
        f"| {after} | {len(crash.misses)} |"
    )
