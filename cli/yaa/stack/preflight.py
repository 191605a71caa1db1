"""Look for what would go wrong before anything is started."""

from pathlib import Path

from agentkit.errors import SettingsError
from agentkit.providers import make_providers
from agentkit.service import load_settings
from agentkit.settings import Settings
from contracts.loader import PipelineError, available, load_named
from yaa.embedded.ports import HOST, is_free
from yaa.errors import UsageError


def settings[S: Settings](kind: type[S]) -> S:
    """Return the settings of a service, or those all share.

    Raises:
        UsageError: a variable cannot be used; it is named.
    """
    try:
        return load_settings(kind)
    except SettingsError as error:
        raise UsageError(str(error)) from error


def is_simulated(said: Settings) -> bool:
    """Whether the simulator stands in for the model providers.

    Raises:
        UsageError: a key is missing, or a model cannot do what it is named for.
    """
    try:
        return make_providers(said).simulated
    except SettingsError as error:
        raise UsageError(str(error)) from error


def refuse_taken_port(port: int) -> None:
    if not is_free(port):
        raise UsageError(
            f"port {port} on {HOST} is taken: stop what listens there, "
            "or choose another one with --port or YAA_HTTP_PORT"
        )


def refuse_broken_pipelines(folder: Path) -> None:
    try:
        for name in available(folder):
            load_named(folder, name)
    except PipelineError as error:
        raise UsageError(str(error)) from error
