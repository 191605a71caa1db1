"""Keys of the API, taken out of whatever text is to be read by somebody."""

import re

_API_KEY = re.compile(r"(yaa_[0-9a-f]{12}_)[0-9a-f]+")
"""Any beginning of a secret counts: texts are cut before they are shown. Whatever stands before it
is no matter: in JSON the end of a line is a backslash and a letter."""


def redacted(text: str) -> str:
    """Return `text` with the secret of every API key in it left out; its id stays."""
    return _API_KEY.sub(r"\1…", text)
