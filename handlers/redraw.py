"""What a fetched file shows, drawn anew: nothing that came with a picture is kept but its pixels.

Neither place nor time, camera, comment, thumbnail nor colour profile; nothing that a browser could
take for anything else than a picture.
"""

import struct
import warnings
import zlib
from dataclasses import dataclass, field
from io import BytesIO

from PIL import Image, ImageOps

FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
MOST_PIXELS = 40_000_000
"""More than a telephone's camera makes; opened, it takes some 160 MB."""

LONGEST_SIDE = 2048
"""Pixels; a larger picture is made smaller."""

QUALITY = 88

Image.MAX_IMAGE_PIXELS = MOST_PIXELS
warnings.simplefilter("error", Image.DecompressionBombWarning)

_TOO_MANY = (Image.DecompressionBombError, Image.DecompressionBombWarning)
_BROKEN = (
    *(OSError, ValueError, SyntaxError, LookupError, TypeError, AttributeError, ArithmeticError),
    *(EOFError, NotImplementedError, RecursionError, struct.error, zlib.error),
    UserWarning,
)
"""What the library raises about a file that is not as its format wants it."""


class TooManyPixels(Exception):
    """A picture that would take more memory than anybody's screen needs."""


class NoPicture(Exception):
    """None of FORMATS, or broken."""


@dataclass(frozen=True)
class Drawn:
    """A picture of our own making."""

    content_type: str
    content: bytes = field(repr=False)


def redraw(content: bytes) -> Drawn:
    """A fresh JPEG, or a PNG where something is transparent; of a moving picture the first frame.

    Takes seconds at the longest: call it in a thread. Raises TooManyPixels or NoPicture.
    """
    try:
        return _written(_pixels(content))
    except (*_TOO_MANY, MemoryError) as error:
        raise TooManyPixels from error
    except _BROKEN as error:
        raise NoPicture from error


def _pixels(content: bytes) -> Image.Image:
    """The picture as it is meant to be looked at, in a new image that knows nothing else."""
    with Image.open(BytesIO(content), formats=FORMATS) as found:
        if found.width * found.height > MOST_PIXELS:
            raise TooManyPixels
        found.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        mode = "RGBA" if found.has_transparency_data else "RGB"
        turned = ImageOps.exif_transpose(found).convert(mode)
    turned.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    return Image.frombytes(mode, turned.size, turned.tobytes())


def _written(picture: Image.Image) -> Drawn:
    out = BytesIO()
    if picture.mode == "RGBA":
        picture.save(out, "PNG", optimize=False)
        return Drawn("image/png", out.getvalue())
    picture.save(out, "JPEG", quality=QUALITY)
    return Drawn("image/jpeg", out.getvalue())
