"""Brings pictures to the canvas and makes the thumbnail."""

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter, ImageOps, UnidentifiedImageError

from agentkit import StepRejectedError
from media import typeface
from media.captions import Lines, wrapped
from media.subtitles import SIMULATED

type Size = tuple[int, int]

_PIXELS_MAX = 50_000_000
_THUMBNAIL_LINES = 3
_THUMBNAIL_CHARS = 60
_THUMBNAIL_QUALITY = 88
_LARGEST_LETTERS = 0.155
_SMALLEST_LETTERS = 0.035
_TEXT_WIDTH = 0.86
_LINE_HEIGHT = 1.18
_SHADE_OF_SCENES = [max(0, 84 - y, (y - 110) // 2) for y in range(256)]
_SHADE_OF_THUMBNAILS = [max(0, y - 96) for y in range(256)]


def fit(source: Path, target: Path, size: Size, *, scene: int) -> None:
    """Write the picture at `source` to `target`, cropped around its middle to `size`.

    Raises:
        StepRejectedError: the picture of scene number `scene` cannot be read.
    """
    try:
        with Image.open(source) as picture:
            _refuse_huge(picture)
            fitted = ImageOps.fit(picture.convert("RGB"), size, Image.Resampling.LANCZOS)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise StepRejectedError(
            f"the picture of scene {scene} cannot be read ({_why(error)}): "
            "check that the image model answers with PNG (YAA_MODELS__IMAGE)"
        ) from error
    _shaded(fitted, _SHADE_OF_SCENES).save(target)


def thumbnail(picture: Path, target: Path, text: str, *, simulated: bool) -> None:
    """Write `picture` with `text` large over it as JPEG to `target`."""
    with Image.open(picture) as opened:
        canvas = _shaded(opened.convert("RGB"), _SHADE_OF_THUMBNAILS)
    em, lines = _fitted(typeface.showable(text)[:_THUMBNAIL_CHARS], canvas.size)
    _write(canvas, em, lines)
    if simulated:
        _label(canvas)
    canvas.save(target, "JPEG", quality=_THUMBNAIL_QUALITY, optimize=True)


def _why(error: Exception) -> str:
    is_unknown = isinstance(error, UnidentifiedImageError)
    return "it is of no known format" if is_unknown else str(error)


def _refuse_huge(picture: Image.Image) -> None:
    if picture.width * picture.height > _PIXELS_MAX:
        raise ValueError(f"{picture.width}x{picture.height} is too large")


def _shaded(picture: Image.Image, darkness: Sequence[int]) -> Image.Image:
    """Darken a picture where text will stand; `darkness` runs from the top to the bottom."""
    mask = Image.linear_gradient("L").point(list(darkness)).resize(picture.size)
    return Image.composite(Image.new("RGB", picture.size, "black"), picture, mask)


def _fitted(text: str, size: Size) -> tuple[int, Lines]:
    width, height = size
    short = min(width, height)
    em = round(short * _LARGEST_LETTERS)
    while em > short * _SMALLEST_LETTERS:
        lines = _lines(text, width * _TEXT_WIDTH / em)
        if lines is not None:
            return em, lines
        em -= max(1, short // 100)
    return em, _lines(text, width * _TEXT_WIDTH / em) or ()


def _lines(text: str, width: float) -> Lines | None:
    return wrapped(text, width=width, width_of=typeface.width_of, max_lines=_THUMBNAIL_LINES)


def _write(canvas: Image.Image, em: int, lines: Lines) -> None:
    width, height = canvas.size
    line_height = em * _LINE_HEIGHT
    top = height * 0.9 - line_height * len(lines) if width > height else height * 0.62
    _shadow(canvas, em, lines, top)
    draw = ImageDraw.Draw(canvas)
    for row, line in enumerate(lines):
        draw.text(
            (width / 2, top + row * line_height),
            line,
            fill="white" if row else "#ffe14d",
            font=typeface.at(em),
            anchor="ma",
            stroke_width=max(1, em // 14),
            stroke_fill="#101014",
        )


def _shadow(canvas: Image.Image, em: int, lines: Lines, top: float) -> None:
    mask = Image.new("L", canvas.size)
    draw = ImageDraw.Draw(mask)
    for row, line in enumerate(lines):
        at = (canvas.width / 2, top + row * em * _LINE_HEIGHT + em * 0.06)
        draw.text(at, line, fill=200, font=typeface.at(em), anchor="ma", stroke_width=em // 9)
    blurred = mask.filter(ImageFilter.GaussianBlur(em / 10))
    canvas.paste("black", mask=blurred)


def _label(canvas: Image.Image) -> None:
    em = max(8, min(canvas.size) // 36)
    ImageDraw.Draw(canvas).text(
        (em, em),
        SIMULATED,
        fill="#ffffffb0",
        font=typeface.at(em),
        stroke_width=1,
        stroke_fill="black",
    )
