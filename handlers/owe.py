"""What the scripted questions say has to be reported becomes a task, in the same transaction."""

from collections.abc import Iterable
from datetime import datetime

from domain.duty import BY_ITSELF
from handlers.case import Case
from storage import duties
from storage.database import Tx
from storage.duties import Duty
from storage.ids import new_id


async def owe(tx: Tx, cases: Iterable[Case], now: datetime) -> None:
    """One of a kind a conversation, whoever raised it first. The thread says that the machine
    did it; the log of what staff do says nothing."""
    for case in cases:
        due_at = now + case.pace.takes(BY_ITSELF.length)
        raised = [
            Duty(new_id(now), case.conversation.id, kind, None, now, due_at)
            for kind in sorted(case.owed)
        ]
        added = await duties.add(tx, raised)
        for duty in raised:
            if duty.id in added:
                case.happened("duty_raised", duty.kind)
