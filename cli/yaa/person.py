"""Who sits at this terminal and where, as the operating system knows them."""

import getpass
import os
from pathlib import Path

from yaa.address import KEY_VARIABLE


def me() -> str:
    """Return the login name, empty for somebody who has none or whose key says who it is."""
    if KEY_VARIABLE in os.environ:
        return ""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""


def my_time_zone() -> str:
    """Return the IANA name of this machine's time zone, `UTC` when it is not told."""
    told = os.environ.get("TZ", "").removeprefix(":")
    return told or str(Path("/etc/localtime").resolve()).partition("zoneinfo/")[2] or "UTC"
