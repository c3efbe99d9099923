"""A counsellor answers: only the owner, once, and only what may leave."""

import asyncio
from dataclasses import dataclass
from datetime import time
from uuid import UUID, uuid4

import pytest

from domain.contact_rules import Refusal, SafeHours
from domain.conversation import Outcome
from domain.delivery import Delivery
from domain.member import Role
from domain.message import OptOut
from domain.need import Reason
from handlers.close import close
from handlers.errors import BadInput, MayNotLeave, NotAllowed, NotFound, NotYours
from handlers.give_reason import give_reason
from handlers.house import House
from handlers.keep_draft import keep_draft
from handlers.release import release
from handlers.reply import LONGEST, reply
from handlers.see_conversation import see_conversation
from handlers.seen import Said
from handlers.set_safe_hours import set_safe_hours
from storage import contacts, conversations, copies, outbox
from tests.branches import branches
from tests.world import Bell, World


@dataclass(frozen=True)
class Desk:
    """A conversation with an open gate that Alva has."""

    world: World
    house: House
    conversation: UUID

    async def send(self, body: str, *, key: UUID | None = None, asked: bool = False) -> None:
        who = self.world.counsellor
        await reply(self.house, who, self.conversation, body, form_key=key or uuid4(), asked=asked)

    async def replies(self) -> list[Said]:
        thread = (await self.world.see(self.conversation)).thread
        return [it for it in thread if isinstance(it, Said) and it.author == "counsellor"]

    async def bodies(self) -> list[str | None]:
        return [said.body for said in await self.replies()]

    async def in_outbox(self) -> list[str]:
        """What waits to leave, oldest first."""
        async with self.house.db.read() as tx:
            rows = (await outbox.of_conversation(tx, self.conversation)).values()
            queued = sorted(row.id for row in rows if row.state is Delivery.QUEUED)
            texts = await copies.to_send(tx, queued)
        return [texts[row] for row in queued]

    async def draft(self) -> str:
        return (await self.world.see(self.conversation)).draft


@pytest.fixture
async def desk(world: World) -> Desk:
    await world.text("hej")
    await world.text("1")
    return Desk(world, world.house, await world.taken())


async def test_a_reply_is_in_the_thread_and_in_the_outbox_and_rings(desk: Desk) -> None:
    bell = desk.house.wake
    assert isinstance(bell, Bell)
    rung = bell.rung
    await desk.send("Hej, jag är här.")
    (said,) = await desk.replies()
    assert (said.body, said.counsellor, said.delivery) == (
        "Hej, jag är här.", "Alva", Delivery.QUEUED,
    )  # fmt: skip
    assert await desk.in_outbox() == ["Hej, jag är här."]
    assert bell.rung == rung + 1


async def test_send_pressed_twice_sends_once(desk: Desk) -> None:
    key = uuid4()
    await desk.send("Hej.", key=key)
    await desk.send("Hej.", key=key)
    assert await desk.in_outbox() == ["Hej."]
    assert await desk.bodies() == ["Hej."]


async def test_send_pressed_many_times_at_once_in_two_processes_sends_once(
    desk: Desk, database_url: str
) -> None:
    key, alva = uuid4(), desk.world.counsellor
    async with branches(desk.house, database_url, 2) as houses:
        await asyncio.gather(
            *(
                reply(houses[n % 2], alva, desk.conversation, "Hej.", form_key=key, asked=False)
                for n in range(8)
            )
        )
    assert await desk.in_outbox() == ["Hej."]


async def test_a_form_that_came_back_and_was_changed_is_sent_too(desk: Desk) -> None:
    key = uuid4()
    await desk.send("Hej.", key=key)
    await desk.send("Hej. Är du kvar?", key=key)
    assert await desk.in_outbox() == ["Hej.", "Hej. Är du kvar?"]


async def test_only_the_owner_replies(desk: Desk) -> None:
    elis = await desk.world.hired(desk.house, "Elis")
    admin = await desk.world.hired(desk.house, "Bo", Role.ADMIN)
    reporter = await desk.world.hired(desk.house, "Cai", Role.REPORTER)
    form = {"form_key": uuid4(), "asked": True}
    with pytest.raises(NotYours):
        await reply(desk.house, elis, desk.conversation, "Hej.", **form)  # type: ignore[arg-type] # fields by name
    for lesser in (admin, reporter):
        with pytest.raises(NotAllowed):
            await reply(desk.house, lesser, desk.conversation, "Hej.", **form)  # type: ignore[arg-type] # fields by name
    assert await desk.in_outbox() == []


async def test_who_released_or_closed_it_replies_no_more(desk: Desk) -> None:
    await release(desk.house, desk.world.counsellor, desk.conversation)
    with pytest.raises(NotYours):
        await desk.send("Hej.")
    await desk.world.taken()
    await close(desk.house, desk.world.counsellor, desk.conversation, Outcome.OTHER)
    with pytest.raises(NotYours):
        await desk.send("Hej.")
    assert await desk.in_outbox() == []


async def test_a_conversation_that_does_not_exist_cannot_be_answered(desk: Desk) -> None:
    with pytest.raises(NotFound):
        await reply(
            desk.house, desk.world.counsellor, uuid4(), "Hej.", form_key=uuid4(), asked=False
        )


@pytest.mark.parametrize(
    ("body", "problem"),
    [("", "empty"), (" \r\n\x00 ", "empty"), ("å" * (LONGEST + 1), "too_long")],
)
async def test_nothing_and_too_much_are_not_sent(desk: Desk, body: str, problem: str) -> None:
    with pytest.raises(BadInput) as told:
        await desk.send(body)
    assert (told.value.field, told.value.problem) == ("reply", problem)
    assert await desk.in_outbox() == []


async def test_the_longest_text_lines_emoji_and_arabic_leave_as_they_were_written(
    desk: Desk,
) -> None:
    texts = ["å" * LONGEST, "rad ett\nrad två", "🙂 مرحبا", "<script>&amp;"]
    for text in texts:
        await desk.send(text.replace("\n", "\r\n"))
    assert await desk.in_outbox() == texts
    assert await desk.bodies() == texts


async def _opted_out(desk: Desk, how: OptOut) -> None:
    async with desk.house.db.write() as tx:
        talk = await conversations.by_id(tx, desk.conversation)
        assert talk is not None
        await contacts.opt_out(tx, talk.contact_id, how)


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        (OptOut.OWN, Refusal.OPTED_OUT),
        (OptOut.PROVIDER, Refusal.OPTED_OUT_AT_PROVIDER),
    ],
)
async def test_nothing_leaves_to_who_opted_out_whatever_was_confirmed(
    desk: Desk, how: OptOut, reason: Refusal
) -> None:
    await _opted_out(desk, how)
    assert (await desk.world.see(desk.conversation)).refusal is reason
    with pytest.raises(MayNotLeave) as told:
        await desk.send("Hej.", asked=True)
    assert told.value.reason is reason
    assert await desk.in_outbox() == []


async def test_an_unanswered_gate_asks_for_a_confirmation_and_a_closed_one_forbids(
    world: World,
) -> None:
    await world.text("hej")
    desk = Desk(world, world.house, await world.taken())
    assert (await world.see(desk.conversation)).refusal is Refusal.GATE_UNKNOWN
    with pytest.raises(MayNotLeave):
        await desk.send("Hej.")
    await desk.send("Hej.", asked=True)
    await release(world.house, world.counsellor, desk.conversation)
    assert await desk.in_outbox() == ["Hej."]


async def test_a_closed_gate_forbids_whatever_was_confirmed(world: World) -> None:
    await world.text("hej")
    await world.text("2")
    desk = Desk(world, world.house, await world.taken())
    assert (await world.see(desk.conversation)).refusal is Refusal.GATE_CLOSED
    with pytest.raises(MayNotLeave) as told:
        await desk.send("Hej.", asked=True)
    assert told.value.reason is Refusal.GATE_CLOSED


async def test_after_four_hours_of_silence_the_counsellor_is_asked_first(desk: Desk) -> None:
    desk.world.clock.advance(hours=3, minutes=55)
    assert (await desk.world.see(desk.conversation)).refusal is None
    desk.world.clock.advance(minutes=10)
    assert (await desk.world.see(desk.conversation)).refusal is Refusal.LONG_SILENCE
    with pytest.raises(MayNotLeave):
        await desk.send("Hej.")
    await desk.send("Hej.", asked=True)


async def test_after_ninety_days_the_number_may_be_somebody_elses(desk: Desk) -> None:
    desk.world.clock.advance(days=91)
    with pytest.raises(MayNotLeave) as told:
        await desk.send("Hej.", asked=True)
    assert told.value.reason is Refusal.NUMBER_MAY_BE_REUSED


# The clock of the tests stands at 13:00 in Stockholm when they begin.


@pytest.mark.parametrize(
    ("hours", "later", "reason"),
    [
        (SafeHours(time(9), time(12)), 5, Refusal.OUTSIDE_SAFE_HOURS),
        (SafeHours(time(17), time(20)), 5, Refusal.LONG_SILENCE),
        (SafeHours(time(22), time(6)), 5, Refusal.OUTSIDE_SAFE_HOURS),
        (SafeHours(time(22), time(6)), 10, Refusal.LONG_SILENCE),
        (SafeHours(time(22), time(6)), 16, Refusal.LONG_SILENCE),
        (SafeHours(time(22), time(6)), 18, Refusal.OUTSIDE_SAFE_HOURS),
        (SafeHours(time(22), time(6)), 1, None),
    ],
)
async def test_safe_hours_bind_after_four_hours_also_across_midnight(
    desk: Desk, hours: SafeHours, later: int, reason: Refusal | None
) -> None:
    await set_safe_hours(desk.house, desk.world.counsellor, desk.conversation, hours)
    desk.world.clock.advance(hours=later)
    seen = await desk.world.see(desk.conversation)
    assert (seen.safe_hours, seen.refusal) == (hours, reason)
    if reason is Refusal.OUTSIDE_SAFE_HOURS:
        with pytest.raises(MayNotLeave):
            await desk.send("Hej.", asked=True)
    else:
        await desk.send("Hej.", asked=True)


async def test_safe_hours_are_set_by_the_owner_and_taken_away_again(desk: Desk) -> None:
    elis = await desk.world.hired(desk.house, "Elis")
    hours = SafeHours(time(22), time(6))
    with pytest.raises(NotYours):
        await set_safe_hours(desk.house, elis, desk.conversation, hours)
    with pytest.raises(BadInput):
        await set_safe_hours(
            desk.house, desk.world.counsellor, desk.conversation, SafeHours(time(9), time(9))
        )
    await set_safe_hours(desk.house, desk.world.counsellor, desk.conversation, hours)
    await set_safe_hours(desk.house, desk.world.counsellor, desk.conversation, None)
    assert (await desk.world.see(desk.conversation)).safe_hours is None


async def test_safe_hours_outlive_whatever_the_contact_writes(desk: Desk) -> None:
    hours = SafeHours(time(22), time(6))
    await set_safe_hours(desk.house, desk.world.counsellor, desk.conversation, hours)
    await desk.world.text("okej")
    assert (await desk.world.see(desk.conversation)).safe_hours == hours


async def test_a_draft_survives_is_ones_own_and_is_gone_when_sent(desk: Desk) -> None:
    elis = await desk.world.hired(desk.house, "Elis")
    alva = desk.world.counsellor
    await keep_draft(desk.house, alva, desk.conversation, "Jag tänkte på")
    await keep_draft(desk.house, alva, desk.conversation, "Jag tänkte på det")
    assert await desk.draft() == "Jag tänkte på det"
    await give_reason(desk.house, elis, desk.conversation, Reason.COLLEAGUE)
    beside = await see_conversation(desk.house, elis, desk.conversation, opening=False)
    assert beside.draft == ""
    await desk.send("Jag tänkte på det du skrev.")
    assert await desk.draft() == ""


async def test_a_draft_can_be_emptied_and_ends_with_the_conversation(desk: Desk) -> None:
    alva, elis = desk.world.counsellor, await desk.world.hired(desk.house, "Elis")
    await keep_draft(desk.house, alva, desk.conversation, "Hej")
    await keep_draft(desk.house, alva, desk.conversation, "")
    assert await desk.draft() == ""
    await keep_draft(desk.house, elis, desk.conversation, "Något annat")
    await close(desk.house, alva, desk.conversation, Outcome.OTHER)
    await give_reason(desk.house, elis, desk.conversation, Reason.TASK)
    beside = await see_conversation(desk.house, elis, desk.conversation, opening=False)
    assert beside.draft == ""


async def test_a_refused_reply_leaves_the_draft_where_it_is(desk: Desk) -> None:
    await keep_draft(desk.house, desk.world.counsellor, desk.conversation, "Hej")
    await _opted_out(desk, OptOut.OWN)
    with pytest.raises(MayNotLeave):
        await desk.send("Hej")
    assert await desk.draft() == "Hej"


async def test_the_texts_offered_are_in_the_contacts_language_and_name_the_counsellor(
    desk: Desk,
) -> None:
    texts = dict((await desk.world.see(desk.conversation)).texts)
    assert texts["handover"].startswith("Hej, Alva här.")
    assert set(texts) == {"handover", "close"}
    await desk.send(texts["handover"])
    assert [said.text_id for said in await desk.replies()] == ["handover"]
    await desk.world.text("English")
    texts = dict((await desk.world.see(desk.conversation)).texts)
    assert texts["handover"].startswith("Hi, Alva here.")
