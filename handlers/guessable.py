"""Why would somebody guess this passphrase? Because of a list, a pattern, or whose it is."""

import unicodedata
from collections.abc import Iterable

COMMON = frozenset({"123456789012", "passwordpassword", "lösenordlösenord", "qwertyuiopas"})
"""Long enough and yet the first that anybody tries; repeated characters are found by counting."""

OURS = ("utväg", "utvag", "exit", "passphrase", "password", "lösenfras", "lösenord", "hemlig",
        "hemligt", "sommar", "vinter", "höst", "vår", "sverige", "stockholm", "göteborg", "malmö",
        "uppsala", "välkommen", "hejsan", "hejhej", "älskling", "kärlek", "fotboll", "kommun",
        "kommunen", "socialtjänsten", "rådgivare", "counsellor")  # fmt: skip
"""What whoever guesses here tries early, beside what is tried everywhere."""

LOOKED_AT = 72
"""Characters: what stands after them makes nothing easier, and looking takes longer and longer."""

TOO_FEW = 10
"""Decimal digits of guesses that a guesser who knows people needs at least (zxcvbn's score 4)."""

LEFT_WITHOUT_NAMES = 6
"""Letters that are to be left when the names are taken out."""

ROWS = frozenset({"sequence", "spatial"})


def why_guessable(passphrase: str, names: Iterable[str] = ()) -> str | None:
    """A code: too_common, named, repeats, in_a_row; None where it is worth having.

    `names`: theirs, and the lines'. Takes up to a fifth of a second.
    """
    if passphrase.casefold() in COMMON or len(set(passphrase)) < 5:
        return "too_common"
    own = sorted({part for name in names for part in _plain(name).split() if len(part) > 2})
    if _is_named(passphrase, own):
        return "named"
    from zxcvbn import zxcvbn  # noqa: PLC0415 - its lists take a third of a second to read

    looked_at = passphrase[:LOOKED_AT]
    found = zxcvbn(looked_at, user_inputs=[*own, *OURS])
    if found["guesses_log10"] >= TOO_FEW:
        return None
    patterns = {match["pattern"] for match in found["sequence"]}
    if "repeat" in patterns:
        return "repeats"
    return "in_a_row" if patterns & ROWS else "too_common"


def _is_named(passphrase: str, own: list[str]) -> bool:
    said = _plain(passphrase)
    left = said
    for name in sorted(own, key=len, reverse=True):
        left = left.replace(name, " ")
    return left != said and sum(char.isalpha() for char in left) < LEFT_WITHOUT_NAMES


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
