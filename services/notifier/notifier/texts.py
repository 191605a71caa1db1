"""Notices in words, in the language of who reads them."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType

from contracts.notices import (
    ApprovalNotice,
    CompletedNotice,
    FailedNotice,
    Notice,
)
from notifier.settings import Language

TOPIC_CHARS = 80
ERROR_CHARS = 300
MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86_400

_ENGLISH = MappingProxyType(
    {
        "approval.requested": "Waits for you: {step} of “{topic}” ({channel})",
        "run.failed": "Failed: “{topic}” ({channel})",
        "run.completed": "Done: “{topic}” ({channel}), in {took}",
        "test": "yaa can reach you here: this is a test.",
        "approve": "runs in {left} unless somebody says otherwise",
        "reject": "is rejected in {left} unless somebody approves",
        "expired": "its time is up",
        "cost": "expected cost ${cost:.2f}",
        "risk": "{risk} risk",
        "dry_run": "dry run",
        "low": "low",
        "medium": "medium",
        "high": "high",
        "d": "{n} days",
        "h": "{n} h",
        "m": "{n} min",
        "s": "{n} s",
        "more": "and {n} more",
        "many": "{asked} waiting for you, {failed} failed, {done} done",
    }
)
_KOREAN = MappingProxyType(
    {
        "approval.requested": "승인을 기다려요: “{topic}”의 {step} 단계 ({channel})",
        "run.failed": "실패했어요: “{topic}” ({channel})",
        "run.completed": "완료됐어요: “{topic}” ({channel}), {took} 걸렸어요",
        "test": "yaa가 여기로 알림을 보낼 수 있어요. 시험 메시지예요.",
        "approve": "답이 없으면 {left} 뒤에 그대로 진행돼요",
        "reject": "승인하지 않으면 {left} 뒤에 거절돼요",
        "expired": "답할 시간이 지났어요",
        "cost": "예상 비용 ${cost:.2f}",
        "risk": "위험도 {risk}",
        "dry_run": "시험 실행",
        "low": "낮음",
        "medium": "보통",
        "high": "높음",
        "d": "{n}일",
        "h": "{n}시간",
        "m": "{n}분",
        "s": "{n}초",
        "more": "그 밖에 {n}건",
        "many": "승인 대기 {asked}건, 실패 {failed}건, 완료 {done}건",
    }
)
_OF: Mapping[Language, Mapping[str, str]] = MappingProxyType({"en": _ENGLISH, "ko": _KOREAN})


class Words:
    """Says in one language what notices tell. `now` is when it is read."""

    def __init__(
        self, language: Language, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._words = _OF[language]
        self._now = now

    def title(self, notices: Sequence[Notice]) -> str:
        """Return one line for all."""
        if len(notices) == 1:
            return f"[yaa] {self._headline(notices[0])}"
        counts = Counter(notice.type for notice in notices)
        many = self._words["many"].format(
            asked=counts["approval.requested"],
            failed=counts["run.failed"],
            done=counts["run.completed"],
        )
        return f"[yaa] {many}"

    def message(
        self,
        notices: Sequence[Notice],
        *,
        most: int,
        chars: int = 100_000,
        written: Callable[[str], str] = str,
    ) -> str:
        """Return what `most` of the notices tell, a paragraph each, and how many more there are.

        As it is `written` it has some `chars` at most, or one paragraph.
        """
        told = [self._paragraph(notice) for notice in notices[:most]]
        while len(text := written(self._joined(told, len(notices)))) > chars and len(told) > 1:
            told.pop()
        return text

    def _joined(self, told: Sequence[str], count: int) -> str:
        more = count - len(told)
        return "\n\n".join([*told, *([self._words["more"].format(n=more)] if more else [])])

    def _headline(self, notice: Notice) -> str:
        words = self._words[notice.type]
        match notice:
            case ApprovalNotice(data=data):
                text = words.format(
                    step=data.step, topic=_short(data.topic), channel=data.channel_id
                )
            case CompletedNotice(data=data):
                took = self._span(data.duration_s)
                text = words.format(topic=_short(data.topic), channel=data.channel_id, took=took)
            case FailedNotice(data=data):
                text = words.format(topic=_short(data.topic), channel=data.channel_id)
            case _:
                return words
        return f"{text} [{self._words['dry_run']}]" if data.dry_run else text

    def _paragraph(self, notice: Notice) -> str:
        lines = [self._headline(notice)]
        match notice:
            case ApprovalNotice():
                lines += [self._terms(notice), notice.data.url]
            case FailedNotice(data=data):
                errors = (f"{each.step}: {each.message}" for each in data.errors[:1])
                lines += [*(_short(each, ERROR_CHARS) for each in errors), data.url]
            case CompletedNotice(data=data):
                lines.append(data.url)
            case _:
                pass
        return "\n".join(filter(None, lines))

    def _terms(self, notice: ApprovalNotice) -> str:
        """Return what it is about, and what comes of it when nobody answers."""
        data, words = notice.data, self._words
        terms = [words["risk"].format(risk=words[data.risk])]
        if data.expected_cost_usd is not None:
            terms.append(words["cost"].format(cost=data.expected_cost_usd))
        left_s = (data.expires_at - self._now()).total_seconds()
        end = words[data.on_expiry].format(left=self._span(left_s))
        terms.append(end if left_s > 0 else words["expired"])
        return " · ".join(terms)

    def _span(self, seconds: float) -> str:
        for unit, size in (("d", DAY_S), ("h", HOUR_S), ("m", MINUTE_S)):
            if seconds >= 2 * size:
                return self._words[unit].format(n=int(seconds // size))
        return self._words["s"].format(n=max(1, int(seconds)))


def _short(text: str, most: int = TOPIC_CHARS) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"
