"""The font of every text in a picture: Pretendard Bold, unmodified, under the SIL OFL 1.1."""

from functools import cache
from pathlib import Path
from unicodedata import category, normalize

from PIL import ImageFont

FILE = Path(__file__).parent / "fonts" / "Pretendard-Bold.otf"
FAMILY = "Pretendard"

EM_OF_ASS_SIZE = 2048 / (1949 + 494)
"""ASS sizes count from the font's highest ascent to its lowest descent, not in ems."""

_MEASURED_AT = 256
_NO_CHARACTER = "\U0010ffff"
_ORNAMENTS = frozenset({"So", "Sk", "Cn", "Co"})
_JOINERS_OF_EMOJI = frozenset("\u200d\ufe0e\ufe0f")


@cache
def at(size: int) -> ImageFont.FreeTypeFont:
    """Return the font with an em of `size` pixels."""
    return ImageFont.truetype(FILE, size)


def width_of(text: str) -> float:
    """Return how wide `text` runs, in ems; kerning is left out, so that long texts stay cheap."""
    return sum(map(_advance, text))


def showable(text: str) -> str:
    """Return `text` composed, without the emoji and marks that would show as empty boxes.

    Letters that the font lacks stay: the system may have a font for them.
    """
    kept = (char for char in normalize("NFC", text) if not _is_blank_box(char))
    return " ".join("".join(kept).split())


@cache
def _advance(char: str) -> float:
    return at(_MEASURED_AT).getlength(char) / _MEASURED_AT


@cache
def _is_blank_box(char: str) -> bool:
    if char in _JOINERS_OF_EMOJI:
        return True
    return category(char) in _ORNAMENTS and _shape(char) == _shape(_NO_CHARACTER)


def _shape(char: str) -> bytes:
    return bytes(at(_MEASURED_AT).getmask(char))
