"""The settings decide who answers; what is wrong with them is said in one sentence."""

import pytest

from agentkit.errors import SettingsError
from agentkit.models import Providers, make_providers
from agentkit.settings import ModelSettings, Settings

KEYS = ("ANTHROPIC_API_KEY", "OPENAI_API_KEY")


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for key in KEYS:
        monkeypatch.delenv(key, raising=False)


def made(monkeypatch: pytest.MonkeyPatch, *keys: str, **settings: object) -> Providers:
    for key in keys:
        monkeypatch.setenv(key, "sk-test")
    return make_providers(Settings.model_validate(settings))


def test_both_keys_call_the_real_providers(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not made(monkeypatch, *KEYS).simulated


@pytest.mark.parametrize("keys", [(), KEYS[:1], KEYS[1:]])
def test_without_both_keys_all_models_are_simulated(
    monkeypatch: pytest.MonkeyPatch, keys: tuple[str, ...]
) -> None:
    assert made(monkeypatch, *keys).simulated


def test_an_empty_key_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEYS[0], " ")

    assert made(monkeypatch, KEYS[1]).simulated


def test_the_simulator_can_be_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert made(monkeypatch, *KEYS, llm="simulator").simulated


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (KEYS[1:], "ANTHROPIC_API_KEY is not set, which the models for text, research"),
        (KEYS[:1], "OPENAI_API_KEY is not set, which the models for image, speech, embedding"),
    ],
)
def test_the_real_providers_without_a_key_are_refused(
    monkeypatch: pytest.MonkeyPatch, keys: tuple[str, ...], said: str
) -> None:
    with pytest.raises(SettingsError, match=said):
        made(monkeypatch, *keys, llm="anthropic")


def test_a_fallback_without_a_key_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    models = ModelSettings(
        seo="anthropic:claude, openai:gpt",
        image="openai:a",
        speech="openai:b",
        embedding="openai:c",
    )

    with pytest.raises(SettingsError, match=r"OPENAI_API_KEY is not set, .* seo, image"):
        made(monkeypatch, KEYS[0], llm="anthropic", models=models)


@pytest.mark.parametrize(
    ("models", "said"),
    [
        (
            ModelSettings(text="openai:gpt-5"),
            (
                r"the model for search is openai:gpt-5 \(from YAA_MODELS__TEXT\), but only "
                "anthropic can do that here: set YAA_MODELS__SEARCH to a model of anthropic"
            ),
        ),
        (
            ModelSettings(image="anthropic:claude"),
            r"the model for image is anthropic:claude \(from YAA_MODELS__IMAGE\), but only openai",
        ),
        (
            ModelSettings(text="mistral:large"),
            r"the model for text is mistral:large .* set YAA_MODELS__TEXT to a model of one of",
        ),
        (ModelSettings(seo="gpt-5"), "the model for 'seo' is 'gpt-5': write it as provider:model"),
        (
            ModelSettings(seo="openai:gpt-5,"),
            (
                "the model for 'seo' is 'openai:gpt-5,': write it as provider:model, for example "
                "anthropic:claude-sonnet-5-5, and more of them with commas between"
            ),
        ),
        (
            ModelSettings(search="anthropic:claude, openai:gpt-5"),
            r"the model for search is openai:gpt-5 \(from YAA_MODELS__SEARCH\), but only anthropic",
        ),
        (
            ModelSettings(embedding="openai:small, openai:large"),
            (
                "the models for embedding are openai:small, openai:large, but what one wrote into "
                "the brand memory no other can find: name one in YAA_MODELS__EMBEDDING"
            ),
        ),
    ],
)
def test_a_model_that_cannot_do_it_is_refused_at_the_start(
    monkeypatch: pytest.MonkeyPatch, models: ModelSettings, said: str
) -> None:
    with pytest.raises(SettingsError, match=said):
        made(monkeypatch, models=models)
