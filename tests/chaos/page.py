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
    """Return every miss once: the figures are of all runs so far, and so are their misses."""
    found = list[str]()
    for crashes, verdict in results:
        found += [f"{crash.cell.name}: {miss}" for crash in crashes for miss in crash.misses]
        found += verdict.misses
    return list(dict.fromkeys(found))


def round_of(crashes: Sequence[Crash], verdict: Verdict) -> str:
    sales = verdict.sales
    slowest = max((crash.recovery_s or 0 for crash in crashes), default=0)
    parts = (
        f"{len(crashes)} crashes",
        f"{verdict.accepted} runs accepted, {verdict.ended} ended, {verdict.cancelled} cancelled",
        f"{verdict.scheduled} by schedule, {verdict.watched} watched",
        f"{verdict.effects} effects, {verdict.repeated} came again",
        f"{sales.calls} calls sold of {sales.tokens} tokens, {sales.again} again",
        f"{sales.cut} cut of {sales.told} to {sales.used} tokens",
        f"{verdict.billed} billed of {verdict.tokens} tokens, {verdict.lost} lost",
        f"{verdict.unknown} billed without figures",
        f"slowest recovery {slowest:.1f} s",
        f"{len(misses := misses_of([(list(crashes), verdict)]))} misses",
    )
    return "\n    ".join(["; ".join(parts), *misses])


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
