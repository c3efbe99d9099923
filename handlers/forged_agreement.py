"""Does a disclosure stand as agreed to by somebody of whom the log does not say so, or as led by
somebody who did not coordinate then?

Whoever writes into the database writes an agreement there, too; the entry of the log they cannot.
"""

from collections.abc import Iterable
from uuid import UUID

from storage import agreed_to
from storage.agreed_to import Agreed
from storage.database import Tx
from storage.disclosures import Disclosure


def is_forged(entry: Disclosure, agreed: Agreed) -> bool:
    """`agreed`: what the log says of it."""
    return any(agreed.get(one.member_id) is not one.leads for one in entry.counted)


async def forged(tx: Tx, entries: Iterable[Disclosure]) -> set[UUID]:
    """Which of them; nothing is asked where nobody agreed."""
    some = [one for one in entries if one.counted]
    said = await agreed_to.of_entries(tx, [one.id for one in some])
    return {one.id for one in some if is_forged(one, said[one.id])}
