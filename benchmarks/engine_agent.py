"""The agent of the engine's benchmark: nothing but what an agent's author writes.

python benchmarks/engine_agent.py
"""

from agentkit.agent import Agent
from agentkit.service import main
from contracts.artifacts import Artifact

NAME = "noop"
TEXT = "x" * 1000


class Page(Artifact):
    """About one KiB as JSON."""

    text: str


agent = Agent(NAME)


@agent.step
async def work(page: Page | None) -> Page:
    return page or Page(text=TEXT)


if __name__ == "__main__":
    main(agent.service)
