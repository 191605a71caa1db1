"""Where the gateway is: what was said, else the environment, else the stack of this folder."""

import json
import os
from pathlib import Path

DEFAULT_URL = "http://127.0.0.1:8400"


def gateway_url(given: str | None = None) -> str:
    """Return the address of the gateway to talk to."""
    return given or os.environ.get("YAA_URL") or _running_here() or DEFAULT_URL


def _running_here() -> str:
    """Return the address that a stack started by `yaa up` in this folder has left behind."""
    data_dir = Path(os.environ.get("YAA_DATA_DIR") or ".yaa")
    try:
        left = json.loads((data_dir / "run" / "gateway.json").read_text())
        return str(left["url"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""
