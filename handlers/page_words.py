"""What a page says, in the language of the line."""

from functools import cache
from pathlib import Path

import yaml

from domain.priority import Tier
from storage.pages import Page

WORDS = Path(__file__).with_suffix(".yaml")
SHORT = Path(__file__).with_name("page_short.yaml")


@cache
def words() -> dict[str, dict[str, str]]:
    """By language, then by kind."""
    found: dict[str, dict[str, str]] = yaml.safe_load(WORDS.read_text(encoding="utf-8"))
    return found


@cache
def _shorts() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = yaml.safe_load(SHORT.read_text(encoding="utf-8"))
    return found


def short(language: str) -> dict[str, str]:
    """What buttons and notifications say. A language without words has the English ones."""
    known = _shorts()
    return known.get(language, known["en"])


def said(page: Page, language: str, url: str, way: str = "") -> str:
    """The whole text, as it is on this kind of way. A language without words has the English
    ones."""
    known = words()
    theirs = known.get(language, known["en"])
    text = theirs.get(f"{page.kind}_{way}", theirs[page.kind])
    return text.format(tier=Tier(page.tier).name if page.tier else "", url=url, code=page.code)
