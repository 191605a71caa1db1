"""The size of a video and where its texts stand."""

from dataclasses import dataclass

from contracts.artifacts import Aspect

SHORT_SIDE = 1080


@dataclass(frozen=True, slots=True)
class Layout:
    """Lengths in pixels of a canvas whose short side is 1080.

    Texts of upright videos keep clear of the title above, the buttons at the right and the
    description below that players of short videos lay over the picture.
    """

    width: int
    height: int
    subtitle_size: int
    subtitle_margin: int
    headline_size: int
    headline_margin: int
    side_margin: int
    label_margin: int

    @property
    def text_width(self) -> int:
        return self.width - 2 * self.side_margin


UPRIGHT = Layout(
    width=1080,
    height=1920,
    subtitle_size=80,
    subtitle_margin=440,
    headline_size=112,
    headline_margin=230,
    side_margin=110,
    label_margin=120,
)
WIDE = Layout(
    width=1920,
    height=1080,
    subtitle_size=68,
    subtitle_margin=80,
    headline_size=96,
    headline_margin=90,
    side_margin=220,
    label_margin=36,
)


def layout_of(aspect: Aspect) -> Layout:
    return UPRIGHT if aspect == "9:16" else WIDE


def size_of(aspect: Aspect, short_side: int = SHORT_SIDE) -> tuple[int, int]:
    """Return width and height in pixels; both are even when `short_side` is a multiple of 18."""
    long_side = short_side * 16 // 9
    return (short_side, long_side) if aspect == "9:16" else (long_side, short_side)
