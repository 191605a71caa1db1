"""What was found, as Markdown: for the screen, and for docs/CRASH_MATRIX.md."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from chaos.audit import Verdict
from chaos.crash import Crash
from chaos.matrix import MEANINGS

CELL_COLUMNS = (
    *("victim", "blow", "moment", "runs", "ended", "effects"),
    *("came again", "sold again", "recovered after", "misses"),
)
ROUND_COLUMNS = (
    *("stack", "crashes", "runs", "by schedule", "cancelled", "watched", "effects", "came again"),
    *("calls asked", "spoilt", "sold", "sold again", "cut"),
    *("tokens sold", "tokens billed", "lost", "misses"),
)
PAGE = Path(__file__).with_name("page.md.tmpl")


@dataclass(frozen=True, slots=True)
class Result:
    """One round on the stack called `stack`."""

    stack: str
    crashes: Sequence[Crash]
    verdict: Verdict

    @property
    def misses(self) -> list[str]:
        own = [f"{crash.cell.name}: {miss}" for crash in self.crashes for miss in crash.misses]
        return own + self.verdict.misses


def misses_of(results: Iterable[Result]) -> list[str]:
    """Return every miss once: the figures are of all runs so far, and so are their misses."""
    return list(dict.fromkeys(miss for result in results for miss in result.misses))


def page_of(results: Sequence[Result], seed: int, clients: int, seconds: float) -> str:
    misses = misses_of(results)
    runs = [len(crash.runs) for result in results for crash in result.crashes]
    return PAGE.read_text().format(
        misses=f"it found {len(misses)}" if misses else "it found none",
        clients=clients,
        fewest=min(runs),
        meanings="\n".join(f"* *{name}*: {meaning}" for name, meaning in MEANINGS.items()),
        cells=cells_of(results),
        rounds=_table(ROUND_COLUMNS, 1, (_round(result) for result in results)),
        seed=seed,
        minutes=seconds / 60,
    )


def cells_of(results: Iterable[Result]) -> str:
    crashes = [crash for result in results for crash in result.crashes]
    return _table(CELL_COLUMNS, 3, map(_cell, crashes))


def line_of(result: Result) -> str:
    """Return what one round came to, and its misses on lines of their own."""
    named = zip(ROUND_COLUMNS, _round(result), strict=True)
    return "\n    ".join(["; ".join(f"{name} {each}" for name, each in named), *result.misses])


def _table(columns: Sequence[str], texts: int, rows: Iterable[Sequence[object]]) -> str:
    """Return a table whose first `texts` columns are no numbers."""
    rule = ["---"] * texts + ["---:"] * (len(columns) - texts)
    lines = (columns, rule, *rows)
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def _cell(crash: Crash) -> Sequence[object]:
    cell = crash.cell
    after = "never" if crash.recovery_s is None else f"{crash.recovery_s:.1f} s"
    return (
        *(cell.victim, cell.blow, cell.moment, len(crash.runs), crash.ended, crash.effects),
        *(crash.came_again, crash.sold_again, after, len(crash.misses)),
    )


def _round(result: Result) -> Sequence[object]:
    verdict, balance = result.verdict, result.verdict.balance
    sales = balance.sales
    return (
        *(result.stack, len(result.crashes), f"{verdict.ended} of {verdict.accepted}"),
        *(verdict.scheduled, verdict.cancelled, verdict.watched),
        *(verdict.effects, verdict.repeated, sales.asked, f"{sales.spoilt_share:.1%}"),
        *(sales.calls, sales.again, sales.cut),
        *(f"{sales.tokens} + {sales.told} to {sales.used}", balance.tokens),
        *(balance.lost, len(result.misses)),
    )
