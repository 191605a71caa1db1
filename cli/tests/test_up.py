"""What `yaa up` refuses before it starts anything, each in one sentence."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from yaa import provisioning
from yaa.embedded.lock import locked
from yaa.embedded.nats import NatsServer
from yaa.embedded.ports import free_port
from yaa.embedded.running import Running
from yaa.errors import UsageError, YaaError
from yaa.up import up

type Refused = Callable[..., str]


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    ours = {name for name in os.environ if name.startswith("YAA_")}
    for name in ours - {"YAA_NATS_KEYS_DIR"}:
        monkeypatch.delenv(name)
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def refused(tmp_path: Path) -> Refused:
    def refused(data_dir: Path = tmp_path / "data", port: int = 0) -> str:
        with pytest.raises(UsageError) as caught:
            up(data_dir, port, processes=False)
        return str(caught.value)

    return refused


def test_a_taken_port_is_named_with_the_way_to_another(refused: Refused) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        assert refused(port=port) == (
            f"port {port} on 127.0.0.1 is taken: stop what listens there, "
            "or choose another one with --port or YAA_HTTP_PORT"
        )


def test_a_folder_that_cannot_be_written_is_named(refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    assert refused(tmp_path / "file") == (
        f"the data folder '{tmp_path / 'file'}' cannot be written (file exists): "
        "choose another one with --data-dir"
    )


def test_a_folder_in_use_is_named_with_its_user(refused: Refused, tmp_path: Path) -> None:
    with locked(tmp_path, "http://127.0.0.1:8400"):
        said = refused(tmp_path)

    assert f"process {os.getpid()} at http://127.0.0.1:8400" in said


@pytest.mark.parametrize("set_key", ["", "ANTHROPIC_API_KEY"])
def test_a_missing_key_is_named(
    refused: Refused, monkeypatch: pytest.MonkeyPatch, set_key: str, tmp_path: Path
) -> None:
    monkeypatch.setenv("YAA_LLM", "anthropic")
    if set_key:
        monkeypatch.setenv(set_key, "sk-test")

    said = refused()

    assert ("OPENAI_API_KEY" if set_key else "ANTHROPIC_API_KEY") in said
    assert not (tmp_path / "data").exists()


def test_an_unknown_value_of_a_setting_is_named(
    refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YAA_LLM", "oracle")

    assert refused().startswith("YAA_LLM ")


def test_a_broken_pipeline_is_named_with_its_line(refused: Refused, tmp_path: Path) -> None:
    folder = tmp_path / "pipelines"
    folder.mkdir()
    (folder / "broken.yaml").write_text("pipeline: broken\nsteps: [\n")

    said = refused()

    assert "broken.yaml" in said
    assert "line 3" in said


@pytest.mark.parametrize(
    "arguments",
    [["--port", "eight"], ["--port", "70000"], ["--prot", "8400"], ["--data-dir", "/proc/yaa"]],
)
def test_the_command_says_it_on_stderr_and_exits_with_2(arguments: list[str]) -> None:
    done = yaa("up", "--port", str(free_port()), *arguments)

    assert done.returncode == 2
    assert arguments[1] in done.stderr or arguments[0] in done.stderr
    assert "Traceback" not in done.stderr


def test_a_broker_that_is_not_there_cannot_be_provisioned(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("YAA_NATS_URL", "nats://127.0.0.1:1")
    monkeypatch.setattr(provisioning, "TIMEOUT_S", 0.3)

    with pytest.raises(YaaError, match=r"the broker at nats://127.0.0.1:1 cannot be provisioned"):
        provisioning.provision()


def test_a_broker_is_provisioned_and_may_be_again(nats_url: str) -> None:
    first = yaa("provision", YAA_NATS_URL=nats_url)
    second = yaa("provision", YAA_NATS_URL=nats_url)

    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert "researcher" in second.stdout


def test_a_broker_of_ones_own_is_told_who_may_do_what(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys, config = tmp_path / "keys", tmp_path / "accounts.conf"
    monkeypatch.delenv("YAA_NATS_KEYS_DIR", raising=False)
    nobody_knows = yaa("provision", "--write-config", str(config))
    written = yaa("provision", "--write-config", str(config), YAA_NATS_KEYS_DIR=str(keys))
    own = f"include {os.path.relpath(config, tmp_path / 'nats')}\n"
    broker = Running(NatsServer(tmp_path / "nats", free_port(), own))
    broker.start()
    done = yaa("provision", YAA_NATS_URL=broker.server.url, YAA_NATS_KEYS_DIR=str(keys))
    broker.stop()

    assert nobody_knows.returncode == 2
    assert "YAA_NATS_KEYS_DIR" in nobody_knows.stderr
    assert written.returncode == 0, written.stderr
    assert "let it reload" in written.stdout
    assert done.returncode == 0, done.stderr


def test_a_key_that_is_missing_is_named(nats_url: str, tmp_path: Path) -> None:
    done = yaa("provision", YAA_NATS_URL=nats_url, YAA_NATS_KEYS_DIR=str(tmp_path))

    assert done.returncode == 1
    assert "'provision' has no key" in done.stderr


def yaa(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 -- our own command
        [sys.executable, "-m", "yaa", *arguments],
        capture_output=True,
        check=False,
        text=True,
        env={**os.environ, **environment},
    )


def test_the_folder_tells_who_holds_it(tmp_path: Path) -> None:
    with locked(tmp_path, "http://127.0.0.1:8400"):
        held = json.loads((tmp_path / "lock").read_text())

    assert held == {"pid": os.getpid(), "url": "http://127.0.0.1:8400"}
