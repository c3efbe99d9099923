"""How many SMS segments does a text take? (GSM 03.38 / 3GPP TS 23.038 and 23.040)."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""One septet each (3GPP TS 23.038, 6.2.1)."""

EXTENSION = frozenset("\f^{}\\[~]|€")
"""Two septets each: an escape and a character, which never stand in different segments."""


PLAIN = (
    dict.fromkeys("“”„‟″«»", '"')
    | dict.fromkeys("‘’‚‛′´`", "'")
    | dict.fromkeys("‐‑‒–—―−", "-")
    | dict.fromkeys("\u00a0\u2002\u2003\u2007\u2009\u202f\t", " ")
    | dict.fromkeys("\u00ad\u200b\u2060\ufeff", "")
    | {"…": "...", "•": "-", "·": "-"}
)
"""What word processors put in, and what says the same in GSM-7. Letters are left as they are."""


@dataclass(frozen=True)
class Segments:
    """What a text takes on the wire.

    units: septets (GSM-7) or 16-bit code units (UCS-2), without padding at boundaries;
    left: units that still fit into the last segment, 0 for an empty text.
    """

    encoding: Literal["GSM-7", "UCS-2"]
    segments: int
    units: int
    left: int


def count(text: str) -> Segments:
    """Count the segments of a text; an empty text takes none."""
    if culprits(text):
        widths = [2 if ord(char) > 0xFFFF else 1 for char in text]
        return _pack("UCS-2", widths, alone=70, part=67)
    widths = [2 if char in EXTENSION else 1 for char in text]
    return _pack("GSM-7", widths, alone=160, part=153)


def culprits(text: str) -> tuple[str, ...]:
    """The characters that force UCS-2, each once, in the order of the text."""
    return tuple(dict.fromkeys(c for c in text if c not in BASIC and c not in EXTENSION))


def plain(text: str) -> str:
    """The same words without what needlessly forces UCS-2; accents are joined to their letters."""
    return "".join(PLAIN.get(char, char) for char in unicodedata.normalize("NFC", text))


def _pack(
    encoding: Literal["GSM-7", "UCS-2"], widths: Iterable[int], *, alone: int, part: int
) -> Segments:
    sizes = list(widths)
    units = sum(sizes)
    if units <= alone:
        return Segments(encoding, int(units > 0), units, alone - units if units else 0)
    segments, used = 1, 0
    for size in sizes:
        if used + size > part:
            segments, used = segments + 1, 0
        used += size
    return Segments(encoding, segments, units, part - used)
