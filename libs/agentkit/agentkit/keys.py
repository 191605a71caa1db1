"""Who a service is to the broker: a key of its own, a file that only its owner can read."""

import os
from contextlib import suppress
from pathlib import Path

import nkeys  # type: ignore[import-untyped]  # has no types

from agentkit.errors import SettingsError
from agentkit.settings import Settings

SEED_BYTES = 32


def key_file(settings: Settings, service: str) -> Path | None:
    """Return the file with the key of `service`; None when the broker asks for none.

    Raises:
        SettingsError: it has none.
    """
    if settings.nats_keys_dir is None:
        return None
    file = _file(settings.nats_keys_dir, service)
    if not file.is_file():
        raise SettingsError(
            f"{service!r} has no key in {settings.nats_keys_dir}: make it with "
            "yaa provision --write-config FILE and let the broker read that file"
        )
    return file


def public_key(folder: Path, service: str) -> str:
    """Return by what the broker knows `service`; its key is made when there is none."""
    file = _file(folder, service)
    if not file.is_file():
        _make(file)
    return str(nkeys.from_seed(bytearray(file.read_bytes().strip())).public_key.decode())


def _make(file: Path) -> None:
    """Make a key that appears whole, however many do it at the same time."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    scratch = file.with_suffix(f".{os.getpid()}")
    seed = nkeys.encode_seed(os.urandom(SEED_BYTES), nkeys.PREFIX_BYTE_USER)
    scratch.touch(mode=0o600)
    scratch.write_bytes(seed + b"\n")
    with suppress(FileExistsError):
        file.hardlink_to(scratch)
    scratch.unlink()


def _file(folder: Path, service: str) -> Path:
    return folder / f"{service}.nk"
