"""What a notification may say of its page with no session: that it was shown, that it was read."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from hmac import compare_digest
from uuid import UUID

from storage.encryption import Keyring

_PROOF = 16


READ = "page mark"
"""Whoever gives it has read the page."""

SHOWN = "page shown"
"""Whoever gives it has only been shown it."""


def mark_of(keys: Keyring, page_id: UUID, says: str = READ) -> str:
    """What a notification carries, and nobody can make up, nor make one of the other."""
    return urlsafe_b64encode(page_id.bytes + _proof(keys, page_id, says)).decode()


def page_of(keys: Keyring, mark: str, says: str = READ) -> UUID | None:
    """Whose page it is; None for a mark that is none of ours."""
    try:
        given = urlsafe_b64decode(mark.encode())
        page_id = UUID(bytes=given[:-_PROOF])
    except ValueError:
        return None
    proofs = (mark[:_PROOF] for mark in keys.marks(says, page_id.hex))
    return page_id if any(compare_digest(given[-_PROOF:], proof) for proof in proofs) else None


def _proof(keys: Keyring, page_id: UUID, says: str) -> bytes:
    return keys.mark(says, page_id.hex)[:_PROOF]


def topic_of(keys: Keyring, *about: object) -> str:
    """By which a newer notification takes the place of the one before: 32 characters at most
    (RFC 8030, 5.4), and nothing that says what it is about."""
    told = keys.mark("page topic", "|".join(map(str, about)))
    return urlsafe_b64encode(told[:18]).decode()
