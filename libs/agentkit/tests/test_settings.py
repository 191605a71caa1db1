"""Settings come from variables, and secrets from files where variables are no place for them."""

from pathlib import Path

import pytest

from agentkit.errors import SettingsError
from agentkit.providers import make_providers
from agentkit.service import load_settings
from agentkit.settings import NotifySettings, Settings


@pytest.fixture
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("YAA_DATABASE_URL", "ANTHROPIC_API_KEY", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("YAA_SECRETS_DIR", str(tmp_path))
    return tmp_path


def test_a_secret_is_read_from_the_file_of_its_name(secrets: Path) -> None:
    (secrets / "yaa_database_url").write_text("postgresql://yaa:1234@postgres/yaa\n")
    (secrets / "anthropic_api_key").write_text("one\n")

    settings = load_settings(Settings)

    assert settings.database_url.get_secret_value() == "postgresql://yaa:1234@postgres/yaa"
    assert settings.anthropic_api_key is not None
    assert settings.anthropic_api_key.get_secret_value() == "one"


def test_a_variable_goes_before_a_file(secrets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (secrets / "yaa_database_url").write_text("postgresql://file")
    monkeypatch.setenv("YAA_DATABASE_URL", "postgresql://variable")

    assert load_settings(Settings).database_url.get_secret_value() == "postgresql://variable"


def test_an_empty_file_is_no_key(secrets: Path) -> None:
    (secrets / "anthropic_api_key").touch()
    (secrets / "openai_api_key").touch()

    assert make_providers(load_settings(Settings)).simulated


def test_a_folder_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YAA_SECRETS_DIR", "/run/nowhere")

    with pytest.raises(SettingsError, match="YAA_SECRETS_DIR is '/run/nowhere', which is no fold"):
        load_settings(Settings)


@pytest.mark.parametrize(
    ("said", "names"),
    [("", ()), ("slack", ("slack",)), (" Slack, email,slack ,", ("slack", "email"))],
)
def test_targets_are_names_with_commas_between_them(
    monkeypatch: pytest.MonkeyPatch, said: str, names: tuple[str, ...]
) -> None:
    monkeypatch.setenv("YAA_NOTIFY", said)

    assert load_settings(NotifySettings).notify == names


def test_a_target_that_there_is_not_stops_only_whoever_would_tell_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("YAA_NOTIFY", "slak")

    load_settings(Settings)
    with pytest.raises(SettingsError) as refused:
        load_settings(NotifySettings)

    assert str(refused.value) == (
        "YAA_NOTIFY cannot be used: 'slak' is none of email, kakaowork, slack, webhook"
    )
