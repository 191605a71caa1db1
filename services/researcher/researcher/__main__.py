"""Run the researcher as a process of its own."""

from agentkit.service import main
from researcher.handler import agent

main(agent.service)
