"""Run the orchestrator as a process."""

from agentkit.service import main
from orchestrator.service import service

if __name__ == "__main__":
    main(service)
