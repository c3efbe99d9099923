"""By what do counsellors call somebody who gave no name? "Björk 14": a word and a number.

Chosen at random, never out of the number that somebody wrote from, so that neither leads to the
other. The words are calm ones out of a Swedish landscape: no names of people, nothing that hunts.
"""

import unicodedata
from dataclasses import dataclass

WORDS = (
    "Björk", "Tall", "Gran", "Rönn", "Sälg", "Oxel", "Hassel", "Avenbok", "Idegran", "Havtorn",
    "Mossa", "Bräken", "Fräken", "Starr", "Klöver", "Timotej", "Blåklint", "Blåsippa", "Vitsippa",
    "Gullviva", "Kattfot", "Harsyra", "Smultron", "Blåbär", "Lingon", "Hjortron",
    "Tranbär", "Nypon", "Slånbär", "Svala", "Lärka", "Trana", "Ejder", "Bofink", "Steglits",
    "Grönsiska", "Talgoxe", "Blåmes", "Rödhake", "Sädesärla", "Taltrast", "Storlom", "Knipa",
    "Vipa", "Spov", "Gärdsmyg", "Sidensvans", "Nötväcka", "Tofsmes", "Granit", "Gnejs", "Kvarts",
    "Skiffer", "Sandsten", "Kalksten", "Fältspat", "Glimmer", "Täljsten", "Diabas", "Porfyr",
    "Tjärn", "Källa", "Strandäng",
)  # fmt: skip

LARGEST = 99_999


@dataclass(frozen=True)
class Alias:
    """One contact's alias, the same for ever."""

    word: str
    number: int

    def __str__(self) -> str:
        return f"{self.word} {self.number}"


def parse(text: str) -> tuple[str, int | None] | None:
    """The word, as `WORDS` spells it, and the number if one follows; None: it is no alias.

    "bjork 14", "Björk14" and "BJÖRK" are read too.
    """
    plain = _plain(text)
    letters = plain.rstrip("0123456789")
    digits = plain[len(letters) :]
    word = _SPELT.get(letters.strip())
    if word is None or len(digits) > len(str(LARGEST)):
        return None
    return word, int(digits) if digits else None


def _plain(text: str) -> str:
    parted = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in parted if not unicodedata.combining(c)).strip()


_SPELT = {_plain(word): word for word in WORDS}
