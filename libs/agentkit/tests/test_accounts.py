"""The keys of the broker and the lists of what they open, without a broker."""

from pathlib import Path

import pytest

from agentkit import permissions
from agentkit.accounts import config_of
from agentkit.errors import SettingsError
from agentkit.keys import key_file, public_key
from agentkit.provision import streams
from agentkit.service import agent_names, service_names
from agentkit.settings import Settings
from contracts import subjects

API = permissions.API


def test_a_service_without_a_key_is_told_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"'critic' has no key in .*--write-config"):
        key_file(Settings(nats_keys_dir=tmp_path), "critic")


def test_a_key_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    folder = tmp_path / "keys"

    first, again = public_key(folder, "writer"), public_key(folder, "writer")

    assert first == again
    assert public_key(folder, "media") != first
    assert [file.name for file in sorted(folder.iterdir())] == ["media.nk", "writer.nk"]
    assert (folder / "writer.nk").stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700


def test_the_configuration_holds_no_secret_and_stays_as_it_is(tmp_path: Path) -> None:
    text = config_of(tmp_path, ["writer"])

    seeds = [file.read_text().strip() for file in tmp_path.iterdir()]
    assert seeds
    assert not any(seed in text for seed in seeds)
    assert config_of(tmp_path, ["writer"]) == text


def test_every_installed_service_has_rights() -> None:
    known = {*permissions.SERVICES, *agent_names()}

    assert set(service_names()) <= known


def test_an_agent_may_write_to_no_stream_but_by_its_own_name_or_to_what_agents_share() -> None:
    shared = {
        *(subjects.ALL_CALLS, f"{API}.STREAM.MSG.GET.{subjects.CALLS}"),
        *(subjects.live("*", "*"), f"$O.{subjects.ARTIFACTS_BUCKET}.>"),
    }
    rights = permissions.rights_of("critic")

    asks = [each for each in rights.publish if each.startswith(API) and each not in shared]
    own = [each for each in rights.publish if each not in {*shared, *asks}]
    assert all(each.split(".")[-1] == "critic" or "agent-critic." in each for each in own)
    assert all(
        each.startswith(
            (f"{API}.DIRECT.GET.", f"{API}.CONSUMER.INFO.", f"{API}.CONSUMER.MSG.NEXT.")
        )
        for each in asks
    )
    assert {stream.name for stream in streams()} & {each.split(".")[-1] for each in asks} == set()


def test_only_one_key_says_from_which_level_on_is_logged_and_each_hears_its_own() -> None:
    rights = {**permissions.SERVICES, "writer": permissions.rights_of("writer")}
    may_say = {name for name, may in rights.items() if any(map(is_level, may.publish))}
    heard = {name: [*filter(is_level, may.subscribe)] for name, may in rights.items()}

    assert may_say == {subjects.LOGS}
    services = {"gateway", "notifier", "orchestrator", "projector", "usage", "writer"}
    assert {name: told for name, told in heard.items() if told} == {
        name: [subjects.log_level(name)] for name in services
    }


def is_level(subject: str) -> bool:
    return subject.startswith("log.")
