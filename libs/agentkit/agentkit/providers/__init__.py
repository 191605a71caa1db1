"""Who answers paid calls: the real providers, or the simulator in their place."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from loguru import logger

from agentkit.errors import SettingsError
from agentkit.providers.base import Provider
from agentkit.providers.lazy import Lazy
from agentkit.providers.patience import Adapter, Patient
from agentkit.settings import ModelSettings, Settings

_SIMULATOR_KEY = "simulated"


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


@dataclass(frozen=True, slots=True)
class _Company:
    """A provider of models: its key's variable, its addresses and what it can do here."""

    name: str
    key: str
    address: str
    simulator_path: str
    capabilities: frozenset[str]


_ANTHROPIC = _Company(
    name="anthropic",
    key="ANTHROPIC_API_KEY",
    address="https://api.anthropic.com",
    simulator_path="/anthropic",
    capabilities=frozenset({"text", "search"}),
)
_OPENAI = _Company(
    name="openai",
    key="OPENAI_API_KEY",
    address="https://api.openai.com",
    simulator_path="/openai/v1",
    capabilities=frozenset({"text", "image", "speech", "embedding"}),
)
_COMPANIES = (_ANTHROPIC, _OPENAI)
_SPECIAL_USES = frozenset({"search", "image", "speech", "embedding"})


def make_providers(settings: Settings) -> Providers:
    """Return what `settings` say: the real providers or the simulator.

    Raises:
        SettingsError: a key is missing, or a model cannot do what it is named for.
    """
    _check_models(settings.models)
    missing = [each.key for each in _COMPANIES if not _key(settings, each)]
    simulated = settings.llm == "simulator" or (settings.llm == "auto" and bool(missing))
    if settings.llm == "anthropic":
        _refuse_missing(settings)
    if simulated and settings.llm == "auto" and len(missing) < len(_COMPANIES):
        logger.warning("models are simulated because a key is not set", missing=missing)
    providers = {each.name: _provider(each, settings, simulated=simulated) for each in _COMPANIES}
    return Providers(providers, simulated=simulated)


def _provider(company: _Company, settings: Settings, *, simulated: bool) -> Provider:
    base_url = settings.simulator_url.rstrip("/") + company.simulator_path if simulated else None
    key = _SIMULATOR_KEY if simulated else _key(settings, company)
    make = partial(_adapter, company, key, base_url, settings.calls.answer_s)
    return Patient(
        company.name,
        Lazy(make),
        settings.calls,
        address=base_url or company.address,
        key=company.key,
    )


def _adapter(company: _Company, key: str, base_url: str | None, answer_s: float) -> Adapter:
    if company is _ANTHROPIC:
        from agentkit.providers.anthropic import AnthropicAdapter  # noqa: PLC0415 -- takes 1.5 s

        return AnthropicAdapter(key, base_url=base_url, answer_s=answer_s)
    from agentkit.providers.openai import OpenAIAdapter  # noqa: PLC0415 -- takes 0.7 s

    return OpenAIAdapter(key, base_url=base_url, answer_s=answer_s)


def _key(settings: Settings, company: _Company) -> str:
    secret = settings.anthropic_api_key if company is _ANTHROPIC else settings.openai_api_key
    return secret.get_secret_value().strip() if secret is not None else ""


def _refuse_missing(settings: Settings) -> None:
    for company in _COMPANIES:
        uses = [
            use for use in ModelSettings.model_fields if settings.models.of(use)[0] == company.name
        ]
        if uses and not _key(settings, company):
            raise SettingsError(
                f"YAA_LLM is 'anthropic' but {company.key} is not set, which the models for "
                f"{', '.join(uses)} need: set it, or set YAA_LLM=simulator"
            )


def _check_models(models: ModelSettings) -> None:
    for use in ModelSettings.model_fields:
        try:
            name, model = models.of(use)
        except ValueError as error:
            raise SettingsError(str(error)) from None
        capability = use if use in _SPECIAL_USES else "text"
        able = [each.name for each in _COMPANIES if capability in each.capabilities]
        if name not in able:
            raise SettingsError(
                f"the model for {use} is {name}:{model} (from {models.variable(use)}), but only "
                f"{' and '.join(able)} can do that here: set YAA_MODELS__{use.upper()} to a model "
                f"of {'one of them' if len(able) > 1 else able[0]}"
            )
