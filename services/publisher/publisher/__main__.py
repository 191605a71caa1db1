"""Run the publisher as a process of its own."""

from agentkit.service import main
from publisher.handler import agent

main(agent.service)
