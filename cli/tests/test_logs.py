"""What `yaa logs level` refuses, each in one sentence."""

from pathlib import Path

import pytest

from yaa import logs
from yaa.errors import UsageError, YaaError


@pytest.mark.parametrize(
    ("service", "to", "lasts", "sentence"),
    [
        ("writter", "DEBUG", "10m", r"no service 'writter': use one of .*writer, or all"),
        ("writer", "LOUD", "10m", r"no level 'LOUD': use one of DEBUG, .*, or default"),
        ("writer", "debug", "soon", r"'soon' is no duration: write it like 90s"),
    ],
)
def test_what_cannot_be_is_named_with_the_way_out(
    tmp_path: Path, service: str, to: str, lasts: str, sentence: str
) -> None:
    with pytest.raises(UsageError, match=sentence):
        logs.set_level(tmp_path, service, to, lasts)


def test_a_broker_that_does_not_answer_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YAA_NATS_URL", "nats://127.0.0.1:1")
    monkeypatch.delenv("YAA_NATS_KEYS_DIR", raising=False)
    monkeypatch.setattr(logs, "CONNECT_S", 0.3)

    with pytest.raises(YaaError, match=r"the broker at nats://127.0.0.1:1 does not answer"):
        logs.set_level(tmp_path, "writer", "DEBUG", "10m")
