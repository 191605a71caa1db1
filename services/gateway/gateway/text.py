"""What text a person may send."""

import unicodedata


def refuse_control_characters(text: str, *, allowed: str = "") -> str:
    """Return `text` as it is.

    Raises:
        ValueError: it holds a control character or half of a surrogate pair.
    """
    for position, char in enumerate(text, 1):
        if unicodedata.category(char) in {"Cc", "Cs"} and char not in allowed:
            code = f"U+{ord(char):04X}"
            raise ValueError(f"has the control character {code} at place {position}: remove it")
    return text
