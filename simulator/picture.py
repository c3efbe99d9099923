"""Makes the pictures that phones send: real ones, with what a camera adds to them unseen."""

from functools import cache
from io import BytesIO
from secrets import token_hex

from PIL import Image, PngImagePlugin

from simulator.book import Media

PLACE = ((59.0, 19.0, 46.44), (18.0, 4.0, 6.24))
"""Degrees, minutes and seconds north and east, in the picture's EXIF: a square in Stockholm."""

CAMERA = "Simulator 1"
COMMENT = "taken at home"
_EXIF_MAKE, _EXIF_MODEL, _EXIF_TIME, _EXIF_GPS = 0x010F, 0x0110, 0x0132, 0x8825
_OTHER = 48_213
"""Bytes of a made-up file that is no picture."""


def picture(
    content_type: str = "image/jpeg", size: int | None = None, content: bytes | None = None
) -> Media:
    """A file with the bytes given, or else made up: a real picture where the type is one.

    A made-up file has `size` bytes; one too small for a picture, or of another type, is zeros.
    """
    if content is None:
        content = _made_up(content_type, size)
    return Media(f"ME{token_hex(16)}", content_type, len(content), content)


def _made_up(content_type: str, size: int | None) -> bytes:
    real = {"image/jpeg": jpeg, "image/png": png}.get(content_type)
    if real is None:
        return bytes(_OTHER if size is None else size)
    content = real()
    if size is None or size == len(content):
        return content
    return content + bytes(size - len(content)) if size > len(content) else bytes(size)


@cache
def jpeg() -> bytes:
    """A small photograph with its place, time, camera and a comment."""
    written = BytesIO()
    _photograph().save(written, "JPEG", quality=80, exif=_exif(), comment=COMMENT.encode())
    return written.getvalue()


@cache
def png() -> bytes:
    """The same as a PNG, with the place in its EXIF and a comment as text."""
    written, texts = BytesIO(), PngImagePlugin.PngInfo()
    texts.add_text("Comment", COMMENT)
    _photograph().save(written, "PNG", exif=_exif(), pnginfo=texts)
    return written.getvalue()


def _photograph() -> Image.Image:
    down = Image.linear_gradient("L").resize((240, 180))
    across = down.transpose(Image.Transpose.ROTATE_90).resize((240, 180))
    return Image.merge("RGB", (down, across, down.point(lambda level: 200 - level // 2)))


def _exif() -> Image.Exif:
    exif = Image.Exif()
    exif[_EXIF_MAKE], exif[_EXIF_MODEL] = "Simulator", CAMERA
    exif[_EXIF_TIME] = "2026:01:31 02:10:00"
    exif[_EXIF_GPS] = {1: "N", 2: PLACE[0], 3: "E", 4: PLACE[1]}
    return exif
