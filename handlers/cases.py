"""Which case does each of these contacts have? As the clock and not a text asks."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from handlers.case import Case
from handlers.house import House
from storage import conversations, triages
from storage.contacts import Contact
from storage.database import Tx


async def known_cases(
    house: House, tx: Tx, people: Mapping[UUID, Contact], now: datetime
) -> dict[UUID, Case]:
    """By conversation, which is locked until the commit, as the contacts are already."""
    talks = await conversations.of_contacts(tx, people)
    runs = await triages.running(tx, [talk.id for talk in talks.values()])
    return {
        talk.id: Case(people[talk.contact_id], talk, runs.get(talk.id), now, house.zone, house.pace)
        for talk in talks.values()
    }
