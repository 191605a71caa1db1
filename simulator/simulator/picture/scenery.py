"""Backgrounds: what is far away."""

import math

from simulator.picture.canvas import Canvas, Point, mixed


def stars(canvas: Canvas) -> None:
    light = canvas.palette.light
    for _ in range(150):
        place = (canvas.chance.between(0, 1), canvas.chance.between(0, 0.72))
        size = canvas.chance.between(0.0006, 0.0032)
        canvas.disc(place, size, mixed(light, (255, 255, 255), 0.6), 90 + canvas.chance.below(160))
    for _ in range(5):
        place = (canvas.chance.between(0.08, 0.92), canvas.chance.between(0.05, 0.6))
        canvas.glow(place, 0.02, light, 170)
        canvas.disc(place, 0.004, (255, 255, 255))


def moon(canvas: Canvas) -> None:
    place = (canvas.chance.between(0.3, 0.72), canvas.chance.between(0.34, 0.44))
    canvas.glow(place, 0.2, canvas.palette.light, 110)
    canvas.disc(place, 0.13, mixed(canvas.palette.light, (255, 255, 255), 0.35))
    for across, down, size in ((-0.05, 0.01, 0.026), (0.04, -0.02, 0.018), (0.02, 0.04, 0.03)):
        canvas.disc((place[0] + across, place[1] + down), size, canvas.palette.light, 120)


def sun(canvas: Canvas) -> None:
    place = (canvas.chance.between(0.3, 0.7), canvas.chance.between(0.42, 0.5))
    canvas.glow(place, 0.34, canvas.palette.light, 120)
    canvas.glow(place, 0.17, canvas.palette.light, 200)
    canvas.disc(place, 0.1, mixed(canvas.palette.light, (255, 255, 255), 0.5))


def mountains(canvas: Canvas) -> None:
    layers = 4
    for layer in range(layers):
        depth = layer / (layers - 1)
        color = mixed(
            mixed(canvas.palette.bottom, canvas.palette.far, 0.6), canvas.palette.near, depth
        )
        base = 0.5 + 0.13 * layer
        canvas.shape(_ridge(canvas, base, 0.085 - 0.008 * layer, 5 + 2 * layer), color)


def hills(canvas: Canvas) -> None:
    for layer in range(3):
        color = mixed(canvas.palette.far, canvas.palette.near, layer / 2)
        canvas.shape(_swell(canvas, 0.6 + 0.12 * layer, 0.05, 1.2 + 0.4 * layer), color)


def waves(canvas: Canvas) -> None:
    layers = 7
    for layer in range(layers):
        depth = layer / (layers - 1)
        color = mixed(canvas.palette.far, canvas.palette.near, depth)
        crest = _swell(canvas, 0.52 + 0.075 * layer, 0.012 + 0.004 * layer, 2.4 - 0.15 * layer)
        canvas.shape(crest, mixed(color, canvas.palette.light, 0.04))
        canvas.line(crest[1:-1], canvas.palette.light, 0.002, 110)


def depths(canvas: Canvas) -> None:
    """Paint rays from above and drifting lights."""
    for ray in range(5):
        x = 0.1 + 0.2 * ray + canvas.chance.between(-0.05, 0.05)
        canvas.shape(
            [(x, 0), (x + 0.05, 0), (x + 0.3, 1.05), (x - 0.03, 1.05)], canvas.palette.light, 16
        )
    for _ in range(46):
        place = (canvas.chance.between(0.02, 0.98), canvas.chance.between(0.25, 0.98))
        canvas.disc(place, canvas.chance.between(0.002, 0.008), canvas.palette.light, 130)
    for _ in range(6):
        place = (canvas.chance.between(0.1, 0.9), canvas.chance.between(0.4, 0.9))
        canvas.glow(place, 0.045, canvas.palette.light, 120)


def skyline(canvas: Canvas) -> None:
    for layer in range(3):
        color = mixed(canvas.palette.far, canvas.palette.near, layer / 2)
        x = -0.02
        while x < 1:
            width = canvas.chance.between(0.05, 0.12)
            top = 0.44 + 0.11 * layer + canvas.chance.between(-0.1, 0.06)
            canvas.box((x, top), (x + width, 1), color)
            if layer:
                _windows(canvas, x, top, width)
            x += width + canvas.chance.between(0, 0.02)


def trees(canvas: Canvas) -> None:
    for layer in range(4):
        color = mixed(canvas.palette.far, canvas.palette.near, layer / 3)
        count = 11 - 2 * layer
        for number in range(count):
            x = (number + canvas.chance.between(0.1, 0.9)) / count
            ground = 0.62 + 0.11 * layer
            _tree(canvas, (x, ground), 0.2 + 0.07 * layer, color)
        canvas.box((0, 0.615 + 0.11 * layer), (1, 1), mixed(color, canvas.palette.near, 0.25))
    for ray in range(4):
        x = 0.12 + 0.24 * ray
        canvas.shape(
            [(x, 0), (x + 0.05, 0), (x + 0.26, 0.9), (x + 0.08, 0.9)], canvas.palette.light, 20
        )


def clouds(canvas: Canvas) -> None:
    for number in range(3):
        color = mixed(canvas.palette.top, (255, 255, 255), 0.3 + 0.18 * number)
        x, y = (
            0.2 + 0.3 * number + canvas.chance.between(-0.1, 0.1),
            canvas.chance.between(0.34, 0.5),
        )
        puff = 0.06 * canvas.unit / canvas.width
        low = 0.05 * canvas.unit / canvas.height
        for place, size in ((-2.2, 0.03), (-1.1, 0.05), (0.1, 0.068), (1.2, 0.054), (2.2, 0.034)):
            canvas.disc((x + place * puff, y - size * canvas.unit / canvas.height), size, color)
        canvas.box((x - 2.5 * puff, y - low), (x + 2.6 * puff, y), color, round_by=0.025)


def rain(canvas: Canvas) -> None:
    for _ in range(110):
        x, y = canvas.chance.between(0, 1.1), canvas.chance.between(0.3, 1)
        canvas.line([(x, y), (x - 0.02, y + 0.045)], canvas.palette.light, 0.0018, 120)


def _ridge(canvas: Canvas, base: float, height: float, peaks: int) -> list[Point]:
    points: list[Point] = [(0, 1.01)]
    for number in range(peaks * 2 + 1):
        up = number % 2
        lift = canvas.chance.between(0.55, 1.2) if up else canvas.chance.between(-0.2, 0.35)
        points.append((number / (peaks * 2), base - height * lift))
    return [*points, (1, 1.01)]


def _swell(canvas: Canvas, base: float, height: float, turns: float) -> list[Point]:
    phase, drift = canvas.chance.between(0, 7), canvas.chance.between(1.6, 2.6)
    points: list[Point] = [(0, 1.01)]
    for step in range(61):
        x = step / 60
        angle = 2 * math.pi * turns * x + phase
        points.append((x, base + height * (math.sin(angle) + 0.4 * math.sin(drift * angle))))
    return [*points, (1, 1.01)]


def _windows(canvas: Canvas, x: float, top: float, width: float) -> None:
    columns = max(2, round(width / 0.024))
    step = width / columns
    for row in range(1, round((1 - top) / 0.022)):
        for column in range(columns):
            if canvas.chance.below(3) == 0:
                left, y = x + step * (column + 0.3), top + 0.022 * row
                canvas.box((left, y), (left + step * 0.4, y + 0.009), canvas.palette.light, 190)


def _tree(canvas: Canvas, foot: Point, height: float, color: tuple[int, int, int]) -> None:
    x, ground = foot
    tall = height * canvas.chance.between(0.8, 1.15) * canvas.unit / canvas.height
    wide = tall * 0.3 * canvas.height / canvas.width
    canvas.box((x - wide * 0.06, ground - tall * 0.2), (x + wide * 0.06, ground + 0.03), color)
    for tier in range(3):
        low = ground - tall * (0.12 + 0.24 * tier)
        half = wide * (1 - 0.26 * tier)
        canvas.shape([(x - half, low), (x + half, low), (x, low - tall * 0.42)], color)
