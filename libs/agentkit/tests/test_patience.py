"""A provider that is busy is waited for, within bounds; then one sentence says what to do."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from agentkit.errors import StepRejectedError
from agentkit.providers.base import (
    UNKNOWN,
    Answer,
    CallFailedError,
    CallRejectedError,
    Cause,
    GivenUpError,
    ImageRequest,
    Listener,
    ProviderError,
    Request,
    Spent,
    TextSink,
)
from agentkit.providers.circuit import Circuit
from agentkit.providers.failure import cause_of, retry_after_of
from agentkit.providers.patience import Contact, Patient
from agentkit.settings import CallBudget, CircuitSettings
from agentkit.testing import wait_until
from contracts.calls import Incident, Usage

QUICK = CallBudget(attempts=3, total_s=5, backoff_s=0.01)
REQUEST = ImageRequest(model="gpt-image", prompt="a secret plan", width=1, height=1)
ANSWER = Answer(b"\x89PNG", Usage(images=1), {})
SPENT = Spent(Usage(input_fresh=3), {"input_tokens": 3})
OPENAI = Contact("openai", "http://127.0.0.1:8430", "OPENAI_API_KEY")


class Adapter:
    """Fails as told, then answers."""

    def __init__(self, *failures: CallFailedError, takes_s: float = 0) -> None:
        self.tries = 0
        self._failures = list(failures)
        self._takes_s = takes_s

    async def call(self, request: Request, on_text: TextSink) -> Answer:  # noqa: ARG002
        self.tries += 1
        await asyncio.sleep(self._takes_s)
        if self._failures:
            raise self._failures.pop(0)
        return ANSWER

    async def close(self) -> None:
        pass


class Caller(Listener):
    """Somebody who asks and keeps what is heard meanwhile."""

    def __init__(self) -> None:
        super().__init__(self._read, self._hear_of)
        self.incidents = list[Incident]()

    async def _read(self, text: str) -> None:
        pass

    async def _hear_of(self, incident: Incident) -> None:
        self.incidents.append(incident)


def patient(adapter: Adapter, budget: CallBudget = QUICK) -> Patient:
    return Patient(OPENAI, adapter, budget, Circuit("openai", CircuitSettings()))


async def called(adapter: Adapter, budget: CallBudget = QUICK) -> Answer:
    return await patient(adapter, budget).call(REQUEST, Caller())


async def test_a_rejection_tells_what_the_tries_before_it_used() -> None:
    adapter = Adapter(CallFailedError("cut", spent=SPENT), CallFailedError("key", status=401))

    with pytest.raises(CallRejectedError) as caught:
        await called(adapter)

    assert caught.value.spent == (SPENT,)


@pytest.mark.parametrize("cause", ["busy", "cut", "timeout", "unreachable"])
async def test_what_passes_is_waited_for(cause: Cause) -> None:
    adapter = Adapter(CallFailedError(cause), CallFailedError(cause))

    assert (await called(adapter)).content == ANSWER.content
    assert adapter.tries == 3


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (
            CallFailedError("busy", status=529),
            "openai answered 529 (overloaded) in 3 tries: try again later",
        ),
        (
            CallFailedError("busy", status=500),
            "openai answered 500 in 3 tries: try again later",
        ),
        (CallFailedError("cut"), "openai gave no whole answer in 3 tries: try again later"),
        (CallFailedError("timeout"), "openai did not answer in 3 tries: try again later"),
        (
            CallFailedError("unreachable"),
            "openai cannot be reached at http://127.0.0.1:8430 in 3 tries: see that it runs there",
        ),
    ],
    ids=["overloaded", "error", "cut", "timeout", "unreachable"],
)
async def test_after_the_last_try_the_step_may_be_tried_again(
    failure: CallFailedError, said: str
) -> None:
    adapter = Adapter(*([failure] * 9))

    with pytest.raises(ProviderError) as caught:
        await called(adapter)

    assert str(caught.value) == said
    assert (caught.value.provider, caught.value.failure) == ("openai", failure)
    assert adapter.tries == 3


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (
            CallFailedError("key", status=401, code="invalid_api_key"),
            (
                "openai refused the key (401 invalid_api_key): "
                "set OPENAI_API_KEY to one that may use its models"
            ),
        ),
        (
            CallFailedError("quota", status=429, code="insufficient_quota"),
            (
                "openai has no credit left for the key in OPENAI_API_KEY (429 insufficient_quota): "
                "add some"
            ),
        ),
        (
            CallFailedError("model", status=404, code="model_not_found"),
            (
                "openai has no model 'gpt-image' (404 model_not_found): "
                "name one it has in the YAA_MODELS__ settings"
            ),
        ),
        (
            CallFailedError("policy", status=400, code="moderation_blocked"),
            (
                "openai refused the image for what it is about (400 moderation_blocked): "
                "change the topic or the prompt"
            ),
        ),
        (
            CallFailedError("request", status=400),
            (
                "openai cannot do the image request with model 'gpt-image' (400): "
                "name another in the YAA_MODELS__ settings"
            ),
        ),
    ],
    ids=["key", "quota", "model", "policy", "request"],
)
async def test_what_will_never_succeed_ends_the_step_at_once(
    failure: CallFailedError, said: str
) -> None:
    adapter = Adapter(failure)

    with pytest.raises(StepRejectedError) as caught:
        await called(adapter)

    assert str(caught.value) == said
    assert adapter.tries == 1


async def test_the_provider_is_given_the_time_it_asks_for() -> None:
    adapter = Adapter(CallFailedError("busy", status=429, retry_after_s=0.3))
    started = time.monotonic()

    await called(adapter)

    assert time.monotonic() - started >= 0.3


async def test_a_wait_longer_than_the_budget_is_not_begun() -> None:
    adapter = Adapter(CallFailedError("busy", status=429, retry_after_s=3600))
    started = time.monotonic()

    with pytest.raises(ProviderError, match=r"429 \(too many requests\) in 1 try: try again in 36"):
        await called(adapter)

    assert time.monotonic() - started < QUICK.total_s
    assert adapter.tries == 1


async def test_a_call_ends_when_its_time_is_up() -> None:
    adapter = Adapter(takes_s=60)

    with pytest.raises(ProviderError, match="openai did not answer in 1 try"):
        await called(adapter, CallBudget(total_s=0.05))


async def test_what_failed_tries_used_is_told_with_the_answer() -> None:
    cut = CallFailedError("cut", spent=SPENT)

    assert (await called(Adapter(cut, cut))).spent == (SPENT, SPENT)


async def test_what_failed_tries_used_is_told_with_the_error() -> None:
    with pytest.raises(ProviderError) as caught:
        await called(Adapter(*([CallFailedError("cut", spent=SPENT)] * 3)))

    assert caught.value.spent == (SPENT,) * 3


async def test_watchers_hear_of_each_try_that_failed_and_when_the_next_one_comes() -> None:
    caller = Caller()
    adapter = Adapter(
        CallFailedError("busy", status=529),
        CallFailedError("busy", status=429, retry_after_s=1.6),
    )

    await patient(adapter).call(REQUEST, caller)

    overloaded, limited = caller.incidents
    assert (overloaded.kind, overloaded.error) == ("retried", "overloaded")
    assert overloaded.message == "openai is overloaded (529), asked again in a moment"
    assert (limited.provider, limited.model, limited.error) == (
        "openai",
        "gpt-image",
        "rate_limited",
    )
    assert limited.message == "openai asks for fewer requests (429), asked again in 2 s"


async def test_a_refusal_is_told_without_what_was_asked() -> None:
    caller = Caller()
    adapter = Adapter(CallFailedError("policy", status=400, code="moderation_blocked"))

    with pytest.raises(CallRejectedError):
        await patient(adapter).call(REQUEST, caller)

    [incident] = caller.incidents
    assert (incident.kind, incident.message) == ("refused", "openai refused what it was asked")


async def test_a_provider_that_fails_too_often_is_not_asked_and_may_be_later() -> None:
    adapter = Adapter(*[CallFailedError("unreachable")] * 9)
    provider, caller = patient(adapter), Caller()
    for _ in range(2):
        with pytest.raises(ProviderError):
            await provider.call(REQUEST, Caller())

    with pytest.raises(ProviderError) as caught:
        await provider.call(REQUEST, caller)

    assert str(caught.value) == "openai fails too often and is left alone for 30 s: try again then"
    assert 29 < caught.value.retry_after_s <= 30
    assert adapter.tries == 5
    [incident] = caller.incidents
    assert (incident.kind, incident.error) == ("circuit_open", "circuit_open")
    assert incident.message == "openai fails too often and is left alone for 30 s"


async def test_who_leaves_while_it_is_waited_to_ask_again_waits_for_nothing() -> None:
    caller = Caller()
    adapter = Adapter(CallFailedError("cut", retry_after_s=60, spent=SPENT))
    calling = asyncio.create_task(patient(adapter, CallBudget()).call(REQUEST, caller))
    await wait_until(lambda: bool(caller.incidents))

    caller.leave()

    with pytest.raises(ProviderError) as caught:
        await calling
    assert caught.value.spent == (SPENT,)
    assert adapter.tries == 1


async def test_an_answer_that_nobody_waits_for_is_brought_to_an_end() -> None:
    caller, adapter = Caller(), Adapter(takes_s=0.1)
    calling = asyncio.create_task(patient(adapter).call(REQUEST, caller))
    await wait_until(lambda: adapter.tries == 1)

    caller.leave()

    assert (await calling).content == ANSWER.content


async def test_a_try_that_fails_after_the_caller_left_is_the_last() -> None:
    caller, adapter = Caller(), Adapter(CallFailedError("busy", status=500), takes_s=0.1)
    calling = asyncio.create_task(patient(adapter).call(REQUEST, caller))
    await wait_until(lambda: adapter.tries == 1)

    caller.leave()

    with pytest.raises(ProviderError):
        await calling
    assert adapter.tries == 1


@pytest.mark.parametrize(
    ("adapter", "spent"),
    [("Adapter", UNKNOWN), ("Telling", SPENT)],
    ids=["says nothing", "tells on the way"],
)
async def test_an_answer_that_takes_too_long_for_nobody_is_given_up_with_what_it_used(
    monkeypatch: pytest.MonkeyPatch, adapter: str, spent: Spent
) -> None:
    monkeypatch.setattr("agentkit.providers.patience.GRACE_S", 0.1)
    caller, endless = Caller(), {"Adapter": Adapter, "Telling": Telling}[adapter](takes_s=60)
    calling = asyncio.create_task(patient(endless).call(REQUEST, caller))
    await wait_until(lambda: endless.tries == 1)

    caller.leave()

    with pytest.raises(ProviderError) as caught:
        await calling
    assert caught.value.spent == (spent,)


async def test_a_call_that_ends_with_its_time_tells_what_it_used() -> None:
    with pytest.raises(ProviderError) as caught:
        await called(Telling(takes_s=60), CallBudget(total_s=0.05))

    assert caught.value.spent == (SPENT,)


class Telling(Adapter):
    """Knows what it used when it is cancelled."""

    async def call(self, request: Request, on_text: TextSink) -> Answer:
        try:
            return await super().call(request, on_text)
        except asyncio.CancelledError:
            raise GivenUpError(SPENT) from None


def test_an_error_never_quotes_more_than_a_code() -> None:
    failure = CallFailedError("request", code='Invalid "a secret plan" sk-123 ' + "x" * 99)

    assert " " not in failure.code
    assert len(failure.code) <= 48


@pytest.mark.parametrize(
    ("status", "code", "cause"),
    [
        (401, "", "key"),
        (403, "permission_error", "key"),
        (402, "billing_error", "quota"),
        (404, "not_found_error", "model"),
        (429, "rate_limit_error", "busy"),
        (429, "insufficient_quota", "quota"),
        (400, "moderation_blocked", "policy"),
        (400, "invalid_request_error", "request"),
        (413, "request_too_large", "request"),
        (408, "", "busy"),
        (500, "api_error", "busy"),
        (529, "overloaded_error", "busy"),
        (200, "api_error", "busy"),
    ],
)
def test_a_status_has_a_cause(status: int, code: str, cause: Cause) -> None:
    assert cause_of(status, code) == cause


def test_retry_after_is_seconds_or_a_date() -> None:
    later = datetime.now(UTC) + timedelta(seconds=90)

    assert retry_after_of({"retry-after": "2.5"}) == 2.5
    assert 80 < retry_after_of({"retry-after": format_datetime(later, usegmt=True)}) <= 90
    assert retry_after_of({"retry-after": "9", "retry-after-ms": "1500"}) == 1.5


@pytest.mark.parametrize(
    "header",
    [
        *("", "soon", "-3", "nan", "inf", "9" * 400),
        *("Thu, 01 Jan 1970 00:00:00 GMT", f"Thu, 01 Jan {'9' * 20} 00:00:00 GMT"),
    ],
)
def test_a_retry_after_that_says_nothing_is_no_wait(header: str) -> None:
    assert retry_after_of({"retry-after": header}) == 0
    assert retry_after_of({"retry-after-ms": header}) == 0
    assert retry_after_of({}) == 0
