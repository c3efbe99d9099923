"""What providers keep goes, over real HTTP: by default the words, with the contact all of it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from domain.conversation import Outcome
from domain.deletion import Stage
from domain.delivery import Delivery
from domain.message import Channel
from domain.message import Media as TextMedia
from handlers.catch_up import catch_up
from handlers.close import close
from handlers.copies_again import copies_again
from handlers.forget import forget
from handlers.house import House
from handlers.receive import receive
from handlers.redact import redact
from handlers.remove_copies import MOST_ATTEMPTS, remove_copies
from handlers.seen import Said
from handlers.settle import settle
from handlers.sweep_copies import sweep_copies
from handlers.take import take
from senders.sender import Gone, Kept, Refused, Removers, TryLater
from simulator.book import Media, Message
from simulator.faults import Fault
from simulator.inbound import Text
from simulator.inbound import receive as arrives
from storage import ids
from storage.deletion_tables import deletions, provider_copies
from tests.patience import PATIENCE
from tests.sending import NOBODY, Out, TodaysClock, by_sms, sending
from tests.world import LINE, PHONE, World, became

if TYPE_CHECKING:
    from tests.telegram_line import Phone


def removers(out: Out) -> Removers:
    """The only channel of these tests."""
    return {Channel.SMS: out.sender}


class TestTwilio:
    """By a made-up Twilio."""

    @pytest.fixture
    def clock(self) -> TodaysClock:
        return TodaysClock()

    @pytest.fixture
    async def out(self, world: World, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Out]:
        """Ids begin anew: they never go back in a process, where other tests are days ahead."""
        monkeypatch.setattr(ids, "_last", (0, 0))
        async with sending(world) as made:
            yield made

    async def heard(self, out: Out, body: str) -> str:
        """A text that both Twilio and the line have; its sid."""
        message = arrives(out.provider, Text(sender=PHONE, to=LINE, body=body, base=NOBODY))
        await receive(out.house, [out.world.message(body, provider_id=message.sid)])
        return message.sid

    async def pictured(self, out: Out) -> str:
        """The same with a picture."""
        there = Media("ME" + "a" * 32, "image/jpeg", 3, b"abc")
        text = Text(sender=PHONE, to=LINE, body="se här", base=NOBODY, media=(there,))
        message = arrives(out.provider, text)
        here = (TextMedia("image/jpeg", provider_id=there.sid),)
        given = out.world.message("se här", provider_id=message.sid, media=here)
        await receive(out.house, [given])
        return message.sid

    async def removed(self, out: Out) -> None:
        while await sweep_copies(out.house):
            pass
        while await remove_copies(out.house, removers(out)):
            pass

    async def waiting(self, out: Out) -> list[Any]:
        async with out.house.db.read() as tx:
            return list(await tx.conn.execute(select(provider_copies)))

    def kept(self, out: Out, sid: str) -> Message:
        message = out.provider.book.get(sid)
        assert message is not None
        return message

    async def finished(self, out: Out) -> None:
        """Twilio has brought all to their phones."""
        async with asyncio.timeout(PATIENCE):
            while any(m.status != "delivered" for m in out.accepted()):  # noqa: ASYNC110 - another thread's
                await asyncio.sleep(0.02)

    async def test_the_words_of_a_text_go_once_it_is_stored_and_nothing_else(
        self, out: Out
    ) -> None:
        sid = await self.heard(out, "hej")
        await self.removed(out)
        assert self.kept(out, sid).body == "hej"
        out.world.clock.advance(minutes=11)
        await self.removed(out)
        assert (self.kept(out, sid).body, self.kept(out, sid).deleted) == ("", False)
        assert await self.waiting(out) == []
        assert await out.world.heard() == ["hej"]

    async def test_a_text_without_its_words_is_not_found_again_by_catching_up(
        self, out: Out
    ) -> None:
        await self.heard(out, "hej")
        out.world.clock.advance(minutes=11)
        await self.removed(out)
        assert await catch_up(out.house, out.sender) == 0
        assert await out.world.heard() == ["hej"]

    async def test_the_words_of_ours_go_when_it_has_come_to_its_end(self, out: Out) -> None:
        await self.heard(out, "hej")
        await out.say("one")
        await out.carry()
        await self.finished(out)
        out.world.clock.advance(minutes=11)
        await self.removed(out)
        (message,) = out.accepted()
        assert message.body == "one"
        (row,) = [row for row in await out.rows() if row.provider_id == message.sid]
        async with out.house.db.write() as tx:
            await became(tx, row.id, Delivery.DELIVERED, out.world.clock.now())
        out.world.clock.advance(minutes=11)
        await self.removed(out)
        assert out.accepted()[0].body == ""
        assert await self.waiting(out) == []

    async def test_one_of_which_twilio_tells_no_end_goes_after_a_day(self, out: Out) -> None:
        await self.heard(out, "hej")
        await out.say("one")
        await out.carry()
        await self.finished(out)
        out.world.clock.advance(hours=25)
        await self.removed(out)
        assert out.accepted()[0].body == ""

    async def test_what_may_have_been_sent_keeps_its_words_until_it_is_settled(
        self, out: Out
    ) -> None:
        await self.heard(out, "hej")
        await out.say("one")
        out.fault("drop-after-accepting", times=1)
        await out.carry()
        (row,) = await out.rows()
        assert row.state is Delivery.UNKNOWN
        await self.finished(out)
        out.world.clock.advance(minutes=11)
        await self.removed(out)
        assert out.accepted()[0].body == "one"
        await settle(out.house, by_sms(out.sender))
        assert (await out.row()).state is Delivery.SENT
        out.world.clock.advance(hours=25)
        await self.removed(out)
        assert out.accepted()[0].body == ""

    async def test_what_nobody_can_say_the_name_of_is_somebodys_task(self, out: Out) -> None:
        await out.say("one")
        out.fault("drop-after-accepting", times=1)
        await out.carry()
        await self.finished(out)
        out.fault("down", on="all")
        out.world.clock.advance(hours=25)
        await settle(out.house, by_sms(out.sender))
        await self.removed(out)
        (row,) = [row for row in await self.waiting(out) if row.due_at is None]
        assert row.attempts == 0

    async def test_two_processes_pass_each_message_once(self, out: Out, twin: House) -> None:
        for place in range(5):
            await self.heard(out, f"text {place}")
        out.world.clock.advance(minutes=11)
        passed = await asyncio.gather(sweep_copies(out.house), sweep_copies(twin))
        assert sum(passed) == 5
        assert len(await self.waiting(out)) == 5

    async def test_who_is_deleted_goes_at_twilio_with_media_and_all(self, out: Out) -> None:
        sid = await self.heard(out, "hej")
        picture = Media("ME" + "a" * 32, "image/jpeg", 3, b"abc")
        out.provider.book.change(sid, media=(picture,))
        await out.say("one")
        await out.carry()
        await close(out.house, out.world.counsellor, await out.talk(), Outcome.OTHER)
        ask, yes = await self.heard(out, "RADERA"), await self.heard(out, "RADERA JA")
        for _ in range(6):
            await forget(out.house)
            await out.carry()
            await self.finished(out)
            out.world.clock.advance(minutes=2)
            await self.removed(out)
        async with out.house.db.read() as tx:
            (stage,) = (await tx.conn.execute(select(deletions.c.stage))).scalars()
        assert stage == Stage.DONE
        assert all(self.kept(out, one).deleted for one in (sid, ask, yes))
        assert self.kept(out, sid).media[0].gone
        assert {message.deleted for message in out.accepted()} == {True}
        assert await self.waiting(out) == []

    async def test_a_picture_goes_with_its_message_when_that_is_redacted(self, out: Out) -> None:
        sid, plain = await self.pictured(out), await self.heard(out, "och ett till")
        talk = await out.talk()
        said = {it.body: it.id for it in (await out.world.see(talk)).thread if isinstance(it, Said)}
        for body in ("se här", "och ett till", "se här"):
            await redact(out.house, out.world.counsellor, talk, said[body])
        await self.removed(out)
        assert (self.kept(out, sid).deleted, self.kept(out, sid).media[0].gone) == (True, True)
        assert not self.kept(out, plain).deleted
        out.world.clock.advance(minutes=11)
        await self.removed(out)
        assert await self.waiting(out) == []
        assert await catch_up(out.house, out.sender) == 0

    async def test_where_copies_are_kept_it_stays_there(self, out: Out) -> None:
        sid, house = await self.pictured(out), replace(out.house, keeps_copies=True)
        talk = await out.talk()
        (said,) = [it for it in (await out.world.see(talk)).thread
                   if isinstance(it, Said) and it.body == "se här"]  # fmt: skip
        await redact(house, out.world.counsellor, talk, said.id)
        await self.removed(out)
        assert not self.kept(out, sid).media[0].gone

    async def test_twilio_out_of_reach_is_asked_again_and_in_the_end_it_is_a_task(
        self, out: Out
    ) -> None:
        sid = await self.heard(out, "hej")
        out.world.clock.advance(minutes=11)
        out.provider.faults.set(Fault("down", on="all"))
        for _ in range(MOST_ATTEMPTS + 2):
            await self.removed(out)
            out.world.clock.advance(hours=7)
        assert (await out.world.queue()).copies == 1
        out.works_again()
        await self.removed(out)
        assert self.kept(out, sid).body == "hej"
        await copies_again(out.house, out.world.counsellor)
        await self.removed(out)
        assert self.kept(out, sid).body == ""
        assert (await out.world.queue()).copies == 0

    async def test_a_process_that_dies_while_it_asks_is_followed_by_another(
        self, out: Out, twin: House
    ) -> None:
        sid = await self.heard(out, "hej")
        out.world.clock.advance(minutes=11)
        await sweep_copies(out.house)

        class Dies:
            async def remove(self, kept: Kept) -> Any:
                raise RuntimeError

        with pytest.raises(RuntimeError):
            await remove_copies(out.house, {Channel.SMS: Dies()})
        assert await remove_copies(twin, removers(out)) == 0
        out.world.clock.advance(minutes=2)
        assert await remove_copies(twin, removers(out)) == 1
        assert self.kept(out, sid).body == ""

    @pytest.mark.parametrize("words_only", [True, False])
    async def test_what_is_not_there_is_gone_and_what_is_under_way_is_for_later(
        self, out: Out, words_only: bool
    ) -> None:
        nothing = Kept("SM" + "0" * 32, words_only=words_only)
        assert await out.sender.remove(nothing) == Gone()
        sid = await self.heard(out, "hej")
        out.provider.book.change(sid, status="sending")
        assert await out.sender.remove(Kept(sid, words_only=words_only)) == TryLater()


async def _gone(phone: "Phone") -> dict[int, bool]:
    def ask() -> list[dict[str, Any]]:
        return phone.ground.messages(chat=phone.chat)

    return {m["message_id"]: m["deleted"] for m in await asyncio.to_thread(ask)}


async def test_who_is_deleted_goes_from_the_telegram_chat_too(phone: "Phone") -> None:
    await phone.say("hej")
    await take(phone.house, phone.world.counsellor, await phone.talk())
    await close(phone.house, phone.world.counsellor, await phone.talk(), Outcome.OTHER)
    await phone.say("RADERA")
    await phone.say("RADERA JA")
    for _ in range(4):
        await forget(phone.house)
        await phone.carry()
        phone.world.clock.advance(seconds=3)
    while await remove_copies(phone.house, {Channel.TELEGRAM: phone.telegram.sender}):
        pass
    left = [number for number, gone in (await _gone(phone)).items() if not gone]
    assert left == [max(await _gone(phone))]


async def test_of_telegram_nothing_goes_by_itself(phone: "Phone") -> None:
    await phone.say("hej")
    phone.world.clock.advance(minutes=11)
    while await sweep_copies(phone.house):
        pass
    assert await remove_copies(phone.house, {Channel.TELEGRAM: phone.telegram.sender}) == 0


async def test_what_telegram_does_not_delete_is_said_so(phone: "Phone") -> None:
    number = await phone.say("hej")
    remove = phone.telegram.sender.remove
    assert await remove(Kept(str(number), str(phone.chat))) == Gone()
    assert await remove(Kept(str(number), str(phone.chat))) == Gone()
    assert await remove(Kept("12-pressed", str(phone.chat))) == Gone()
    assert await remove(Kept("12", "4242")) in {Gone(), Refused(400)}
