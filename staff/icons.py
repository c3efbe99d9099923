"""The icons of the installed app, drawn when they are first asked for."""

from functools import cache
from io import BytesIO

from PIL import Image, ImageDraw

SIZES = (192, 512)
GROUND, LINES = "#0b646b", "#ffffff"
_FINER = 4
"""Drawn so many times larger and then made smaller: smooth edges."""

_UNIT = 32
"""The drawing's own width, as in icon.svg: a doorway, and an arrow that leads out of it."""

_DOOR = ((17, 8), (12, 8), (9, 11), (9, 24))
_WAY = ((15, 17), (24, 17))
_HEAD = ((20, 13), (24, 17), (20, 21))


@cache
def icon(size: int, *, maskable: bool) -> bytes:
    """A PNG of `size` pixels; `maskable`: the system cuts its own shape out of it."""
    wide = size * _FINER
    image = Image.new("RGBA", (wide, wide), GROUND if maskable else (0, 0, 0, 0))
    pen = ImageDraw.Draw(image)
    if not maskable:
        pen.rounded_rectangle((0, 0, wide - 1, wide - 1), wide // 4, fill=GROUND)
    shrink = 0.72 if maskable else 1.0
    for line in (_DOOR, _WAY, _HEAD):
        _stroke(pen, [_place(point, wide, shrink) for point in line], 2.5 * wide / _UNIT * shrink)
    file = BytesIO()
    image.resize((size, size), Image.Resampling.LANCZOS).save(file, "PNG", optimize=True)
    return file.getvalue()


def _place(point: tuple[int, int], wide: int, shrink: float) -> tuple[float, float]:
    x, y = ((part / _UNIT - 0.5) * shrink + 0.5 for part in point)
    return x * wide, y * wide


def _stroke(pen: ImageDraw.ImageDraw, points: list[tuple[float, float]], width: float) -> None:
    pen.line(points, fill=LINES, width=round(width), joint="curve")
    for x, y in (points[0], points[-1]):
        half = width / 2
        pen.ellipse((x - half, y - half, x + half, y + half), fill=LINES)
