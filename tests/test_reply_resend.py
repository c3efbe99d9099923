"""What did not arrive is sent again by a person's press, once."""

import asyncio
from dataclasses import dataclass, replace
from uuid import UUID, uuid4

import pytest
from sqlalchemy import update

from domain.conversation import Outcome
from domain.delivery import Delivery
from domain.message import OptOut
from domain.need import Reason
from handlers.close import close
from handlers.errors import BadInput, MayNotLeave, NotFound, NotYours
from handlers.give_reason import give_reason
from handlers.house import House
from handlers.redact import redact
from handlers.resend import resend
from handlers.see_conversation import see_conversation
from handlers.seen import Said
from handlers.take import take
from storage import contacts, conversations, copies, outbox, tables
from tests.branches import branches
from tests.world import World, became


@dataclass(frozen=True)
class Failed:
    """A reply of Alva's that did not arrive."""

    world: World
    house: House
    conversation: UUID
    message: UUID

    async def again(self, key: UUID | None = None, house: House | None = None) -> None:
        await resend(
            house or self.house,
            self.world.counsellor,
            self.conversation,
            self.message,
            form_key=key or uuid4(),
            asked=False,
        )

    async def said(self) -> Said:
        return await _reply_in(self.world, self.conversation)

    async def queued(self) -> list[str]:
        async with self.house.db.write() as tx:
            waiting = [row.id for row in await outbox.sendable(tx, self.world.clock.now(), 99)]
            return list((await copies.to_send(tx, waiting)).values())


async def _reply_in(world: World, conversation: UUID) -> Said:
    thread = (await world.see(conversation)).thread
    (said,) = (it for it in thread if isinstance(it, Said) and it.author == "counsellor")
    return said


@pytest.fixture
async def failed(world: World) -> Failed:
    await world.text("hej")
    await world.text("1")
    conversation = await world.taken()
    await world.reply(conversation, "Hej.")
    await world.accept()
    said = await _reply_in(world, conversation)
    async with world.house.db.write() as tx:
        row = (await outbox.of_conversation(tx, conversation))[said.id]
        await became(tx, row.id, Delivery.UNDELIVERED, world.clock.now(), error_code=30003)
    return Failed(world, world.house, conversation, said.id)


async def test_what_did_not_arrive_says_why_and_can_be_resent(failed: Failed) -> None:
    said = await failed.said()
    assert (said.delivery, said.error_code, said.may_resend) == (Delivery.UNDELIVERED, 30003, True)
    await failed.again()
    said = await failed.said()
    assert (said.delivery, said.may_resend) == (Delivery.QUEUED, False)


async def test_resend_pressed_twice_and_at_once_in_two_processes_sends_once(
    failed: Failed, database_url: str
) -> None:
    key = uuid4()
    async with branches(failed.house, database_url, 2) as houses:
        await asyncio.gather(*(failed.again(key, houses[n % 2]) for n in range(6)))
    await failed.again(key)
    assert await failed.queued() == ["Hej."]


async def test_what_arrived_or_is_on_its_way_is_not_sent_again(failed: Failed) -> None:
    await failed.again()
    with pytest.raises(BadInput) as told:
        await failed.again()
    assert (told.value.field, told.value.problem) == ("message", "arrived")
    await failed.world.accept()
    with pytest.raises(BadInput):
        await failed.again()


async def test_only_the_owner_resends_and_only_the_owner_is_offered_it(failed: Failed) -> None:
    elis = await failed.world.hired(failed.house, "Elis")
    with pytest.raises(NotYours):
        await resend(
            failed.house, elis, failed.conversation, failed.message, form_key=uuid4(), asked=True
        )
    await give_reason(failed.house, elis, failed.conversation, Reason.COLLEAGUE)
    seen = await see_conversation(failed.house, elis, failed.conversation)
    assert not [it for it in seen.thread if isinstance(it, Said) and it.may_resend]


async def test_a_redacted_text_is_not_sent_again(failed: Failed) -> None:
    await redact(failed.house, failed.world.counsellor, failed.conversation, failed.message)
    assert not (await failed.said()).may_resend
    with pytest.raises(BadInput) as told:
        await failed.again()
    assert told.value.problem == "redacted"


async def test_the_rules_hold_for_what_is_sent_again(failed: Failed) -> None:
    async with failed.house.db.write() as tx:
        talk = await conversations.by_id(tx, failed.conversation)
        assert talk is not None
        await contacts.opt_out(tx, talk.contact_id, OptOut.OWN)
    with pytest.raises(MayNotLeave):
        await failed.again()
    assert await failed.queued() == []


async def test_what_the_contact_wrote_and_what_is_not_there_cannot_be_resent(
    failed: Failed,
) -> None:
    thread = (await failed.world.see(failed.conversation)).thread
    theirs = next(it for it in thread if isinstance(it, Said) and it.author == "contact")
    for message in (theirs.id, uuid4()):
        with pytest.raises(NotFound):
            await resend(
                failed.house,
                failed.world.counsellor,
                failed.conversation,
                message,
                form_key=uuid4(),
                asked=True,
            )


async def test_a_text_of_another_conversation_is_not_resent_through_ones_own(
    failed: Failed,
) -> None:
    await failed.world.text("hej", "+46701740611")
    (row,) = (await failed.world.queue()).waiting
    elis = await failed.world.hired(failed.house, "Elis")
    await take(failed.house, elis, row.id)
    with pytest.raises(NotFound):
        await resend(failed.house, elis, row.id, failed.message, form_key=uuid4(), asked=True)


async def test_what_was_written_in_another_conversation_is_not_sent_here(failed: Failed) -> None:
    """Also where somebody who writes into the database has moved its row of the outbox here."""
    world = failed.world
    await close(failed.house, world.counsellor, failed.conversation, Outcome.OTHER)
    await world.text("hej", phone="+46701740699")
    elsewhere = await world.taken()
    moved = update(tables.outbox).where(tables.outbox.c.message_id == failed.message)
    async with failed.house.db.write() as tx:
        await tx.conn.execute(moved.values(conversation_id=elsewhere))
    with pytest.raises(NotFound):
        await replace(failed, conversation=elsewhere).again()
    assert await failed.queued() == []
