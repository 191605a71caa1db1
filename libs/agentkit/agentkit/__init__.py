"""agentkit: what makes a folder with one handler an agent.

Names are imported on first use: the gateway, which needs the log alone, does not load the
framework that agents run on.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agentkit.agent import Agent, Expect
    from agentkit.errors import SettingsError, StepRejectedError
    from agentkit.settings import Settings
    from agentkit.step import Step

__all__ = ["Agent", "Expect", "Settings", "SettingsError", "Step", "StepRejectedError"]

_HOMES = {
    "Agent": "agent",
    "Expect": "agent",
    "Settings": "settings",
    "SettingsError": "errors",
    "Step": "step",
    "StepRejectedError": "errors",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'agentkit' has no attribute {name!r}")
    return getattr(import_module(f"agentkit.{_HOMES[name]}"), name)
