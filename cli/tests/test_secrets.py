"""`yaa secrets` and `yaa provision`: from an empty folder to a broker and a database in use."""

from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from agentkit.service import service_names
from gateway.keys import PlainKey
from yaa.errors import YaaError
from yaa.provisioning import provision
from yaa.secrets import make_secrets
from yaa.testing import NatsUnderTest


@pytest.fixture(autouse=True)
def _no_keys_of_providers(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ANTHROPIC_API_KEY", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "secrets"


def read(folder: Path) -> dict[str, str]:
    return {file.name: file.read_text() for file in folder.iterdir()}


def test_every_secret_is_made_once(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_secrets(folder, "postgres")
    made = read(folder)
    capsys.readouterr()
    make_secrets(folder, "postgres")

    assert capsys.readouterr().err == "every secret is there\n"
    assert read(folder) == made
    assert {f"{name}.nk" for name in service_names()} <= made.keys()
    assert PlainKey.parse(made["yaa_admin_key"].strip())
    assert made["postgres_password"].strip() in made["yaa_database_url"]
    assert made["anthropic_api_key"] == made["openai_api_key"] == ""


def test_the_folder_keeps_others_out_and_containers_read_the_files(folder: Path) -> None:
    make_secrets(folder, "postgres")

    assert folder.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o444 for file in folder.iterdir()} == {0o444}


def test_a_key_of_a_provider_is_taken_over_when_there_is_none_yet(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_secrets(folder, "postgres")

    for key in ("one", "two"):
        monkeypatch.setenv("ANTHROPIC_API_KEY", key)
        make_secrets(folder, "postgres")

    assert (folder / "anthropic_api_key").read_text() == "one\n"


def test_a_folder_that_cannot_be_written_is_named() -> None:
    with pytest.raises(YaaError, match="'/proc/yaa' cannot be written"):
        make_secrets(Path("/proc/yaa"), "postgres")


@pytest.mark.integration
def test_a_database_gets_its_tables_its_roles_and_the_key_of_the_admin(
    folder: Path, database_url: str, fresh_nats: NatsUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_secrets(folder, "postgres")
    for file in folder.glob("*_database_url"):
        said = urlsplit(file.read_text().strip())
        address = database_url.rpartition("@")[2]
        file.unlink()
        file.write_text(f"postgresql://{said.username}:{said.password}@{address}")
    (folder / "yaa_database_url").write_text(database_url)
    monkeypatch.setenv("YAA_SECRETS_DIR", str(folder))
    monkeypatch.setenv("YAA_NATS_URL", fresh_nats.url)

    provision()
    provision()

    with psycopg.connect((folder / "gateway_database_url").read_text()) as session:
        row = session.execute("SELECT name, scopes FROM gateway.api_keys").fetchall()
        assert row == [("admin", ["admin"])]
        session.execute("SELECT * FROM usage.run_costs")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            session.execute("DELETE FROM usage.usage_events")


@pytest.mark.integration
def test_what_is_no_key_is_refused_and_not_shown(
    migrated_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YAA_DATABASE_URL", migrated_database_url)
    monkeypatch.setenv("YAA_ADMIN_KEY", "hunter2")

    with pytest.raises(YaaError, match="YAA_ADMIN_KEY is no key of the API") as refused:
        provision()

    assert "hunter2" not in str(refused.value)


def test_a_database_that_is_not_there_is_told_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("YAA_DATABASE_URL", "postgresql://yaa:hunter2@127.0.0.1:1/yaa")

    with pytest.raises(YaaError, match="the database cannot be provisioned") as refused:
        provision()

    assert "hunter2" not in str(refused.value)
