"""Scenes that one can start: what contacts write, when, and what goes wrong meanwhile."""

from dataclasses import dataclass
from typing import Literal

Where = Literal["sms", "telegram"]


@dataclass(frozen=True, slots=True)
class Line:
    """The contact writes, once they have read what was asked; `sv` and `en` are their words."""

    sv: str
    en: str

    def said(self, language: str) -> str:
        """The words in this language."""
        return self.sv if language == "sv" else self.en


@dataclass(frozen=True, slots=True)
class Scene:
    """What somebody goes through. `outage`: seconds in which the provider takes no texts; `phone`:
    whose story it is, None for somebody who has not written yet; `shift`: what counsellors' pagers
    do meanwhile is played too.

    The first of the `lines` is written at once, each further one after the answer to the one
    before has been on the screen for a moment.
    """

    key: str
    where: Where
    lines: tuple[Line, ...]
    outage: float = 0.0
    phone: str | None = None
    shift: bool = False


def _same(*digits: str) -> tuple[Line, ...]:
    return tuple(Line(digit, digit) for digit in digits)


SCENES = (
    Scene(
        "first",
        "sms",
        (
            Line("hej fick det här kortet av soc", "hi got this card from a social worker"),
            *_same("1", "3", "3", "2", "3"),
            Line("1 helst på kvällen", "1 evenings are best"),
        ),
    ),
    Scene(
        "relative",
        "telegram",
        (
            Line("Hej, jag är orolig för min bror", "Hi, I am worried about my brother"),
            *_same("1", "3", "3", "4", "2"),
        ),
    ),
    Scene(
        "night",
        "sms",
        (
            Line("hej", "hi"),
            *_same("1"),
            Line("dom står utanför min dörr", "they are outside my door"),
        ),
    ),
    Scene(
        "returning",
        "sms",
        (
            Line("hej igen, kan jag få prata med Alva", "hi again, can I talk to Alva"),
            *_same("1"),
        ),
        phone="+46701740625",
    ),
    Scene(
        "outage",
        "sms",
        (Line("hej är det nån där", "hi is anybody there"),),
        outage=20.0,
    ),
    Scene(
        "shift",
        "sms",
        (
            Line("hej är nån vaken", "hi is anybody awake"),
            *_same("1"),
            Line("han står utanför min dörr med kniv", "he is outside my door with a knife"),
        ),
        shift=True,
    ),
)
FRESH_PHONES = tuple(f"+467017406{last}" for last in range(30, 70))
FRESH_CHATS = tuple(range(7_000_000_101, 7_000_000_141))
"""For first contacts, once the phones of the page have written; these too are of nobody."""

BY_KEY = {scene.key: scene for scene in SCENES}
