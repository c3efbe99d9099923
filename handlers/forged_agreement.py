"""Does a disclosure stand as agreed to by somebody of whom the log does not say so?

Whoever writes into the database writes an agreement there, too; the entry of the log they cannot.
"""

from collections.abc import Collection, Iterable
from uuid import UUID

from domain.noted import Noted
from storage import attested
from storage.attested import Step
from storage.database import Tx
from storage.disclosures import Disclosure

AGREED = str(Noted.DISCLOSURE_AGREED)
"""The act under which the log has each of the two."""


def is_forged(entry: Disclosure, agreed: Collection[Step]) -> bool:
    """`agreed`: what the log says of it."""
    said = {by for by, _ in agreed}
    return any(one.member_id not in said for one in entry.counted)


async def forged(tx: Tx, entries: Iterable[Disclosure]) -> set[UUID]:
    """Which of them; nothing is asked where nobody agreed."""
    some = [one for one in entries if one.counted]
    said = await attested.steps(tx, AGREED, {one.id for one in some})
    return {one.id for one in some if is_forged(one, said[one.id])}
