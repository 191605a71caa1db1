"""What an agent says of itself: its tasks and what they are expected to use."""

from contracts.base import Frozen, Name
from contracts.calls import Capability, Usage


class ExpectedCall(Frozen):
    """`count` calls of one model, each using about `usage`. Enough to quote a price."""

    capability: Capability
    provider: str
    model: str
    usage: Usage
    count: int = 1


class TaskCard(Frozen):
    """`inputs`, `optional` and `output` are artifact kinds.

    The needed steps must give the `inputs`. The `optional` ones are used when they are there:
    an `Item` in a step that runs for each item, a `Revision` when a person wants changes.
    """

    task: Name
    inputs: tuple[str, ...]
    output: str
    calls: tuple[ExpectedCall, ...] = ()
    optional: tuple[str, ...] = ()


class AgentCard(Frozen):
    """Kept in the agents bucket under the agent's name, written when the agent starts."""

    agent: Name
    tasks: tuple[TaskCard, ...]
    simulated: bool = False


class QuoteRequest(Frozen):
    """Asks the usage service over NATS what these calls would cost."""

    calls: tuple[ExpectedCall, ...]


class Quote(Frozen):
    """`costs_usd_micro` holds one price a call of the request, null where none is known."""

    costs_usd_micro: tuple[int | None, ...]
