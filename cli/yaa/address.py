"""Where the gateway is, and the key that opens it: as was said, else those of this folder."""

import json
import os
from pathlib import Path

DEFAULT_URL = "http://127.0.0.1:8400"
KEY_VARIABLE = "YAA_API_KEY"


def gateway_url(given: str | None = None) -> str:
    """Return the address of the gateway to talk to."""
    return given or os.environ.get("YAA_URL") or _running_here() or DEFAULT_URL


def api_key(url: str) -> str:
    """Return the key to send to `url`, empty for none.

    That of this folder is for the gateway which runs here, and sent nowhere else.
    """
    if (said := os.environ.get(KEY_VARIABLE)) is not None:
        return said.strip()
    return _key_here() if url.rstrip("/") == _running_here() else ""


def key_place() -> str:
    """Return where the key that is sent comes from."""
    return KEY_VARIABLE if KEY_VARIABLE in os.environ else str(key_file(_data_dir()))


def key_file(data_dir: Path) -> Path:
    """Return where `yaa up` keeps the key of whoever has the folder."""
    return data_dir / "keys" / "admin"


def _key_here() -> str:
    try:
        return key_file(_data_dir()).read_text().strip()
    except OSError:
        return ""


def _data_dir() -> Path:
    return Path(os.environ.get("YAA_DATA_DIR") or ".yaa")


def _running_here() -> str:
    """Return the address that a stack started by `yaa up` in this folder has left behind."""
    try:
        left = json.loads((_data_dir() / "run" / "gateway.json").read_text())
        return str(left["url"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""
