"""What waits in the outbox leaves once, in order, or is held back with its reason."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import update

from domain.delivery import Delivery
from domain.gate import Gate
from domain.message import OptOut
from handlers.house import House
from handlers.receive import receive
from handlers.reply import reply
from handlers.send import LEASE, Leased, backoff, deliver, lease, record
from handlers.settle import settle
from handlers.step_triage import step_triage
from senders.sender import Letter, Result, TryLater
from senders.twilio import TwilioSender
from storage import contacts, messages, tables
from storage.contacts import Contact
from storage.outbox import RETRY_WINDOW
from tests.patience import PATIENCE
from tests.sending import NOBODY, Out, TodaysClock, account, by_sms, sending
from tests.world import PHONE, World
from utvag.postman import Postman

D = Delivery
OTHER = "+46701740620"


@pytest.fixture
def clock() -> TodaysClock:
    return TodaysClock()


@pytest.fixture
async def out(world: World) -> AsyncIterator[Out]:
    async with sending(world) as out:
        yield out


async def test_texts_to_one_contact_leave_in_the_order_in_which_they_were_written(out: Out) -> None:
    await out.say("one", "two", "three")
    await out.carry()
    assert out.phone() == ["one", "two", "three"]
    rows = await out.rows()
    assert {row.state for row in rows} == {D.SENT}
    assert [row.provider_id for row in rows] == [m.sid for m in out.accepted()]
    assert out.accepted()[0].callback == f"{NOBODY}/webhooks/twilio/status/{rows[0].code}"


async def test_order_is_kept_across_retries_and_other_contacts_do_not_wait(out: Out) -> None:
    out.fault("500", times=2, to=PHONE)
    await out.say("one", "two")
    await out.say("alone", phone=OTHER)
    await out.carry()
    assert (out.phone(), out.phone(OTHER)) == ([], ["alone"])
    for wait in (1, 2):
        assert await lease(out.house) == []
        out.world.clock.advance(seconds=wait)
        await out.carry()
    assert out.phone() == ["one", "two"]
    assert [row.attempts for row in await out.rows()] == [3, 1, 1]


class AtOnce:
    """A sender, and how many letters it had at once."""

    def __init__(self, sender: TwilioSender) -> None:
        self.sender, self.now, self.most = sender, 0, 0

    async def send(self, letter: Letter) -> Result:
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            return await self.sender.send(letter)
        finally:
            self.now -= 1


async def test_many_contacts_are_written_to_at_once(out: Out) -> None:
    phones = [f"+467017406{last}" for last in range(40, 60)]
    for phone in phones:
        await out.say("hello", phone=phone)
    out.fault("slow", seconds=0.5)
    carrying = AtOnce(out.sender)
    postman = Postman(out.house, by_sms(carrying), out.metrics)
    assert await postman.round() == len(phones)
    await postman.finish(PATIENCE)
    assert carrying.most == len(phones)
    assert [out.phone(phone) for phone in phones] == [["hello"]] * len(phones)


async def test_429_is_tried_again_when_the_provider_said(out: Out) -> None:
    out.fault("429", times=1, seconds=7)
    await out.say("hello")
    await out.carry()
    row = await out.row()
    assert (row.state, row.due_at) == (D.QUEUED, out.world.clock.now() + timedelta(seconds=7))
    out.world.clock.advance(seconds=6.9)
    await out.carry()
    assert out.phone() == []
    out.world.clock.advance(seconds=0.1)
    await out.carry()
    assert out.phone() == ["hello"]


async def test_a_refused_connection_loses_nothing_and_waits_longer_each_time(out: Out) -> None:
    nobody = TwilioSender(account(NOBODY))
    await out.say("hello")
    for attempt in range(3):
        (leased,) = await lease(out.house)
        sent = await deliver(out.house, by_sms(nobody), leased)
        assert sent.result == TryLater()
        await record(out.house, [sent])
        wait = (await out.row()).due_at - out.world.clock.now()
        assert wait == backoff(attempt) == timedelta(seconds=2**attempt)
        out.world.clock.advance(seconds=wait.total_seconds())
    await nobody.close()
    await out.carry()
    assert out.phone() == ["hello"]


def test_retries_are_a_minute_apart_at_the_longest() -> None:
    assert [backoff(attempt).total_seconds() for attempt in (5, 6, 7, 10_000)] == [32, 60, 60, 60]


async def test_a_wrong_token_loses_nothing(out: Out) -> None:
    wrong = TwilioSender(account(out.address, token="another"))
    await out.say("one", "two")
    (leased,) = await lease(out.house)
    await record(out.house, [await deliver(out.house, by_sms(wrong), leased)])
    await wrong.close()
    assert await out.states() == [D.QUEUED, D.QUEUED]
    out.world.clock.advance(seconds=1)
    await out.carry()
    assert out.phone() == ["one", "two"]


async def test_the_providers_opt_out_stops_all_that_follows_and_staff_see_it(out: Out) -> None:
    out.provider.faults.opted_out.add(PHONE)
    await out.say("one", "two")
    await out.carry()
    one, two = await out.rows()
    assert (one.state, one.error_code) == (D.FAILED, 21610)
    assert (two.state, two.refusal) == (D.WITHHELD, "opted_out_at_provider")
    assert (await contact_of(out)).opt_out is OptOut.PROVIDER
    assert out.phone() == []


async def test_a_permanent_error_keeps_its_code_and_lets_the_next_text_leave(out: Out) -> None:
    await out.say("x" * 1600, "two")
    await change_body_limit(out)
    await out.carry()
    one, two = await out.rows()
    assert (one.state, one.error_code, one.attempts) == (D.FAILED, 21617, 1)
    assert two.state is D.SENT


async def change_body_limit(out: Out) -> None:
    """The text of the first row becomes one that Twilio never takes (error 21617)."""
    row = (await out.rows())[0]
    async with out.house.db.write() as tx:
        sealed = tx.keys.seal("text", "x" * 1601, "outbox", row.id, "body", row.contact_id)
        here = tables.outbox.c.id == row.id
        await tx.conn.execute(update(tables.outbox).where(here).values(body_sealed=sealed))


async def contact_of(out: Out) -> Contact:
    row = (await out.rows())[0]
    async with out.house.db.read() as tx:
        return (await contacts.by_ids(tx, [row.contact_id]))[row.contact_id]


async def changed(out: Out, **about: object) -> None:
    contact = replace(await contact_of(out), **about)  # type: ignore[arg-type] # fields by name
    async with out.house.db.write() as tx:
        await contacts.save(tx, [contact])


async def redact(out: Out) -> None:
    row = await out.row()
    async with out.house.db.write() as tx:
        await messages.redact(tx, row.conversation_id, row.message_id, out.world.clock.now())


@pytest.mark.parametrize(
    ("reason", "about"),
    [
        ("opted_out", {"opt_out": OptOut.OWN}),
        ("opted_out_at_provider", {"opt_out": OptOut.PROVIDER}),
        ("gate_closed", {"gate": Gate.CLOSED}),
    ],
)
async def test_what_the_contact_said_after_it_was_written_holds_it_back(
    out: Out, reason: str, about: dict[str, object]
) -> None:
    await out.say("hello")
    await changed(out, **about)
    await out.carry()
    row = await out.row()
    assert (row.state, row.refusal, out.phone()) == (D.WITHHELD, reason, [])


async def test_ninety_days_later_the_number_may_be_somebody_elses(out: Out) -> None:
    await out.say("hello")
    out.world.clock.advance(days=90)
    await out.carry()
    row = await out.row()
    assert (row.state, row.refusal) == (D.WITHHELD, "number_may_be_reused")


async def test_what_was_redacted_before_it_left_stays_here(out: Out) -> None:
    await out.say("hello")
    await redact(out)
    await out.carry()
    row = await out.row()
    assert (row.state, row.refusal, out.phone()) == (D.WITHHELD, "redacted", [])


async def test_the_machine_is_silent_once_somebody_has_taken_the_conversation(out: Out) -> None:
    await out.world.text("hej")
    sent_before = len(await out.rows())
    out.world.clock.advance(minutes=1)
    await receive_and_step(out, "1")
    await out.world.taken()
    await out.carry()
    held = (await out.rows())[sent_before:]
    assert held
    assert {(row.state, row.refusal) for row in held} == {(D.WITHHELD, "owned")}
    assert out.phone() == []


async def receive_and_step(out: Out, body: str) -> None:
    await receive(out.house, [out.world.message(body)])
    out.world.clock.advance(seconds=2)
    while await step_triage(out.house):
        pass


async def test_after_a_day_of_trying_it_is_shown_as_failed(out: Out) -> None:
    await out.say("hello")
    async with out.house.db.write() as tx:
        await tx.conn.execute(update(tables.contacts).values(gate=Gate.OPEN))
    out.world.clock.advance(seconds=RETRY_WINDOW.total_seconds() + 1)
    await receive(out.house, [out.world.message("är nån där")])
    await out.carry()
    assert (await out.states(), out.phone()) == ([D.FAILED], [])


async def test_a_warning_that_was_read_hours_ago_no_longer_counts(out: Out) -> None:
    await out.say("hello")
    out.world.clock.advance(hours=4)
    await out.carry()
    (row,) = await out.rows()
    assert (row.state, row.refusal, out.phone()) == (D.WITHHELD, "gate_unknown", [])


async def test_what_the_machine_could_not_say_for_hours_surprises_nobody_later(out: Out) -> None:
    await receive_and_step(out, "hej")
    out.world.clock.advance(hours=4)
    await out.carry()
    (row,) = await out.rows()
    assert (row.state, row.refusal, out.phone()) == (D.WITHHELD, "long_silence", [])


async def test_a_process_held_up_for_most_of_its_lease_does_not_begin_to_send(out: Out) -> None:
    await out.say("hello")
    (leased,) = await lease(out.house)
    out.world.clock.advance(seconds=LEASE.total_seconds() - 9)
    await record(out.house, [await deliver(out.house, by_sms(out.sender), leased)])
    assert (await out.states(), out.phone()) == ([D.QUEUED], [])
    await out.carry()
    assert out.phone() == ["hello"]


async def test_the_provider_down_for_an_hour_loses_doubles_and_reorders_nothing(out: Out) -> None:
    out.fault("down", on="all")
    await out.say("one", "two")
    await out.say("alone", phone=OTHER)
    for minute in range(60):
        await out.carry()
        if minute == 30:
            await out.say("three")
        out.world.clock.advance(minutes=1)
        await settle(out.house, by_sms(out.sender))
    assert out.phone() == []
    out.works_again()
    for _ in range(6):
        await out.carry()
        await settle(out.house, by_sms(out.sender))
        out.world.clock.advance(seconds=61)
    assert (out.phone(), out.phone(OTHER)) == (["one", "two", "three"], ["alone"])
    assert set(await out.states()) == {D.SENT}


async def test_withheld_rows_are_told_to_open_pages(out: Out) -> None:
    await out.say("hello")
    await changed(out, opt_out=OptOut.OWN)
    before = (await out.world.queue()).event
    assert await lease(out.house) == []
    assert (await out.world.queue()).event > before


async def test_nothing_else_of_a_contact_is_leased_while_a_letter_is_under_way(out: Out) -> None:
    await out.say("one", "two")
    first: list[Leased] = await lease(out.house)
    assert [one.letter.body for one in first] == ["one"]
    assert await lease(out.house) == []


async def test_the_same_reply_form_twice_leaves_once(out: Out) -> None:
    talk, key = await out.talk(), UUID(int=5)
    for _ in range(2):
        await write(out.house, out, talk, key)
    await out.carry()
    assert out.phone() == ["hello"]


async def write(house: House, out: Out, talk: UUID, key: UUID) -> None:
    await reply(house, out.world.counsellor, talk, "hello", form_key=key, asked=True)
