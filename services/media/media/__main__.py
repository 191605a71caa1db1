"""Runs the media agent as a process of its own."""

from agentkit.service import main
from media.handler import agent

main(agent.service)
