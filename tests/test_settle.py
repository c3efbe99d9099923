"""A send that may or may not have happened is settled by asking, never by guessing."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from domain.delivery import Delivery
from handlers.note_status import Status, note_statuses
from handlers.send import LEASE, SEND_TAKES, Sent, deliver, lease, record
from handlers.settle import settle
from senders import twilio_http
from senders.sender import Accepted, TryLater
from simulator.life import accept
from storage import copies, messages
from tests.sending import Out, TodaysClock, by_sms, sending
from tests.world import LINE, PHONE, World

D = Delivery


@pytest.fixture
def clock() -> TodaysClock:
    return TodaysClock()


@pytest.fixture
async def out(world: World) -> AsyncIterator[Out]:
    async with sending(world) as out:
        yield out


async def ask(out: Out, after: float = 0) -> list[Delivery]:
    out.world.clock.advance(seconds=after)
    await settle(out.house, by_sms(out.sender))
    return await out.states()


async def test_a_connection_dropped_after_accepting_is_found_and_not_sent_again(out: Out) -> None:
    out.fault("drop-after-accepting", times=1)
    await out.say("one", "two")
    await out.carry()
    assert await out.states() == [D.UNKNOWN, D.QUEUED]
    assert await ask(out) == [D.SENT, D.QUEUED]
    await out.carry()
    assert out.phone() == ["one", "two"]
    assert [row.provider_id for row in await out.rows()] == [m.sid for m in out.accepted()]


async def test_a_time_out_is_settled_likewise(out: Out, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twilio_http, "TIMEOUT", 0.3)
    out.fault("slow", seconds=1, times=1)
    await out.say("one")
    await out.carry()
    assert await out.states() == [D.UNKNOWN]
    assert await ask(out) == [D.SENT]
    assert out.phone() == ["one"]


async def test_what_the_provider_does_not_know_twice_ten_seconds_apart_is_sent_again(
    out: Out,
) -> None:
    out.fault("drop-before-accepting", times=1)
    await out.say("one", "two")
    await out.carry()
    assert await ask(out) == [D.UNKNOWN, D.QUEUED]
    assert await ask(out, after=9.9) == [D.UNKNOWN, D.QUEUED]
    assert await ask(out, after=0.1) == [D.QUEUED, D.QUEUED]
    await out.carry()
    assert out.phone() == ["one", "two"]


async def test_what_appears_in_the_list_between_the_two_questions_is_not_sent_again(
    out: Out,
) -> None:
    out.fault("drop-before-accepting", times=1)
    await out.say("one")
    await out.carry()
    await ask(out)
    accept(out.provider, sender=LINE, to=PHONE, text="one")
    assert await ask(out, after=10) == [D.SENT]
    assert out.phone() == ["one"]


async def test_a_provider_out_of_reach_is_asked_later_and_it_is_unknown_meanwhile(
    out: Out,
) -> None:
    out.fault("drop-after-accepting", times=1)
    await out.say("one")
    await out.carry()
    out.fault("down", on="all")
    for _ in range(5):
        assert await ask(out, after=31) == [D.UNKNOWN]
        await out.carry()
    out.works_again()
    assert await ask(out, after=31) == [D.SENT]
    assert out.phone() == ["one"]


async def test_after_a_day_out_of_reach_it_stays_unknown_and_what_follows_leaves(out: Out) -> None:
    out.fault("drop-after-accepting", times=1)
    await out.say("one")
    await out.carry()
    out.fault("down", on="all")
    out.world.clock.advance(hours=23)
    await out.say("two")
    assert await ask(out) == [D.UNKNOWN, D.QUEUED]
    out.works_again()
    await out.carry()
    assert out.phone() == ["one"]
    out.fault("down", on="all")
    out.world.clock.advance(hours=2)
    assert await ask(out) == [D.UNKNOWN, D.QUEUED]
    out.works_again()
    await out.carry()
    assert out.phone() == ["one", "two"]


async def test_a_line_that_was_down_for_days_asks_before_it_gives_up(out: Out) -> None:
    out.fault("drop-after-accepting", times=1)
    await out.say("one")
    await out.carry()
    out.world.clock.advance(hours=60)
    assert await ask(out) == [D.SENT]
    assert out.phone() == ["one"]


async def test_being_out_of_reach_does_not_count_as_an_answer(out: Out) -> None:
    out.fault("drop-before-accepting", times=1)
    await out.say("one")
    await out.carry()
    assert await ask(out) == [D.UNKNOWN]
    out.fault("down", on="all")
    assert await ask(out, after=10) == [D.UNKNOWN]
    out.works_again()
    assert await ask(out, after=30) == [D.QUEUED]


async def test_killed_between_lease_and_send_it_leaves_once(out: Out) -> None:
    await out.say("one", "two")
    assert len(await lease(out.house)) == 1
    assert await ask(out, after=LEASE.total_seconds() - 1) == [D.LEASED, D.QUEUED]
    assert await ask(out, after=1) == [D.UNKNOWN, D.QUEUED]
    assert await ask(out, after=10) == [D.QUEUED, D.QUEUED]
    await out.carry()
    assert out.phone() == ["one", "two"]


async def test_killed_between_accept_and_record_it_is_not_sent_again(out: Out) -> None:
    await out.say("one", "two")
    (leased,) = await lease(out.house)
    await deliver(out.house, by_sms(out.sender), leased)
    assert await ask(out, after=LEASE.total_seconds()) == [D.SENT, D.QUEUED]
    await out.carry()
    assert out.phone() == ["one", "two"]


async def test_a_text_that_another_row_has_is_not_taken_for_this_one(out: Out) -> None:
    await out.say("same words")
    await out.carry()
    out.fault("drop-before-accepting", times=1)
    await out.say("same words")
    await out.carry()
    assert await ask(out) == [D.SENT, D.UNKNOWN]
    assert await ask(out, after=10) == [D.SENT, D.QUEUED]
    await out.carry()
    assert out.phone() == ["same words", "same words"]
    assert [row.provider_id for row in await out.rows()] == [m.sid for m in out.accepted()]


async def test_of_two_alike_the_one_that_nobody_has_is_taken(out: Out) -> None:
    await out.say("same words")
    await out.carry()
    out.fault("drop-after-accepting", times=1)
    await out.say("same words")
    await out.carry()
    assert await ask(out) == [D.SENT, D.SENT]
    assert [row.provider_id for row in await out.rows()] == [m.sid for m in out.accepted()]


async def test_a_result_that_comes_after_it_was_settled_is_not_lost(out: Out) -> None:
    await out.say("one")
    (leased,) = await lease(out.house)
    await ask(out, after=LEASE.total_seconds())
    assert await ask(out, after=10) == [D.QUEUED]
    await record(out.house, [Sent(leased.row, Accepted("SM-late"))])
    assert [(r.state, r.provider_id) for r in await out.rows()] == [(D.SENT, "SM-late")]
    await out.carry()
    assert out.phone() == []


async def test_a_failure_of_an_older_attempt_does_not_free_a_row_that_is_leased_again(
    out: Out,
) -> None:
    await out.say("one")
    (first,) = await lease(out.house)
    await ask(out, after=LEASE.total_seconds())
    await ask(out, after=10)
    (second,) = await lease(out.house)
    await record(out.house, [Sent(first.row, TryLater())])
    assert await out.states() == [D.LEASED]
    await record(out.house, [await deliver(out.house, by_sms(out.sender), second)])
    assert (await out.states(), out.phone()) == ([D.SENT], ["one"])


async def test_an_answer_about_an_older_attempt_does_not_free_a_row_that_is_leased_again(
    out: Out,
) -> None:
    """The process that asks is held up until another has asked, and leased it again."""
    await out.say("one")
    await lease(out.house)
    await ask(out, after=LEASE.total_seconds())

    class HeldUp:
        async def sent_since(self, *_: object) -> list[str]:
            out.world.clock.advance(seconds=31)
            await settle(out.house, by_sms(out.sender))
            assert len(await lease(out.house)) == 1
            return []

    out.world.clock.advance(seconds=10)
    await settle(out.house, by_sms(HeldUp()))
    assert await out.states() == [D.LEASED]


async def test_redacted_while_unknown_it_is_still_found(out: Out) -> None:
    out.fault("drop-after-accepting", times=1)
    await out.say("one")
    await out.carry()
    row = await out.row()
    async with out.house.db.write() as tx:
        await messages.redact(tx, row.conversation_id, row.message_id, out.world.clock.now())
        await copies.redact(tx, row.message_id)
    assert await ask(out) == [D.SENT]


async def test_a_callback_that_comes_before_our_own_record_settles_it(out: Out) -> None:
    await out.say("one", "two")
    (leased,) = await lease(out.house)
    sent = await deliver(out.house, by_sms(out.sender), leased)
    (message,) = out.accepted()
    await note_statuses(out.house, [Status(leased.row.code, D.DELIVERED, message.sid, None)])
    await record(out.house, [sent])
    one, _ = await out.rows()
    assert (one.state, one.provider_id) == (D.DELIVERED, message.sid)
    assert await ask(out, after=LEASE.total_seconds()) == [D.DELIVERED, D.QUEUED]


async def test_many_unknown_texts_are_asked_about_at_once(out: Out) -> None:
    phones = [f"+467017406{last}" for last in range(40, 50)]
    out.fault("drop-after-accepting", times=len(phones))
    for phone in phones:
        await out.say("hello", phone=phone)
    await out.carry()
    assert set(await out.states()) == {D.UNKNOWN}
    assert set(await ask(out)) == {D.SENT}
    assert [out.phone(phone) for phone in phones] == [["hello"]] * len(phones)


def test_the_lease_outlasts_a_send_that_began_as_late_as_it_may() -> None:
    assert timedelta(seconds=twilio_http.TIMEOUT) < SEND_TAKES < LEASE
