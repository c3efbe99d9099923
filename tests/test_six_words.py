"""Six words are the same for the same keys, and others for any other."""

from hypothesis import given
from hypothesis import strategies as st

from domain.six_words import COUNT, _word, six_words

publics = st.binary(min_size=32, max_size=32)


def test_every_number_has_a_word_of_its_own() -> None:
    every = {_word(number) for number in range(2048)}
    assert len(every) == 2048
    assert all(word.isalpha() and word.isascii() and len(word) <= 6 for word in every)


@given(publics, publics, st.integers(1, 1000))
def test_the_same_keys_say_the_same_words(team: bytes, member: bytes, generation: int) -> None:
    said = six_words(team, member, generation)
    assert said == six_words(team, member, generation)
    assert len(said) == COUNT
    assert said != six_words(team, member, generation + 1)
    assert said != six_words(bytes([team[0] ^ 1]) + team[1:], member, generation)
    assert said != six_words(team, member[:-1] + bytes([member[-1] ^ 1]), generation)
