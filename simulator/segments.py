"""How many SMS a text is billed as, and in which encoding.

The rule: 3GPP TS 23.038 (alphabet) and 23.040 (joined messages). One GSM-7 message holds
160 septets, a joined one 153; one UCS-2 message 70 UTF-16 units, a joined one 67. A
character that takes two places is never split between two parts.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from simulator.address import is_whatsapp

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")


@dataclass(frozen=True, slots=True)
class Segments:
    """A bill: the number of parts and "GSM-7" or "UCS-2"."""

    count: int
    encoding: str


def segments(text: str) -> Segments:
    """Count the parts of a text; an empty text is still one message."""
    if all(character in _BASIC or character in _EXTENDED for character in text):
        widths = [2 if character in _EXTENDED else 1 for character in text]
        return Segments(_parts(widths, single=160, joined=153), "GSM-7")
    widths = [2 if ord(character) > 0xFFFF else 1 for character in text]
    return Segments(_parts(widths, single=70, joined=67), "UCS-2")


def bill_of(address: str, text: str) -> Segments:
    """The bill of a text to or from an address: WhatsApp knows neither parts nor encodings."""
    return Segments(0, "") if is_whatsapp(address) else segments(text)


def _parts(widths: Iterable[int], *, single: int, joined: int) -> int:
    widths = list(widths)
    if sum(widths) <= single:
        return 1
    count, filled = 1, 0
    for width in widths:
        if filled + width > joined:
            count, filled = count + 1, 0
        filled += width
    return count
