"""Keys and passwords, taken out of whatever text is to be read by somebody."""

import re

_API_KEY = re.compile(r"(yaa_[0-9a-f]{12}_)[0-9a-f]+")
"""Any beginning of a secret counts: texts are cut before they are shown. Whatever stands before it
is no matter: in JSON the end of a line is a backslash and a letter."""
_BEGINS = r"(?:(?<![A-Za-z0-9])|(?<=\\[nrt]))"
_OTHERS = re.compile(
    rf"{_BEGINS}(sk-)[A-Za-z0-9_-]{{16,}}"  # of a model provider
    rf"|{_BEGINS}(S[AUNCOX])[A-Z2-7]{{56}}\b"  # the seed of an nkey
    r"|(?<=://)([^/\s:@]+:)[^/\s@]+(?=@)"  # a password in an address
)


def redacted(text: str) -> str:
    """Return `text` without secrets; of a key of the API its id stays."""
    return _OTHERS.sub(_shown, _API_KEY.sub(r"\1…", text))


def _shown(secret: re.Match[str]) -> str:
    return f"{secret[1] or secret[2] or secret[3]}…"
