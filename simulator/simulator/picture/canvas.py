"""A canvas that is painted larger than it is shown, so that edges are smooth."""

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw

from simulator.chance import Chance

type Color = tuple[int, int, int]
type Point = tuple[float, float]

SCALE = 2
_FADING = (
    Image.radial_gradient("L").crop((38, 38, 218, 218)).point(lambda level: min(255, level * 2))
)


@dataclass(frozen=True, slots=True)
class Palette:
    """Sky from top to bottom, two tones for what stands in front, and the colour of light."""

    top: Color
    bottom: Color
    far: Color
    near: Color
    light: Color


PALETTES: dict[str, Palette] = {
    "night": Palette(
        (9, 11, 38), (58, 44, 112), (38, 34, 88), (14, 13, 40), (255, 231, 170)
    ),
    "ocean": Palette(
        (120, 205, 230), (14, 76, 128), (24, 110, 160), (8, 46, 92), (255, 246, 214)
    ),
    "deep": Palette(
        (10, 52, 92), (3, 14, 38), (12, 66, 108), (4, 24, 54), (126, 242, 226)
    ),
    "dawn": Palette(
        (72, 74, 140), (250, 174, 130), (134, 98, 150), (62, 48, 96), (255, 240, 200)
    ),
    "forest": Palette(
        (190, 222, 178), (38, 92, 74), (72, 132, 98), (18, 58, 52), (255, 250, 205)
    ),
    "autumn": Palette(
        (250, 206, 140), (158, 70, 52), (206, 108, 62), (90, 38, 42), (255, 242, 200)
    ),
    "warm": Palette(
        (250, 214, 165), (150, 82, 62), (192, 118, 84), (84, 44, 42), (255, 248, 225)
    ),
    "tech": Palette(
        (12, 24, 56), (22, 88, 120), (30, 110, 150), (10, 30, 62), (124, 240, 255)
    ),
    "fresh": Palette(
        (196, 232, 240), (112, 186, 190), (86, 160, 164), (34, 88, 104), (255, 252, 226)
    ),
    "rose": Palette(
        (255, 214, 214), (186, 116, 156), (214, 146, 176), (106, 58, 104), (255, 248, 236)
    ),
}  # fmt: skip


class Canvas:
    """Coordinates go from 0 to 1 in both directions; sizes are parts of the shorter side."""

    def __init__(self, width: int, height: int, palette: Palette, chance: Chance) -> None:
        self.palette = palette
        self.chance = chance
        self.width = width * SCALE
        self.height = height * SCALE
        self.unit = min(self.width, self.height)
        self.image = _gradient(self.width, self.height, palette.top, palette.bottom)
        self._draw = ImageDraw.Draw(self.image, "RGBA")

    def finished(self) -> Image.Image:
        return self.image.reduce(SCALE)

    def at(self, point: Point) -> tuple[float, float]:
        return point[0] * self.width, point[1] * self.height

    def disc(self, center: Point, radius: float, color: Color, alpha: int = 255) -> None:
        x, y = self.at(center)
        r = radius * self.unit
        self._draw.ellipse((x - r, y - r, x + r, y + r), fill=(*color, alpha))

    def ring(
        self, center: Point, radius: float, color: Color, *, thickness: float, flat: float = 1
    ) -> None:
        x, y = self.at(center)
        r = radius * self.unit
        box = (x - r, y - r * flat, x + r, y + r * flat)
        self._draw.ellipse(box, outline=(*color, 210), width=max(2, round(thickness * self.unit)))

    def shape(self, points: Sequence[Point], color: Color, alpha: int = 255) -> None:
        self._draw.polygon([self.at(point) for point in points], fill=(*color, alpha))

    def line(
        self, points: Sequence[Point], color: Color, thickness: float, alpha: int = 255
    ) -> None:
        width = max(2, round(thickness * self.unit))
        places = [self.at(point) for point in points]
        self._draw.line(places, fill=(*color, alpha), width=width, joint="curve")

    def box(
        self, corner: Point, opposite: Point, color: Color, alpha: int = 255, *, round_by: float = 0
    ) -> None:
        (x0, y0), (x1, y1) = self.at(corner), self.at(opposite)
        if x1 > x0 and y1 > y0:
            radius = round_by * self.unit
            self._draw.rounded_rectangle((x0, y0, x1, y1), radius, fill=(*color, alpha))

    def glow(self, center: Point, radius: float, color: Color, alpha: int = 150) -> None:
        """Lay soft light over what is there."""
        size = max(8, round(5 * radius * self.unit))
        fading = _FADING.point([round(alpha * (1 - level / 255) ** 2.4) for level in range(256)])
        mask = fading.resize((size, size), Image.Resampling.BILINEAR)
        x, y = self.at(center)
        corner = (round(x - mask.width / 2), round(y - mask.height / 2))
        self.image.paste(Image.new("RGB", mask.size, color), corner, mask)
        self._draw = ImageDraw.Draw(self.image, "RGBA")


def mixed(one: Color, other: Color, share: float) -> Color:
    """Return a colour that is `share` of `other` and the rest of `one`."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _gradient(width: int, height: int, top: Color, bottom: Color) -> Image.Image:
    ramp = Image.linear_gradient("L").resize((width, height), Image.Resampling.BILINEAR)
    return Image.composite(
        Image.new("RGB", (width, height), bottom), Image.new("RGB", (width, height), top), ramp
    )
