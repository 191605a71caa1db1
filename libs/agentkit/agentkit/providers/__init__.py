"""Who answers paid calls: the real providers, or the simulator in their place."""

from collections.abc import Mapping

from agentkit.errors import SettingsError
from agentkit.providers.base import Provider
from agentkit.settings import Settings


class Providers:
    """The providers by name. `simulated` says that the simulator stands in for all of them."""

    def __init__(self, by_name: Mapping[str, Provider], *, simulated: bool) -> None:
        self._by_name = by_name
        self.simulated = simulated

    def of(self, name: str) -> Provider:
        """Return the provider called `name`.

        Raises:
            SettingsError: there is none.
        """
        if (provider := self._by_name.get(name)) is None:
            known = ", ".join(sorted(self._by_name))
            raise SettingsError(
                f"there is no model provider {name!r}: "
                f"name one of {known} in the YAA_MODELS__ settings"
            )
        return provider

    async def close(self) -> None:
        for provider in self._by_name.values():
            await provider.close()


def make_providers(settings: Settings) -> Providers:
    """Return what `settings` say: the real providers or the simulator.

    Raises:
        SettingsError: a key is missing, or a model cannot do what it is named for.
    """
    raise NotImplementedError
