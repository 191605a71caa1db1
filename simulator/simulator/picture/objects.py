"""Foregrounds: what the picture is of."""

import math

from simulator.picture.canvas import Canvas, Point, mixed

_WHITE = (255, 255, 255)


def cup(canvas: Canvas) -> None:
    """Paint a cup on a table with steam above it."""
    wood = mixed(canvas.palette.near, canvas.palette.far, 0.35)
    canvas.box((0, 0.72), (1, 1), wood)
    canvas.line([(0, 0.72), (1, 0.72)], canvas.palette.light, 0.004, 90)
    china = mixed(canvas.palette.light, _WHITE, 0.4)
    aspect = canvas.unit / canvas.width, canvas.unit / canvas.height
    left, right = 0.5 - 0.17 * aspect[0], 0.5 + 0.17 * aspect[0]
    top, low = 0.745 - 0.25 * aspect[1], 0.745
    canvas.ring((right, (top + low) / 2), 0.075, china, thickness=0.026)
    canvas.shape(
        [
            (left, top),
            (right, top),
            (right - 0.045 * aspect[0], low),
            (left + 0.045 * aspect[0], low),
        ],
        china,
    )
    for color, size in ((mixed(china, wood, 0.2), 0.17), (canvas.palette.near, 0.15)):
        _oval(canvas, (0.5, top), size, 0.22, color)
    _oval(canvas, (0.5, low + 0.004), 0.24, 0.12, mixed(china, wood, 0.25))
    for number in range(3):
        _steam(canvas, 0.5 + (number - 1) * 0.08 * aspect[0], top - 0.02)


def network(canvas: Canvas) -> None:
    """Paint points of light and the lines between near ones."""
    points: list[Point] = [
        (canvas.chance.between(0.06, 0.94), canvas.chance.between(0.3, 0.92)) for _ in range(30)
    ]
    for number, one in enumerate(points):
        for other in points[number + 1 :]:
            if math.dist(canvas.at(one), canvas.at(other)) < 0.3 * canvas.unit:
                canvas.line([one, other], canvas.palette.light, 0.0022, 110)
    for number, point in enumerate(points):
        if number % 4 == 0:
            canvas.glow(point, 0.05, canvas.palette.light, 150)
        canvas.disc(point, 0.012 if number % 4 else 0.02, mixed(canvas.palette.light, _WHITE, 0.5))


def brain(canvas: Canvas) -> None:
    """Paint two halves of folded light."""
    canvas.glow((0.5, 0.54), 0.36, canvas.palette.light, 120)
    half = mixed(canvas.palette.far, canvas.palette.light, 0.18)
    for side in (-1, 1):
        _oval(canvas, (0.5 + side * 0.125 * canvas.unit / canvas.width, 0.53), 0.15, 1.75, half)
        for row in range(7):
            height = 0.385 + 0.047 * row
            reach = 0.2 * math.sin(math.pi * (row + 1.6) / 9.2) * canvas.unit / canvas.width
            points: list[Point] = [
                (
                    0.5 + side * (0.035 + reach * step / 16),
                    height + 0.013 * math.sin(step * 0.9 + row * 1.7),
                )
                for step in range(17)
            ]
            canvas.line(points, mixed(canvas.palette.light, _WHITE, 0.3), 0.008)


def chart(canvas: Canvas) -> None:
    """Paint rising bars with coins and a line above them."""
    canvas.box((0, 0.86), (1, 1), canvas.palette.near)
    tops = list[Point]()
    for number in range(6):
        left = 0.14 + 0.122 * number
        top = 0.8 - 0.055 * number - canvas.chance.between(0, 0.05)
        color = mixed(canvas.palette.far, canvas.palette.light, 0.12 * number)
        canvas.box((left, top), (left + 0.09, 0.86), color, round_by=0.014)
        tops.append((left + 0.045, top - 0.035))
    canvas.line(tops, mixed(canvas.palette.light, _WHITE, 0.4), 0.01)
    for place in tops:
        canvas.disc(place, 0.019, canvas.palette.light)
    canvas.glow(tops[-1], 0.07, canvas.palette.light, 150)


def window(canvas: Canvas) -> None:
    """Paint a window, its light on a desk, and a book."""
    light = canvas.palette.light
    canvas.box((0.24, 0.3), (0.76, 0.64), mixed(canvas.palette.near, canvas.palette.far, 0.3))
    for column in range(2):
        for row in range(2):
            x, y = 0.255 + 0.25 * column, 0.31 + 0.165 * row
            canvas.box((x, y), (x + 0.235, y + 0.152), mixed(light, canvas.palette.top, 0.25))
    canvas.shape([(0.26, 0.64), (0.74, 0.64), (0.96, 1), (0.04, 1)], light, 46)
    canvas.box((0, 0.74), (1, 1), canvas.palette.near)
    page = mixed(light, _WHITE, 0.5)
    canvas.shape([(0.3, 0.76), (0.5, 0.74), (0.5, 0.805), (0.27, 0.825)], page)
    canvas.shape([(0.7, 0.76), (0.5, 0.74), (0.5, 0.805), (0.73, 0.825)], mixed(page, light, 0.6))


def ripples(canvas: Canvas) -> None:
    """Paint rings that spread from a light."""
    center = (0.5, 0.56)
    canvas.glow(center, 0.24, canvas.palette.light, 140)
    for number in range(1, 9):
        color = mixed(canvas.palette.light, canvas.palette.far, number / 10)
        canvas.ring(center, 0.055 * number, color, thickness=0.006)
    canvas.disc(center, 0.03, mixed(canvas.palette.light, _WHITE, 0.6))


def orbits(canvas: Canvas) -> None:
    """Paint a sun with planets around it."""
    center = (0.5, 0.54)
    canvas.glow(center, 0.22, canvas.palette.light, 180)
    canvas.disc(center, 0.085, mixed(canvas.palette.light, _WHITE, 0.4))
    for number in range(1, 5):
        radius = 0.1 + 0.085 * number
        canvas.ring(center, radius, mixed(canvas.palette.light, canvas.palette.far, 0.5),
                    thickness=0.0026, flat=0.42)  # fmt: skip
        angle = canvas.chance.between(0, 2 * math.pi)
        place = (
            center[0] + math.cos(angle) * radius * canvas.unit / canvas.width,
            center[1] + math.sin(angle) * radius * 0.42 * canvas.unit / canvas.height,
        )
        canvas.disc(place, 0.012 + 0.006 * (number % 3), mixed(canvas.palette.far, _WHITE, 0.5))


def black_hole(canvas: Canvas) -> None:
    center = (0.5, 0.54)
    canvas.glow(center, 0.34, (255, 150, 60), 130)
    for number in range(12):
        color = mixed((255, 214, 140), (190, 60, 30), number / 11)
        canvas.ring(center, 0.2 + 0.016 * number, color, thickness=0.011, flat=0.34)
    canvas.disc(center, 0.13, (2, 2, 8))
    canvas.ring(center, 0.145, (255, 226, 170), thickness=0.009)


def earth(canvas: Canvas) -> None:
    """Paint the globe, bulging a little, and the moon beside it."""
    center, across = (0.5, 0.54), canvas.unit / canvas.width
    down = canvas.unit / canvas.height
    canvas.glow(center, 0.36, (140, 200, 255), 150)
    _oval(canvas, center, 0.335, 0.82, (96, 164, 226))
    canvas.disc(center, 0.262, (38, 104, 182))
    for x, y, radius, flat in (
        (-0.1, -0.09, 0.09, 0.8),
        (-0.02, -0.03, 0.06, 0.7),
        (-0.08, 0.1, 0.065, 1.3),
        (0.11, -0.1, 0.075, 0.6),
        (0.13, 0.02, 0.07, 1.1),
        (0.05, 0.17, 0.05, 0.5),
    ):
        place = (center[0] + x * across, center[1] + y * down)
        _oval(canvas, place, radius, flat, (96, 168, 112))
    canvas.disc((0.84, 0.27), 0.055, mixed(canvas.palette.light, _WHITE, 0.3))


def boat(canvas: Canvas) -> None:
    """Paint a sailing boat at rest, with a path of light beside it."""
    x, water = 0.5 + canvas.chance.between(-0.12, 0.12), 0.68
    across, down = canvas.unit / canvas.width, canvas.unit / canvas.height
    dark = mixed(canvas.palette.near, (0, 0, 0), 0.4)
    sail = mixed(canvas.palette.light, _WHITE, 0.4)
    for number in range(7):
        half = (0.11 - 0.012 * number) * across
        y = water + (0.035 + 0.022 * number) * down
        canvas.line([(x - half, y), (x + half, y)], canvas.palette.light, 0.005, 150 - 16 * number)
    canvas.line([(x, water), (x, water - 0.36 * down)], dark, 0.008)
    canvas.shape(
        [(x + 0.012 * across, water - 0.34 * down), (x + 0.012 * across, water - 0.06 * down),
         (x + 0.17 * across, water - 0.06 * down)], sail,
    )  # fmt: skip
    canvas.shape(
        [(x - 0.012 * across, water - 0.29 * down), (x - 0.012 * across, water - 0.06 * down),
         (x - 0.1 * across, water - 0.06 * down)], mixed(sail, canvas.palette.far, 0.25),
    )  # fmt: skip
    canvas.shape(
        [(x - 0.17 * across, water - 0.04 * down), (x + 0.2 * across, water - 0.04 * down),
         (x + 0.12 * across, water + 0.035 * down), (x - 0.11 * across, water + 0.035 * down)],
        dark,
    )  # fmt: skip


def palace(canvas: Canvas) -> None:
    """Paint a tiled roof with curved eaves on pillars."""
    wood, tile = mixed(canvas.palette.near, (150, 60, 50), 0.4), canvas.palette.near
    canvas.box((0.22, 0.66), (0.78, 0.86), wood)
    for number in range(6):
        x = 0.23 + 0.105 * number
        canvas.box((x, 0.66), (x + 0.022, 0.86), mixed(wood, canvas.palette.light, 0.25))
    canvas.box((0.44, 0.71), (0.56, 0.86), canvas.palette.light, 190)
    for lift, reach in ((0.0, 0.42), (-0.12, 0.3)):
        _roof(canvas, 0.66 + lift, reach, tile)
    canvas.box((0.33, 0.57), (0.67, 0.61), wood)
    _roof(canvas, 0.58, 0.28, tile)
    canvas.box((0.14, 0.86), (0.86, 1), mixed(tile, canvas.palette.far, 0.3))


def people(canvas: Canvas) -> None:
    """Paint one or two figures in long coats that stand in front, seen from behind."""
    dark = mixed(canvas.palette.near, (0, 0, 0), 0.5)
    count = 1 + canvas.chance.below(2)
    shift = canvas.chance.between(-0.14, 0.14)
    across, down = canvas.unit / canvas.width, canvas.unit / canvas.height
    for number in range(count):
        x = 0.5 + shift + (number - (count - 1) / 2) * 0.2 * across
        tall, foot = (0.27 - 0.06 * number) * down, 0.83
        half = tall / down * 0.15 * across
        _oval(canvas, (x, foot + 0.004), 0.1, 0.14, mixed(dark, canvas.palette.near, 0.5))
        for leg in (-1, 1):
            inner = x + leg * half * 0.16
            outer = x + leg * half * 0.62
            canvas.box((min(inner, outer), foot - tall * 0.3), (max(inner, outer), foot), dark)
        canvas.shape(
            [
                (x - half * 0.5, foot - tall * 0.8),
                (x + half * 0.5, foot - tall * 0.8),
                (x + half * 0.95, foot - tall * 0.7),
                (x + half * 1.1, foot - tall * 0.2),
                (x - half * 1.1, foot - tall * 0.2),
                (x - half * 0.95, foot - tall * 0.7),
            ],
            dark,
        )
        canvas.disc((x, foot - tall * 0.9), tall / down * 0.105, dark)


def _oval(
    canvas: Canvas, center: Point, radius: float, flat: float, color: tuple[int, int, int]
) -> None:
    points: list[Point] = []
    for step in range(48):
        angle = 2 * math.pi * step / 48
        points.append(
            (
                center[0] + math.cos(angle) * radius * canvas.unit / canvas.width,
                center[1] + math.sin(angle) * radius * flat * canvas.unit / canvas.height,
            )
        )
    canvas.shape(points, color)


def _steam(canvas: Canvas, x: float, low: float) -> None:
    phase = canvas.chance.between(0, 6)
    points: list[Point] = [
        (x + 0.014 * math.sin(step * 0.35 + phase), low - 0.008 * step) for step in range(18)
    ]
    canvas.line(points, _WHITE, 0.012, 120)


def _roof(canvas: Canvas, y: float, reach: float, color: tuple[int, int, int]) -> None:
    edge: list[Point] = [
        (0.5 + reach * step / 12, y + 0.012 - 0.035 * abs(step / 12) ** 3)
        for step in range(-12, 13)
    ]
    canvas.shape([*edge, (0.5 + reach * 0.62, y - 0.07), (0.5 - reach * 0.62, y - 0.07)], color)
    canvas.line(edge, canvas.palette.light, 0.004, 120)
