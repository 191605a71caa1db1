"""When everything of a video happens. Pure integer milliseconds, used by both tasks.

Scenes abut. Each lasts its narration with a pause before and after, rounded up to a whole
number of frames at any frame rate that is a multiple of 5. Pictures cross-fade around the
border of two scenes; a fade is never longer than the two pauses there, so it never covers
speech.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

GRID_MS = 200
"""A whole number of frames at 5, 10, 25, 30, 50 and 60 frames a second."""
PAUSE_MS = 200
FADE_MS = 2 * PAUSE_MS
END_HOLD_MS = 600
"""How much longer the last picture stands."""
PIECE_MAX_MS = 5000


@dataclass(frozen=True, slots=True)
class Slot:
    """One scene: the span of its own, and of what is said in it."""

    start_ms: int
    speech_start_ms: int
    speech_end_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class Span:
    """A span of the video, half open."""

    start_ms: int
    end_ms: int

    @property
    def length_ms(self) -> int:
        return self.end_ms - self.start_ms

    def overlaps(self, other: "Span") -> bool:
        return self.start_ms < other.end_ms and other.start_ms < self.end_ms


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the video that is encoded on its own; it shows one scene's picture.

    With `fades` its last `FADE_MS` cross-fade to the next scene's picture.
    """

    scene: int
    span: Span
    fades: bool


@dataclass(frozen=True, slots=True)
class Timeline:
    slots: tuple[Slot, ...]

    @property
    def total_ms(self) -> int:
        return self.slots[-1].end_ms

    def visible(self, scene: int) -> Span:
        """Return when the picture of `scene` can be seen, its fades included."""
        slot = self.slots[scene]
        first, last = scene == 0, scene == len(self.slots) - 1
        return Span(
            slot.start_ms - (0 if first else FADE_MS // 2),
            slot.end_ms + (0 if last else FADE_MS // 2),
        )

    def pieces(self) -> tuple[Piece, ...]:
        """Return the parts that, one after the other, are the whole video."""
        return tuple(piece for scene in range(len(self.slots)) for piece in self._pieces_of(scene))

    def _pieces_of(self, scene: int) -> list[Piece]:
        seen = self.visible(scene)
        start = seen.start_ms + (FADE_MS if scene > 0 else 0)
        parts = _parts(Span(start, seen.end_ms))
        fades = scene < len(self.slots) - 1
        return [Piece(scene, part, fades and part is parts[-1]) for part in parts]


def plan(narrations_ms: Sequence[int]) -> Timeline:
    """Return the timeline of scenes whose narrations last so many milliseconds."""
    last = len(narrations_ms) - 1
    lengths = [
        _on_grid(PAUSE_MS + spoken + PAUSE_MS + (END_HOLD_MS if scene == last else 0))
        for scene, spoken in enumerate(narrations_ms)
    ]
    starts = accumulate(lengths, initial=0)
    return Timeline(
        tuple(
            Slot(start, start + PAUSE_MS, start + PAUSE_MS + spoken, start + length)
            for start, spoken, length in zip(starts, narrations_ms, lengths, strict=False)
        )
    )


def frames(length_ms: int, fps: int) -> int:
    """Return how many frames a length on the grid has."""
    return length_ms * fps // 1000


def first_frame(time_ms: int, fps: int) -> int:
    """Return the first frame at or after any time."""
    return -(-time_ms * fps // 1000)


def _on_grid(length_ms: int) -> int:
    return -(-length_ms // GRID_MS) * GRID_MS


def _parts(span: Span) -> list[Span]:
    count = -(-span.length_ms // PIECE_MAX_MS)
    steps = span.length_ms // GRID_MS
    cuts = [span.start_ms + GRID_MS * (steps * n // count) for n in range(count + 1)]
    return [Span(start, end) for start, end in pairwise(cuts)]
