"""What was sold: the counts a bill can be held against, kept apart from the requests."""

from collections import Counter
from collections.abc import Mapping

from simulator.wire import Json

type Counts = Mapping[str, int]
"""How much of each kind was used. The kinds are disjoint: no token is in two of them."""


class _Account:
    """The calls of one model."""

    def __init__(self) -> None:
        self.calls = 0
        self.silent = 0
        self.counts = {"usage": Counter[str](), "told": Counter[str](), "used": Counter[str]()}

    def add(self, **counts: Counts) -> None:
        self.calls += 1
        for name, each in counts.items():
            self.counts[name].update(each)

    def report(self, *names: str) -> Json:
        return {"calls": self.calls, **{name: _without_zeros(self.counts[name]) for name in names}}


class Ledger:
    """Answers that were given whole, and those that broke off on the way."""

    def __init__(self) -> None:
        self._sold = dict[tuple[str, str], _Account]()
        self._cut = dict[tuple[str, str], _Account]()

    def sell(self, provider: str, model: str, usage: Counts) -> None:
        self._sold.setdefault((provider, model), _Account()).add(usage=usage)

    def break_off(self, provider: str, model: str, *, told: Counts, used: Counts) -> None:
        """Note an answer of which only a part was sent.

        Args:
            provider: Who answered.
            model: Which of its models.
            told: What the sent part says of the usage.
            used: What a provider bills: the whole input, and of the output what was made.
        """
        account = self._cut.setdefault((provider, model), _Account())
        account.add(told=told, used=used)
        account.silent += not told

    def clear(self) -> None:
        self._sold.clear()
        self._cut.clear()

    def report(self) -> Json:
        return {
            "sold": [_row(key, account, "usage") for key, account in sorted(self._sold.items())],
            "cut": [
                _row(key, account, "told", "used") | {"silent": account.silent}
                for key, account in sorted(self._cut.items())
            ],
        }


def _row(key: tuple[str, str], account: _Account, *names: str) -> Json:
    return {"provider": key[0], "model": key[1], **account.report(*names)}


def _without_zeros(counts: Counts) -> dict[str, int]:
    return {name: count for name, count in sorted(counts.items()) if count}
