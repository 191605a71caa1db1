"""What text a person may send."""

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, Field

from gateway.questions import POLICY

PERSON_MAX_CHARS = 100
COMMENT_MAX_CHARS = 2000
REASON_MAX_CHARS = 500


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


def _in_lines(text: str) -> str:
    return refuse_control_characters(text.replace("\r\n", "\n"), allowed="\n\t")


def _person(name: str) -> str:
    if name.casefold() == POLICY:
        raise ValueError(f"is {name!r}, which stands for nobody in person: use another name")
    return unicodedata.normalize("NFC", name)


type Reason = Annotated[
    str,
    AfterValidator(str.strip),
    AfterValidator(refuse_control_characters),
    Field(max_length=REASON_MAX_CHARS),
]
"""One line."""

type Comment = Annotated[
    str,
    AfterValidator(str.strip),
    AfterValidator(_in_lines),
    Field(max_length=COMMENT_MAX_CHARS),
]
"""Any number of lines."""

type Person = Annotated[
    str,
    AfterValidator(str.strip),
    AfterValidator(refuse_control_characters),
    AfterValidator(_person),
    Field(max_length=PERSON_MAX_CHARS),
]
"""Who asks or decides, in their own words; empty for nobody in particular."""
