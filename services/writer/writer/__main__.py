"""Run the writer as a process of its own."""

from agentkit.service import main
from writer.handler import agent

main(agent.service)
