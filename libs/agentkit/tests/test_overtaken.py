"""An agent that slept in the middle of a call: nobody buys again what another has bought."""

import pytest

from agentkit.models import Providers
from agentkit.providers.base import Answer, BoughtError, CallFailedError, Request, TextSink
from agentkit.providers.circuit import Circuit
from agentkit.providers.patience import Contact, Patient
from agentkit.settings import CallBudget, CircuitSettings

from .test_calls import ASKED, CLAUDE, SPENT, USAGE, World, wrote
from .test_patience import REQUEST, Adapter, Caller, patient


class Sleeping:
    """A connection to a provider that breaks off while another attempt buys the same."""

    def __init__(self, world: World) -> None:
        self.tries = 0
        self._world = world
        contact = Contact("anthropic", "http://127.0.0.1:8430", "ANTHROPIC_API_KEY")
        budget = CallBudget(attempts=3, total_s=5, backoff_s=0.01)
        circuit = Circuit("anthropic", CircuitSettings())
        patient = Patient(contact, self, budget, circuit)
        self.providers = Providers({"anthropic": patient}, simulated=False)

    async def call(self, request: Request, on_text: TextSink) -> Answer:  # noqa: ARG002
        self.tries += 1
        await self._world.attempt(wrote("first")).buy(CLAUDE, ASKED)
        raise CallFailedError("cut", spent=SPENT)

    async def close(self) -> None:
        pass


async def test_what_somebody_else_has_bought_meanwhile_is_not_asked_for_again() -> None:
    async def is_bought() -> bool:
        return adapter.tries > 0

    adapter, caller = Adapter(CallFailedError("cut", spent=SPENT)), Caller()
    caller.is_bought = is_bought

    with pytest.raises(BoughtError) as raised:
        await patient(adapter).call(REQUEST, caller)

    assert raised.value.spent == (SPENT,)
    assert adapter.tries == 1


async def test_a_call_that_broke_off_is_not_bought_again_when_another_buyer_has_the_answer() -> (
    None
):
    """So it is with an agent that slept in the middle of a call and was taken for dead."""
    sleeper = Sleeping(world := World())

    bought = await world.attempt_with(sleeper.providers).buy(CLAUDE, ASKED)

    assert bought.record.answer == {"text": "first", "stop": "end"}
    assert bought.found_at
    assert sleeper.tries == 1
    assert world.bill == [USAGE, SPENT.usage]
    assert [call.record.answer is None for call in world.journal.calls.values()] == [False, True]
