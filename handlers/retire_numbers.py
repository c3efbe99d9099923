"""After 90 days of silence a number may be somebody else's: whoever has it then is a new contact
(domain.md, "Law and provider").

`receive` does the same for whoever writes again before this has come round.
"""

from domain.contact_rules import REUSE
from handlers.case import CHANGED
from handlers.house import House
from storage import audit, conversations, events, fallen_silent, quiet_words
from storage.events import Event

AT_ONCE = 100


async def retire_numbers(house: House) -> int:
    """Forget the index of those who have been silent for so long, and that it was safe to write to
    them; how many these were."""
    now = house.now()
    async with house.db.write() as tx:
        silent = await fallen_silent.retire(tx, now - REUSE, AT_ONCE)
        if not silent:
            return 0
        await quiet_words.forget(tx, silent)
        talks = await conversations.of_contacts(tx, silent, lock=False)
        audit.note(tx, "numbers_forgotten", now, detail=len(silent))
        await events.add(tx, [Event(talk.id, CHANGED, now) for talk in talks.values()])
    return len(silent)
