"""Six words by which two people make sure, by voice, that both screens mean the same two keys.

Made of syllables that are said alike in Swedish and in English, so that they are the same words
whatever language each of the two reads. Each stands for 11 bits, 66 in all: who wants to stand
between them has to try 2^66 keys until one has the same words.
"""

from hashlib import blake2b

COUNT = 6
_BITS = 11
_CONSONANTS = ("b", "d", "f", "g", "h", "k", "l", "m", "n", "p", "r", "s", "t", "v", "st", "kr")
_FIRST = tuple(c + v for c in _CONSONANTS for v in "ao")
_SECOND = tuple(c + v for c in _CONSONANTS for v in "aeiu")


def six_words(team_public: bytes, member_public: bytes, generation: int) -> tuple[str, ...]:
    """Of the team's and a member's public halves; `generation` is the team's."""
    said = generation.to_bytes(4, "big") + team_public + member_public
    digest = blake2b(said, digest_size=16, person=b"utvag six words").digest()
    number = int.from_bytes(digest, "big")
    return tuple(_word(number >> _BITS * at & (1 << _BITS) - 1) for at in range(COUNT))


def _word(number: int) -> str:
    first, second = divmod(number, len(_SECOND))
    return _FIRST[first] + _SECOND[second]
