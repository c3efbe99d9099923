"""Which answer to a question is this text? (domain.md, "Triage")."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from domain.gate import Gate
from domain.priority import Tier
from triage.script import Ask, Choice, Effects, Script
from triage.words import near, phrase_words, squeeze, tokens

SHORT = 10
"""Words; a longer text is a story for a human, not an answer."""

NO_WORDS = frozenset(("nej", "no"))
"""An answer that has one of these is a no: a negation beside it does not turn it round."""

_NEGATIONS = """
    inte int itne inet ej icke aldrig knappast inga ingen inget
    not never dont doesnt isnt arent aint cant wont
"""
NEGATIONS = frozenset(_NEGATIONS.split())
"""Left over in a sentence, they let only an answer count that is a no itself."""

_NUMBERS = """
    noll zero/ett en one/tva two/tre three/fyra four/fem five/sex six/sju seven/atta eight/nio nine
"""
NUMBER_WORDS = {
    word: str(number) for number, words in enumerate(_NUMBERS.split("/")) for word in words.split()
}
"""Numbers in words, folded; they count as a whole text only."""

_BESIDE_DIGIT = frozenset(("nr", "nummer", "svar", "svarar", "val", "number", "option", "answer"))
_BEFORE_TIME = frozenset(("kl", "klockan", "efter", "fore", "innan", "runt", "vid"))
_BEFORE_TIME_EN = frozenset(("at", "after", "before", "around", "til", "till", "until"))


class Kind(Enum):
    """What a text turned out to be."""

    UNCLEAR = "unclear"
    MORE = "more"
    FREE = "free"
    SKIP = "skip"
    CHOICE = "choice"
    HUMAN = "human"


@dataclass(frozen=True)
class Reading:
    """What a text was read as; `choice` only with Kind.CHOICE, `by_digit` when a digit said so."""

    kind: Kind
    choice: Choice | None = None
    by_digit: bool = False


UNCLEAR = Reading(Kind.UNCLEAR)


def read_all(script: Script, step: Ask, texts: Sequence[str]) -> Reading:
    """The reading of several texts: each in turn, then joined (contract.md).

    A person asked for wins, then an answer that closes the gate, then the more urgent answer,
    then the later one.
    """
    readings = [read(script, step, text) for text in texts]
    kept = [
        UNCLEAR if _denied(texts, at) and not _stands(reading) else reading
        for at, reading in enumerate(readings)
    ]
    joined = [read(script, step, " ".join(texts))] if len(texts) > 1 else []
    return strongest(step, [*joined, *kept])


def strongest(step: Ask, readings: Iterable[Reading]) -> Reading:
    """The reading that wins; of equals the last."""
    best = UNCLEAR
    for reading in readings:
        if weight(step, reading) >= weight(step, best):
            best = reading
    return best


def weight(step: Ask, reading: Reading) -> tuple[int, int]:
    """How strongly a reading counts against another; the greater wins."""
    order = list(Kind)
    effects = effects_of(step, reading)
    if reading.kind not in (Kind.SKIP, Kind.CHOICE):
        return 2 * order.index(reading.kind), 0
    if effects.gate is Gate.CLOSED:
        return 2 * order.index(Kind.CHOICE) + 1, 0
    urgency = Tier.P4 - (effects.tier or Tier.P4)
    return 2 * order.index(Kind.CHOICE), 2 * urgency + (reading.kind is Kind.CHOICE)


def effects_of(step: Ask, reading: Reading) -> Effects:
    """What the answer does; nothing for a reading that is no answer."""
    if reading.choice is not None:
        return reading.choice.effects
    if reading.kind is Kind.SKIP:
        return step.skip.effects
    if reading.kind is Kind.FREE and step.free is not None:
        return step.free.effects
    return Effects()


def read(script: Script, step: Ask, text: str) -> Reading:
    """What one text means at this question; never raises."""
    words = tokens(text)
    if not words or len(words) > 4 * SHORT:
        return _unclear(step, words)
    whole = _whole(script, step, words)
    if whole is not None:
        return whole
    if len(words) <= SHORT:
        if _asks_for_a_person(script, step, words):
            return Reading(Kind.HUMAN)
        choice, by_digit = _in_sentence(step, words)
        if choice is not None:
            return Reading(Kind.CHOICE, choice, by_digit)
    return _unclear(step, words)


def is_human(script: Script, text: str) -> bool:
    """Whether the whole text asks for a person: the digit or the words, nothing else."""
    words = tokens(text)
    digit = _digit(words)
    if digit is not None:
        return digit == script.human.digit
    return any(_equal(words, phrase_words(phrase)) for phrase in script.human.words)


_ASKS = frozenset("?？؟")


def asks(text: str) -> bool:
    """Whether something is asked in it."""
    return not _ASKS.isdisjoint(text)


def greets(step: Ask, text: str) -> bool:
    """Whether the whole text is one after which the question is simply asked again."""
    words = tokens(text)
    return any(words == phrase_words(phrase) for phrase in step.again)


def is_courtesy(script: Script, text: str) -> bool:
    """Whether the whole text is one of those that wait for no answer."""
    words = tokens(text)
    listed = (phrase for phrases in script.courtesies.values() for phrase in phrases)
    return not asks(text) and any(words == phrase_words(phrase) for phrase in listed)


def _unclear(step: Ask, words: Sequence[str]) -> Reading:
    return Reading(Kind.FREE) if step.free is not None and words else UNCLEAR


def _whole(script: Script, step: Ask, words: tuple[str, ...]) -> Reading | None:
    """The text as a digit, or as one phrase and nothing else; exact before forgiving."""
    digit = _digit(words)
    if digit is not None:
        return _by_digit(script, step, digit)
    phrases: list[tuple[tuple[str, ...], Reading]] = [
        (phrase_words(phrase), Reading(Kind.CHOICE, choice))
        for choice in step.choices
        for phrase in choice.words
    ]
    for kind, listed in (
        (Kind.HUMAN, script.human.words),
        (Kind.MORE, script.more.words if script.more else ()),
        (Kind.SKIP, script.skip.words + step.skip.words),
    ):
        phrases.extend((phrase_words(phrase), Reading(kind)) for phrase in listed)
    for same in (_exact, _equal):
        found = {reading for phrase, reading in phrases if same(words, phrase)}
        if found:
            return found.pop() if len(found) == 1 else UNCLEAR
    return None


def _by_digit(script: Script, step: Ask, digit: str) -> Reading | None:
    for choice in step.choices:
        if choice.digit == digit:
            return Reading(Kind.CHOICE, choice, by_digit=True)
    if digit == script.human.digit:
        return Reading(Kind.HUMAN, by_digit=True)
    return Reading(Kind.SKIP, by_digit=True) if digit == script.skip.digit else None


def _digit(words: Sequence[str]) -> str | None:
    meant = [word for word in words if word not in _BESIDE_DIGIT]
    if len(meant) != 1:
        return None
    return meant[0] if meant[0].isdecimal() else NUMBER_WORDS.get(meant[0])


def _asks_for_a_person(script: Script, step: Ask, words: tuple[str, ...]) -> bool:
    if not NEGATIONS.isdisjoint(words):
        return False
    alone = all(_filler(word) or word == script.human.digit for word in words)
    if (step.free is None or alone) and len(words) <= 4 and script.human.digit in words:
        at = words.index(script.human.digit)
        others = [word for word in words if word.isdecimal()]
        timed = at > 0 and words[at - 1] in _BEFORE_TIME | _BEFORE_TIME_EN
        return len(others) == 1 and not timed
    return any(_places(words, phrase_words(phrase)) for phrase in script.human.words)


def _in_sentence(step: Ask, words: tuple[str, ...]) -> tuple[Choice | None, bool]:
    """The one choice that a short sentence speaks of, and whether only a number said so."""
    said, left = _consume(step, words)
    denied = not NEGATIONS.isdisjoint(left)
    numbered = _by_number(step, words, left)
    found = {choice.code: choice for choice in (*said, *numbered)}
    if len(found) > 1:
        closing = [c for c in said if c.effects.gate is Gate.CLOSED]
        return (closing[0] if closing else None), False
    for choice in found.values():
        if not denied or _is_no(choice):
            return choice, not said
    return None, False


def _consume(step: Ask, words: tuple[str, ...]) -> tuple[list[Choice], list[str]]:
    """The choices whose phrases stand in the words, longest phrases first, and what is left.

    A phrase right after a negation is taken away without being said, unless its answer is a no.
    """
    left: list[str] = list(words)
    said: list[Choice] = []
    phrases = [(phrase_words(phrase), choice) for choice in step.choices for phrase in choice.words]
    for same in (_exact, _equal):
        for phrase, choice in sorted(phrases, key=lambda pair: -len(pair[0])):
            for at in reversed(_places(left, phrase, same)):
                if _is_no(choice) or NEGATIONS.isdisjoint(left[max(0, at - 2) : at]):
                    said.append(choice)
                left[at : at + len(phrase)] = [""]
    return said, left


def _by_number(step: Ask, words: Sequence[str], left: Sequence[str]) -> list[Choice]:
    """Choices meant by numbers: an age anywhere, a free question's digit as the first word."""
    numbers = [int(word) for word in left if word.isdecimal() and len(word) <= 3]
    meant = [choice for choice in step.choices if any(n in choice.numbers for n in numbers)]
    if step.free is not None and words[0].isdecimal():
        meant += [choice for choice in step.choices if choice.digit == words[0]]
    if step.free is None and words[0].isdecimal() and all(_filler(word) for word in left[1:]):
        meant += [choice for choice in step.choices if choice.digit == left[0]]
    return meant


def _filler(word: str) -> bool:
    return not word or word in ("tack", "thanks", "please", "snalla") or not word.isalnum()


def _is_no(choice: Choice) -> bool:
    return any(not NO_WORDS.isdisjoint(phrase_words(phrase)) for phrase in choice.words)


def _stands(reading: Reading) -> bool:
    """Whether a negation in a text beside it leaves the reading as it is."""
    return reading.choice is None or reading.by_digit or _is_no(reading.choice)


def _denied(texts: Sequence[str], at: int) -> bool:
    """Whether the text before ends in a negation, or the text after is nothing but one."""
    before = tokens(texts[at - 1])[-2:] if at > 0 else ()
    after = tokens(texts[at + 1])[:3] if at + 1 < len(texts) else ()
    return not NEGATIONS.isdisjoint(before) or (len(after) <= 2 and not NEGATIONS.isdisjoint(after))


def _exact(words: Sequence[str], phrase: Sequence[str]) -> bool:
    return tuple(words) == tuple(phrase)


def _equal(words: Sequence[str], phrase: Sequence[str]) -> bool:
    return len(words) == len(phrase) and all(map(_alike, words, phrase))


def _alike(typed: str, meant: str) -> bool:
    """The same word, drawn out ("jaaa"), or a long word with one edit."""
    if typed == meant:
        return True
    if len(typed) > len(meant) and squeeze(typed) == squeeze(meant):
        return True
    return len(meant) >= 5 and meant.isalpha() and near(typed, meant)


def _places(
    words: Sequence[str],
    phrase: Sequence[str],
    same: Callable[[Sequence[str], Sequence[str]], bool] = _equal,
) -> list[int]:
    width = len(phrase)
    places: list[int] = []
    at = 0
    while width and at + width <= len(words):
        if same(words[at : at + width], phrase):
            places.append(at)
            at += width
        else:
            at += 1
    return places
