"""Does a text to a contact want an answer? Told when it is written: the line reads it only then."""

from domain.choices import choices
from triage.understand import asks


def wants_answer(body: str) -> bool:
    """A question, choices, or nothing that anybody can tell."""
    return asks(body) or bool(choices(body)) or not body
