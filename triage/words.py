"""Which words does a text consist of, however they are typed?"""

import unicodedata
from functools import cache
from itertools import groupby


def fold(text: str) -> str:
    """Case folded, compatibility forms and accents removed: "Är", "AR" and "ar" are the same."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in unicodedata.normalize("NFKD", folded) if not _is_mark(c))


def tokens(text: str) -> tuple[str, ...]:
    """Words, numbers (any script's numerals as 0-9) and single symbols such as an emoji.

    Apostrophes vanish ("don't" is "dont"), all other punctuation separates.
    """
    found: list[str] = []
    for kind, group in groupby(fold(text).translate(_APOSTROPHES), key=_kind):
        if kind == "number":
            found.append("".join(str(unicodedata.digit(c)) for c in group))
        elif kind == "word":
            found.append("".join(group))
        elif kind == "symbol":
            found.extend(group)
    return tuple(found)


@cache
def phrase_words(phrase: str) -> tuple[str, ...]:
    """The words of a script's own phrase, remembered; what a contact wrote never is."""
    return tokens(phrase)


def squeeze(word: str) -> str:
    """Every run of one letter as a single letter: "neeej" is "nej"."""
    return "".join(letter for letter, _ in groupby(word))


def near(typed: str, meant: str) -> bool:
    """One edit apart at most (Damerau-Levenshtein), the first letter the same.

    The first letter is never forgiven: in Swedish and English it turns a word into its opposite
    ("osäkert", "otrygg").
    """
    if typed == meant:
        return True
    if abs(len(typed) - len(meant)) > 1 or typed[:1] != meant[:1]:
        return False
    at = next((i for i, (a, b) in enumerate(zip(typed, meant, strict=False)) if a != b), None)
    if at is None:
        return True
    if len(typed) == len(meant):
        swapped = typed[:at] + typed[at : at + 2][::-1] + typed[at + 2 :]
        return typed[at + 1 :] == meant[at + 1 :] or swapped == meant
    longer, shorter = (typed, meant) if len(typed) > len(meant) else (meant, typed)
    return longer[at + 1 :] == shorter[at:]


_APOSTROPHES = dict.fromkeys(map(ord, "'’‘´`"))


def _is_mark(char: str) -> bool:
    return unicodedata.category(char)[0] == "M"


def _kind(char: str) -> str:
    if unicodedata.digit(char, None) is not None:
        return "number"
    category = unicodedata.category(char)
    if category[0] in "LN":
        return "word"
    return "symbol" if category == "So" else "gap"
