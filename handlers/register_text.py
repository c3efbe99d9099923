"""Words for the register, as they are kept."""

from handlers.errors import BadInput
from handlers.write_note import LONGEST, worded


def optional(field: str, body: str) -> str:
    """They may be left out. Raises BadInput (field: too_long)."""
    text = body.replace("\r\n", "\n").replace("\x00", "").strip()
    if len(text) > LONGEST:
        raise BadInput(field, "too_long")
    return text


def needed(field: str, body: str) -> str:
    """Raises BadInput (field: empty or too_long)."""
    return worded(field, body)
