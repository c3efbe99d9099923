"""How wide, and by which light, the pictures of docs/images are."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

IMAGES = Path(__file__).parents[2] / "docs" / "images"
WIDE, NARROW, STAGE = (1280, 800), (390, 780), (1680, 980)


@dataclass(frozen=True)
class Look:
    """How wide, and by which light."""

    name: str
    size: tuple[int, int]
    scheme: Literal["light", "dark"]


LOOKS = (
    Look("desktop-light", WIDE, "light"),
    Look("desktop-dark", WIDE, "dark"),
    Look("phone-light", NARROW, "light"),
    Look("phone-dark", NARROW, "dark"),
)
