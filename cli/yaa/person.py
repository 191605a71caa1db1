"""Who sits at this terminal, as the operating system knows them."""

import getpass


def me() -> str:
    """Return the login name, empty for somebody who has none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""
