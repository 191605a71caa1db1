"""What is written on a picture: the prompt, to be read, and the mark that it was simulated."""

from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

FONT = Path(__file__).parents[1] / "fonts" / "Pretendard-Bold.otf"
MARK = "SIMULATED"

_MOST_LINES = 3
_SHADE = 150
_CROPPED, _UNCROPPED = 0.165, 0.1
"""Margins: where videos crop the long and the short shapes, and zoom in, nothing is written."""


def write(picture: Image.Image, text: str, font_path: Path | None) -> None:
    """Write `text` and the mark where neither cropping nor a video's own titles cover them."""
    draw = ImageDraw.Draw(picture, "RGBA")
    font_file = str(font_path or FONT)
    across, down = _margins(picture.width, picture.height)
    _mark(draw, font_file, min(picture.size), picture.width - across, down)
    size = max(12, round(min(picture.size) / 27))
    font = _font(font_file, size)
    lines = _wrapped(draw, text, font, picture.width - 2 * across - 2 * size)
    if not lines:
        return
    width = max(draw.textlength(line, font) for line in lines)
    line_height = round(size * 1.35)
    left, low = (picture.width - width) / 2, round(picture.height * _lowest(*picture.size))
    top = low - line_height * len(lines) - size
    _shade(picture, (left - size, top, left + width + size, low), size * 0.6)
    for number, line in enumerate(lines):
        x = (picture.width - draw.textlength(line, font)) / 2
        draw.text((x, top + size * 0.42 + line_height * number), line, (255, 255, 255), font)


def _lowest(width: int, height: int) -> float:
    """Return how far down the prompt reaches: below or above where subtitles usually are."""
    return 0.93 if width < height else 0.7


def _shade(picture: Image.Image, box: tuple[float, float, float, float], radius: float) -> None:
    """Darken a panel through a mask: drawn with transparency its corners would show seams."""
    mask = Image.new("L", picture.size)
    ImageDraw.Draw(mask).rounded_rectangle(box, radius, fill=_SHADE)
    picture.paste(Image.new("RGB", picture.size, (10, 12, 28)), mask=mask)


def _margins(width: int, height: int) -> tuple[int, int]:
    across = _CROPPED if width <= height else _UNCROPPED
    down = _CROPPED if height <= width else _UNCROPPED
    return round(width * across), round(height * down)


def _mark(draw: ImageDraw.ImageDraw, font_file: str, short_side: int, right: int, top: int) -> None:
    size = max(10, round(short_side / 44))
    font = _font(font_file, size)
    width = draw.textlength(MARK, font)
    box = (right - width - size * 1.4, top, right, top + size * 1.9)
    draw.rounded_rectangle(box, size, fill=(24, 26, 44), outline=(255, 255, 255), width=2)
    draw.text((box[0] + size * 0.7, top + size * 0.36), MARK, (255, 255, 255), font)


def _wrapped(
    draw: ImageDraw.ImageDraw, text: str, font: ImageFont.FreeTypeFont, width: int
) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if draw.textlength(longer, font) <= width or not lines[-1]:
            lines[-1] = longer
        elif len(lines) < _MOST_LINES:
            lines.append(word)
        else:
            lines[-1] = _shortened(draw, lines[-1], font, width)
            break
    return [_shortened(draw, line, font, width, mark="") for line in lines if line]


def _shortened(
    draw: ImageDraw.ImageDraw, line: str, font: ImageFont.FreeTypeFont, width: int, mark: str = " …"
) -> str:
    while line and draw.textlength(line + mark, font) > width:
        line = line[:-1].rstrip()
    return line + mark


def _font(path: str, size: int) -> ImageFont.FreeTypeFont:
    """Load the font anew: pictures are painted in threads, and FreeType's faces are for one."""
    return ImageFont.truetype(path, size)
