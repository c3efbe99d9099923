"""A recovery sheet's secret as a person copies it: groups, each of which shows a typing error.

Crockford's base 32 (https://www.crockford.com/base32.html): no I, L, O or U; whoever types them
means 1, 1 and 0. Thirteen groups of four symbols hold 32 bytes. Each ends with his check symbol,
modulo 37, over its value and its place: one wrong symbol, two neighbours exchanged or two groups
exchanged are always found.
"""

SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CHECKS = SYMBOLS + "*~$=U"
BYTES = 32
GROUPS = 13
LENGTH = 5
"""Symbols of a group, with its check."""

_BITS = 20
_MEANT = str.maketrans("OIL", "011")


class Mistyped(ValueError):
    """Groups that do not hold what was printed."""

    def __init__(self, groups: tuple[int, ...]) -> None:
        """`groups`: which ones, counted from 1; all where there are too few or too many."""
        super().__init__(f"groups {groups}")
        self.groups = groups


def written(secret: bytes) -> tuple[str, ...]:
    """The groups of 32 bytes."""
    if len(secret) != BYTES:
        raise ValueError("a sheet holds 32 bytes")
    number = int.from_bytes(secret, "big")
    parts = [number >> _BITS * place & (1 << _BITS) - 1 for place in reversed(range(GROUPS))]
    return tuple(_group(part, place) for place, part in enumerate(parts, 1))


def _group(value: int, place: int) -> str:
    symbols = "".join(SYMBOLS[value >> shift & 31] for shift in (15, 10, 5, 0))
    return symbols + CHECKS[(value + place) % 37]


def read(typed: str) -> bytes:
    """What was typed, however it is spaced or capitalised. Raises Mistyped."""
    groups = split(typed)
    if len(groups) != GROUPS:
        raise Mistyped(tuple(range(1, GROUPS + 1)))
    values = [_value(group, place) for place, group in enumerate(groups, 1)]
    wrong = tuple(place for place, value in enumerate(values, 1) if value is None)
    if wrong:
        raise Mistyped(wrong)
    number = 0
    for value in values:
        number = number << _BITS | (value or 0)
    if number >> BYTES * 8:
        raise Mistyped((1,))
    return number.to_bytes(BYTES, "big")


def split(typed: str) -> list[str]:
    """Into groups as they were meant: by spaces and dashes, or each five symbols."""
    meant = typed.upper().replace("-", " ").split()
    if len(meant) == 1:
        (whole,) = meant
        meant = [whole[at : at + LENGTH] for at in range(0, len(whole), LENGTH)]
    return [group[:-1].translate(_MEANT) + _check(group[-1]) for group in meant]


def _check(symbol: str) -> str:
    return symbol.translate(_MEANT)


def _value(group: str, place: int) -> int | None:
    """None where it is not what was printed there."""
    if len(group) != LENGTH or any(symbol not in SYMBOLS for symbol in group[:-1]):
        return None
    value = 0
    for symbol in group[:-1]:
        value = value << 5 | SYMBOLS.index(symbol)
    return value if _group(value, place) == group else None
