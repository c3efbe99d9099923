"""What the machine says is counted as it is about to leave; beyond the hour's limits it stays.

Counted in the database, in the transaction that leases: several processes count together, and one
that dies has counted what it may have sent. The texts that come in are not counted and never wait
for it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from domain import ceiling
from domain.ceiling import USUAL
from domain.contact_rules import Refusal
from senders.sender import Letter
from storage import ceilings
from storage.conversations import Conversation
from storage.database import Tx
from storage.outbox import Sending


async def beyond_limits(
    tx: Tx,
    rows: Sequence[Sending],
    letters: Mapping[UUID, Letter],
    talks: Mapping[UUID, Conversation],
    said: Mapping[UUID, tuple[str, bool]],
    now: datetime,
) -> dict[UUID, Refusal]:
    """Which of these rows stay, and why; the others count from now on. What is tried again counts
    no second time.

    `talks`: by contact; `said`: by message, which of the script's texts it is.
    """
    first = [row for row in rows if row.first_leased_at is None]
    if not first:
        return {}
    limits, spent = await ceilings.of_lines(tx), await ceilings.spent(tx, now)
    talking = {row.conversation_id for row in first if not row.by_hand}
    often = await ceilings.said_lately(tx, talking, now) if talking else {}
    most = ceiling.total(limits.values())
    staying: dict[UUID, Refusal] = {}
    leaves: Counter[UUID] = Counter()
    for row in first:
        talk, letter = talks[row.contact_id], letters[row.id]
        line, takes = talk.line_id, ceiling.cost(row.channel, letter.body)
        if not row.by_hand:
            why = ceiling.held_back(
                line,
                talk.tier,
                said[row.message_id][0],
                takes,
                limits.get(line, USUAL),
                most,
                spent,
                often.get(talk.id, 0),
            )
            if why is not None:
                staying[row.id] = why
                continue
        spent[line] = spent.get(line, 0) + takes
        leaves[line] += takes
    await ceilings.spend(tx, leaves, now)
    return staying
