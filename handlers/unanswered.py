"""A contact has written and their counsellor is silent: they are nudged, then it is anybody's.

One transaction a look, under the conversation's lock: of any number of processes, killed at any
line, each step is done once. The contact is asked nothing again. Whoever has only answered "ok" to
a question is not left: their counsellor is nudged to read it, and keeps the conversation.
"""

from datetime import datetime

from domain.answering import SOONEST, Due, due
from domain.conversation import State
from domain.gate import Gate
from domain.message import OptOut
from handlers.house import House
from handlers.pass_on import pass_on
from storage import contacts, conversations, events, queue
from storage.conversations import SHORT_ANSWER, UNANSWERED, Conversation
from storage.database import Tx
from storage.events import Event

HELD = ("taken", "transferred", "taken_over", "taken_up")


async def see_to_unanswered(house: House) -> int:
    """Do what is due; how many conversations that was."""
    now = house.now()
    async with house.db.read_for_work() as tx:
        found = await conversations.unanswered(tx, now - house.pace.takes(SOONEST))
        due_now = [talk for talk in found if await _due(house, tx, talk, now)]
        ids = [talk.id for talk in due_now if await _may_be_answered(tx, talk)]
    if not ids:
        return 0
    async with house.db.write() as tx:
        await queue.hold(tx, ids)
        done: list[Due] = []
        for conversation_id in sorted(ids):
            talk = await conversations.locked(tx, conversation_id)
            if talk is not None and await _may_be_answered(tx, talk):
                done += await _see_to(house, tx, talk, now)
    if Due.GIVE_BACK in done:
        house.wake.pages()
    return len(done)


async def _due(house: House, tx: Tx, talk: Conversation, now: datetime) -> Due | None:
    if talk.state is not State.OWNED or talk.waiting_since is None:
        return None
    held_since = await events.last_at(tx, talk.id, HELD)
    nudged_at = await events.last_at(tx, talk.id, ("nudged",))
    found = due(talk.tier, talk.waiting_since, held_since, nudged_at, now, house.pace)
    kept = found is Due.GIVE_BACK and SHORT_ANSWER in talk.marks
    return None if kept else found


async def _may_be_answered(tx: Tx, talk: Conversation) -> bool:
    """Nobody is blamed for not writing to somebody who said no."""
    contact = (await contacts.by_ids(tx, [talk.contact_id]))[talk.contact_id]
    free = contact.opt_out is OptOut.NONE and contact.gate is not Gate.CLOSED
    return free and contact.answerable


async def _see_to(house: House, tx: Tx, talk: Conversation, now: datetime) -> list[Due]:
    match due_now := await _due(house, tx, talk, now):
        case None:
            return []
        case Due.NUDGE:
            await events.add(tx, [Event(talk.id, "nudged", now, talk.owner_id)])
        case Due.GIVE_BACK:
            marks = [*(mark for mark in talk.marks if mark != UNANSWERED), UNANSWERED]
            said = Event(talk.id, UNANSWERED, now, talk.owner_id)
            await pass_on(tx, talk, None, said, house.pace, marks=marks, handed_over_at=None)
    return [due_now]
