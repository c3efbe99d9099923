"""A passphrase that nobody chose: six words drawn by the machine, at least 62 bits."""

import secrets
from functools import cache
from pathlib import Path

WORDS = 6
HERE = Path(__file__).parent
LANGUAGES = ("sv", "en")


@cache
def listed(language: str) -> tuple[str, ...]:
    """Short, plain, harmless words, each once: at least 1,296 of them."""
    return tuple((HERE / f"generated.{language}.txt").read_text("utf-8").split())


def generated(language: str) -> str:
    """In one of LANGUAGES; in the first where it is none of them."""
    known = listed(language if language in LANGUAGES else LANGUAGES[0])
    return " ".join(secrets.choice(known) for _ in range(WORDS))
