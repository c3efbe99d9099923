"""What has to be reported, in one conversation and each by itself."""

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from domain.access import Act
from domain.member import Member
from handlers.desk import must, standing_for
from handlers.errors import NotFound
from handlers.house import House
from handlers.look_into import look_into, may_look, must_see_to
from handlers.seen_duties import SeenDuty, seen_duty, shown
from storage import duties, members, register_words
from storage.register_words import Part
from storage.texts import NO_WORDS, Words


async def see_open(house: House, member: Member, conversation_id: UUID) -> tuple[SeenDuty, ...]:
    """Those that stand open there, the one that is due first first; none for whoever would have to
    say why they open it. Raises MustStayAway, NotFound or NotAllowed."""
    must(member, Act.DUTY)
    async with house.db.read() as tx:
        if await may_look(house, tx, member, conversation_id) is None:
            return ()
        known = await duties.open_of(tx, [conversation_id])
        return shown(known, await members.names(tx), house.now()) if known else ()


async def whose(house: House, member: Member, conversation_id: UUID) -> str:
    """What the contact of this conversation is called here. Raises MustStayAway, NotFound or
    NotAllowed."""
    must(member, Act.DUTY)
    async with house.db.read() as tx:
        standing = await standing_for(tx, member, conversation_id)
    return str(standing.alias or "?")


async def see_duty(house: House, member: Member, duty_id: UUID) -> SeenDuty:
    """With its words; that its conversation was looked into is logged. Raises MustStayAway,
    NeedsReason, NotFound or NotAllowed."""
    must(member, Act.DUTY)
    now = house.now()
    async with house.db.read() as tx:
        known = await duties.by_id(tx, duty_id)
        if known is None:
            raise NotFound
        why = await must_see_to(house, tx, member, known.duty)
        said: Mapping[Part, Words] = {}
        if why is not None:
            said = (await register_words.of_entries(tx, [duty_id])).get(duty_id, {})
        names = await members.names(tx)
    if said and why is not None:
        await look_into(house, member, known.duty.conversation_id, why)
    raised, closed = (said.get(p, NO_WORDS) for p in (Part.DUTY_RAISED, Part.DUTY_CLOSED))
    shown_one = seen_duty(known, names, now, raised, closed)
    return replace(shown_one, needs_reason=why is None)
