"""Texts as pictures: drawn once by libass and laid over the video for as long as they stand.

libass in the filters of a video draws shadow, outline and letters of each line into every frame.
Over a transparent picture ffmpeg would square how opaque they are, so a text is drawn over black
and over white instead: what differs is what shines through.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageChops

from media.timeline import Span


@dataclass(frozen=True, slots=True)
class Stamp:
    """A text as a picture in `file`, with its left upper corner at an even `x` and `y`."""

    file: str
    x: int
    y: int
    shown: Span


@dataclass(frozen=True, slots=True)
class Lettering:
    """What is laid over a video, and when libass draws what moves."""

    stamps: Sequence[Stamp]
    moving: Sequence[Span]

    def within(self, span: Span) -> "Lettering":
        return Lettering(
            [stamp for stamp in self.stamps if stamp.shown.overlaps(span)],
            [moving for moving in self.moving if moving.overlaps(span)],
        )


def cut_out(over_black: Path, over_white: Path, target: Path, shown: Span) -> Stamp | None:
    """Write a text as a picture to `target`; return None when there is nothing to see."""
    with Image.open(over_black) as black, Image.open(over_white) as white:
        shines_through = ImageChops.difference(*(one.getchannel("G") for one in (black, white)))
        opacity = ImageChops.invert(shines_through)
        box = opacity.getbbox()
        if box is None:
            return None
        x, y = (edge // 2 * 2 for edge in box[:2])
        right, bottom = (-(-edge // 2) * 2 for edge in box[2:])
        place = (x, y, right, bottom)
        letters = Image.merge("RGBa", (*black.crop(place).split(), opacity.crop(place)))
    letters.convert("RGBA").save(target, compress_level=1)
    return Stamp(target.name, x, y, shown)
