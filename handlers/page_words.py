"""What a page says, in the language of the line."""

from functools import cache
from pathlib import Path

import yaml

from domain.priority import Tier
from storage.pages import Page

WORDS = Path(__file__).with_suffix(".yaml")


@cache
def words() -> dict[str, dict[str, str]]:
    """By language, then by kind."""
    found: dict[str, dict[str, str]] = yaml.safe_load(WORDS.read_text(encoding="utf-8"))
    return found


def said(page: Page, language: str, url: str) -> str:
    """The whole text. A language without words has the English ones."""
    known = words()
    text = known.get(language, known["en"])[page.kind]
    return text.format(tier=Tier(page.tier).name if page.tier else "", url=url, code=page.code)
