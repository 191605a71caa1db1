"""Who answers paid calls: the real providers, or the simulator in their place."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from loguru import logger

from agentkit.errors import SettingsError
from agentkit.providers.base import Provider
from agentkit.providers.circuit import Circuit
from agentkit.providers.lazy import Lazy
from agentkit.providers.patience import Adapter, Contact, Patient
from agentkit.settings import ModelSettings, Named, Settings

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
    contact = Contact(company.name, base_url or company.address, company.key)
    return Patient(contact, Lazy(make), settings.calls, Circuit(company.name, settings.circuit))


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
            use
            for use in ModelSettings.model_fields
            if any(each.provider == company.name for each in settings.models.all_of(use))
        ]
        if uses and not _key(settings, company):
            raise SettingsError(
                f"YAA_LLM is 'anthropic' but {company.key} is not set, which the models for "
                f"{', '.join(uses)} need: set it, or set YAA_LLM=simulator"
            )


def _check_models(models: ModelSettings) -> None:
    for use in ModelSettings.model_fields:
        try:
            named = models.all_of(use)
        except ValueError as error:
            raise SettingsError(str(error)) from None
        for each in named:
            _check_ability(each, use, models)
        if use == "embedding" and len(named) > 1:
            raise SettingsError(
                f"the models for embedding are {', '.join(map(str, named))}, but what one wrote "
                "into the brand memory no other can find: name one in YAA_MODELS__EMBEDDING"
            )


def _check_ability(named: Named, use: str, models: ModelSettings) -> None:
    able = _able(use)
    if named.provider not in able:
        raise SettingsError(
            f"the model for {use} is {named} (from {models.variable(use)}), but only "
            f"{' and '.join(able)} can do that here: set YAA_MODELS__{use.upper()} to a model "
            f"of {'one of them' if len(able) > 1 else able[0]}"
        )


def _able(use: str) -> list[str]:
    capability = use if use in _SPECIAL_USES else "text"
    return [each.name for each in _COMPANIES if capability in each.capabilities]
