"""A conversation passes from whoever has it to somebody else, or back to the queue: whatever the
reason, it happens here."""

from datetime import datetime
from uuid import UUID

from domain.conversation import TRANSITIONS, State, Step
from domain.pace import Pace
from handlers.errors import NotYours
from handlers.may_open import had_it
from storage import conversations, events, helps, worked
from storage.conversations import Conversation
from storage.database import Tx
from storage.events import Event


def handing(talk: Conversation, to: UUID | None, by: UUID, now: datetime) -> Event:
    """What the timeline says of it where nothing more is to be said."""
    if to is None:
        return Event(talk.id, "released", now, by)
    return Event(talk.id, "transferred", now, by, str(to))


async def pass_on(
    tx: Tx, talk: Conversation, to: UUID | None, said: Event, pace: Pace, **also: object
) -> None:
    """Whoever is given it is at work from now on, as whoever takes one is; where its giver was to
    be woken, they are. None: in the queue its contact waits on, and the paging begins anew. Nothing
    is sent, and what the giver asked for is not the next one's wish.

    `talk` is locked, so is the row of whoever gets it, and they can have it. `also`: what more is
    changed of it. Raises NotYours where it has changed hands or is closed.
    """
    now = said.at
    passed_on = conversations.passes_on(talk, now, pace)
    columns = passed_on if to else conversations.waits_again(talk, now, pace)
    if talk.owner_id is None or not await conversations.pass_on(
        tx,
        talk.id,
        expect=(State.OWNED, talk.owner_id),
        then=(TRANSITIONS[State.OWNED, Step.TRANSFER if to else Step.RELEASE], to),
        earlier_owner_id=talk.owner_id,
        **columns | also,
    ):
        raise NotYours
    if to is not None:
        await worked.begin(tx, to, now)
    await had_it(tx, talk.id, talk.owner_id, now)
    await helps.forget(tx, talk.id, to)
    await events.add(tx, [said])
