"""The demo's line, counsellors and a handful of made-up conversations in several states."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime, time, timedelta
from uuid import UUID, uuid4

from domain.contact_rules import SafeHours
from domain.conversation import Outcome
from domain.delivery import Delivery
from domain.member import Member, Role
from domain.message import Channel, InboundMessage
from domain.rota import Hours, Pattern, ShiftRole, Turn
from handlers.add_line import add_line, all_lines
from handlers.admit import admit
from handlers.close import close
from handlers.errors import BadInput, NotFound
from handlers.house import House
from handlers.invite import invite
from handlers.join import join
from handlers.note_status import Status, note_statuses
from handlers.pagers import add_pager
from handlers.read_by import read_by
from handlers.receive import receive
from handlers.reply import reply
from handlers.see_queue import see_queue
from handlers.see_team import see_team
from handlers.send import Sent, lease, record
from handlers.set_safe_hours import set_safe_hours
from handlers.sign_in import Held, sign_in, whose_session
from handlers.step_triage import step_triage
from handlers.take import take
from handlers.write_note import write_note
from senders.sender import Accepted
from storage import contacts, conversations, lines, members, rotas
from utvag.clock import utc_now
from utvag.line import NobodyToWake, open_house
from utvag.settings import Settings

LINE = "+46701740605"
PHONES = tuple(f"+467017406{last}" for last in range(10, 100))
CHATS = tuple(f"7000000{last:03}" for last in (*range(1, 6), *range(101, 141)))
"""All that the simulator's phones and scenes may write from."""

TELEGRAM = tuple(f"700000000{last}" for last in range(1, 6))
"""The simulator's own four chats, and one of somebody who wrote before the demo began. The
simulator forgets them when it ends; the line does not, and must reach them in the next demo."""

STAFF = ("Alva", "Elis")
"""The counsellors: the first is on call around the clock, the second is the backup."""

COORDINATOR = "Bo"
"""Who has the board, the rota and whom to page; on call as coordinator."""

PAGERS = {"Alva": "+46701740690", "Elis": "+46701740691", COORDINATOR: "+46701740692"}

ROLES = (ShiftRole.PRIMARY, ShiftRole.BACKUP, ShiftRole.COORDINATOR)
PASSPHRASE = "en lugn kväll vid sjön"
UNREACHABLE = 30003
"""Twilio: the phone is switched off or out of range."""


class _Past:
    """A clock that begins in the past and is told how time goes by."""

    def __init__(self, minutes: float) -> None:
        self._now = utc_now() - timedelta(minutes=minutes)

    def now(self) -> datetime:
        return min(self._now, utc_now())

    def on(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)


class _Story:
    """One contact, told with the line's own use cases."""

    def __init__(
        self, house: House, clock: _Past, phone: str, channel: Channel = Channel.SMS
    ) -> None:
        self._house, self._clock, self._phone, self._channel = house, clock, phone, channel

    async def writes(self, *texts: str) -> None:
        """The contact writes these, each after having read the answer to the one before."""
        for text in texts:
            sid, now = f"SM{uuid4().hex}", self._clock.now()
            ours = "" if self._channel is Channel.TELEGRAM else LINE
            message = InboundMessage(self._channel, sid, self._phone, ours, text, now)
            await receive(self._house, [message])
            self._clock.on(2)
            await step_triage(self._house)
            await self.arrives()
            self._clock.on(15)

    async def arrives(self, how: Delivery = Delivery.DELIVERED) -> None:
        """All that waits leaves, and this becomes of it; of what arrived Telegram tells nothing."""
        silent = self._channel is Channel.TELEGRAM and how is Delivery.DELIVERED
        while leased := await lease(self._house):
            sids = {one.row.id: f"SM{uuid4().hex}" for one in leased}
            await record(self._house, [Sent(o.row, Accepted(sids[o.row.id])) for o in leased])
            if silent:
                continue
            error = UNREACHABLE if how is Delivery.UNDELIVERED else None
            told = [Status(o.row.code, how, sids[o.row.id], error) for o in leased]
            self._clock.on(1)
            await note_statuses(self._house, told)

    async def newest(self, reader: Member) -> UUID:
        """The conversation that this contact's text opened last."""
        queue = await see_queue(self._house, reader)
        return max(queue.waiting, key=lambda row: row.id).id

    async def taken_by(self, member: Member) -> UUID:
        """A counsellor takes it."""
        conversation = await self.newest(member)
        self._clock.on(40)
        await take(self._house, member, conversation)
        return conversation

    async def answers(
        self, member: Member, conversation: UUID, text: str, how: Delivery = Delivery.DELIVERED
    ) -> None:
        """The counsellor answers, and this becomes of the answer."""
        self._clock.on(30)
        await reply(self._house, member, conversation, text, form_key=uuid4(), asked=True)
        await self.arrives(how)
        self._clock.on(60)


@asynccontextmanager
async def _at(settings: Settings, minutes_ago: float) -> AsyncIterator[tuple[House, _Past]]:
    clock = _Past(minutes_ago)
    async with open_house(settings, NobodyToWake(), clock.now) as house:
        yield house, clock


async def written(settings: Settings) -> list[str]:
    """The numbers and chats that the line knows already: for them no scene is a first contact."""
    async with _at(settings, 0) as (house, _), house.db.read() as tx:
        known = [line.id for line in await lines.every(tx)]
        found = []
        for channel, addresses in ((Channel.SMS, PHONES), (Channel.TELEGRAM, CHATS)):
            by_index = {i: each for each in addresses for i in tx.keys.indexes("address", each)}
            last = await contacts.last_lines(tx, channel, known, by_index)
            found += [by_index[index] for index in last]
        return found


async def people(settings: Settings) -> None:
    """Fill an empty database; one that has a line already is left as it is."""
    async with _at(settings, 24 * 60) as (house, _):
        if await all_lines(house):
            await _coordinated(house)
            await _on_call(house)
            return
        await add_line(house, LINE, "Demo", ("sv", "en"), "exit")
        staff = [await _hired(house, name) for name in STAFF]
        await _admitted(house, *staff, await _hired(house, COORDINATOR, Role.COORDINATOR))
    alva, elis = (held.member for held in staff)
    await _went_home(settings, alva)
    await _came_back(settings, alva)
    await _in_conversation(settings, elis)
    await _waiting(settings)
    async with _at(settings, 0) as (house, _):
        async with house.db.write() as tx:  # whoever waits since before the demo wakes nobody
            for talk in await conversations.page_due(tx, house.now() + timedelta(days=1), 50):
                await conversations.stop(tx, talk)
        await _on_call(house)


async def _on_call(house: House) -> None:
    """A rota and pagers, unless the line has a rota: somebody has changed it, or it is ours."""
    for name, number in PAGERS.items():
        with suppress(BadInput, NotFound):  # somebody has revoked them, or has the number
            await add_pager(house, name, number, verified=True)
    now = house.now()
    always = tuple(Hours(day, time(), time()) for day in range(7))
    async with house.db.write() as tx:
        (line, *_) = await lines.every(tx)
        if line.rota_id is not None:
            return
        rota_id = await rotas.make(tx, now)
        await rotas.give(tx, line.id, rota_id)
        await rotas.begin_change(tx, rota_id)
        last_week = now.date() - timedelta(days=now.weekday() + 7)
        for name, role in zip((*STAFF, COORDINATOR), ROLES, strict=True):
            entry = await members.by_name(tx, name)
            if entry is not None:
                turns = tuple(Turn(0, hours, entry.id) for hours in always)
                pattern = Pattern(uuid4(), role, last_week, 1, turns)
                await rotas.add_pattern(tx, rota_id, pattern, entry.id, now)


async def _coordinated(house: House) -> None:
    """Also in a demo that was begun when there was no coordinator, and no team, yet."""
    async with house.db.read() as tx:
        known = await members.by_name(tx, COORDINATOR)
    if known is not None:
        return
    hired = await _hired(house, COORDINATOR, Role.COORDINATOR)
    held = [one for name in STAFF if (one := await _signed_in(house, name))]
    if held:
        await _admitted(house, *held, hired)


async def _signed_in(house: House, name: str) -> Held | None:
    """None where somebody has revoked them, or given them another passphrase."""
    with suppress(BadInput):
        return await whose_session(house, await sign_in(house, name, PASSPHRASE, source="demo"))
    return None


async def _hired(house: House, name: str, role: Role = Role.COUNSELLOR) -> Held:
    token = await invite(house, name, role)
    held = await whose_session(house, await join(house, token, PASSPHRASE, PASSPHRASE))
    if held is None:
        raise AssertionError("a session that began a moment ago holds")
    return held


async def _admitted(house: House, first: Held, *others: Held) -> None:
    """The first makes the team and lets the others in, as if they had compared six words."""
    if first.key is None:
        raise AssertionError("whoever joins has a pair")
    theirs = await read_by(house, first.member, first.key)
    page = await see_team(theirs, first.member)
    there = {held.member.id for held in others}
    for one in page.waiting:
        if one.id in there:
            await admit(theirs, first.member, one.id, " ".join(one.words), PASSPHRASE)


async def _went_home(settings: Settings, alva: Member) -> None:
    """Closed; the stage's scene of somebody who comes back begins here."""
    async with _at(settings, 45 * 60) as (house, clock):
        story = _Story(house, clock, "+46701740625")
        await story.writes("hej, behöver prata med nån", "1", "3", "3", "1", "2", "1")
        conversation = await story.taken_by(alva)
        await story.answers(alva, conversation, "Hej, Alva här. Jag läser. Vad har hänt?")
        await story.writes("orkar inte mer av det där livet")
        await story.answers(alva, conversation, "Det låter tungt. Vi hittar en väg tillsammans.")
        await close(house, alva, conversation, Outcome.HANDED_ON)


async def _came_back(settings: Settings, alva: Member) -> None:
    async with _at(settings, 20 * 60) as (house, clock):
        story = _Story(house, clock, "+46701740620")
        await story.writes("hej, fick ert kort", "1", "3", "3", "3", "3", "1 kvällar")
        conversation = await story.taken_by(alva)
        await story.answers(alva, conversation, "Hej, Alva här. Jag är en person. Hur går det?")
        await story.writes("behöver nånstans att bo, kan inte bo kvar hemma")
        await story.answers(alva, conversation, "Det kan vi hjälpa till med. Jag ringer soc idag.")
        await close(house, alva, conversation, Outcome.HELP_BEGUN)
    async with _at(settings, 9) as (house, clock):
        await _Story(house, clock, "+46701740620").writes("hej igen, kan jag få prata med Alva")


async def _in_conversation(settings: Settings, elis: Member) -> None:
    async with _at(settings, 50) as (house, clock):
        story = _Story(house, clock, "+46701740621")
        await story.writes("hi", "english", "1", "2", "3", "2", "3", "1 after 6pm")
        conversation = await story.taken_by(elis)
        hours = SafeHours(
            datetime(2000, 1, 1, 18).time(),  # noqa: DTZ001 - a wall-clock time, not a moment
            datetime(2000, 1, 1, 22).time(),  # noqa: DTZ001 - as above
        )
        await set_safe_hours(house, elis, conversation, hours)
        await story.answers(
            elis, conversation, "Hi, Elis here. I'm a person and have read your answers."
        )
        await story.writes("they keep calling me. i want out but i dont know how")
        await write_note(
            house,
            elis,
            conversation,
            "Wants to meet away from home. Ask about tonight first.",
            form_key=uuid4(),
        )
        await story.answers(
            elis, conversation, "Are you somewhere safe tonight?", Delivery.UNDELIVERED
        )


async def _waiting(settings: Settings) -> None:
    async with _at(settings, 22) as (house, clock):
        story = _Story(house, clock, "+46701740622")
        await story.writes("Hej, jag är orolig för min bror", "1", "3", "3", "4", "3")
    async with _at(settings, 8) as (house, clock):
        story = _Story(house, clock, "+46701740623")
        await story.writes("tja", "ja", "nej", "nej", "3", "2", "1")
    async with _at(settings, 4) as (house, clock):
        story = _Story(house, clock, TELEGRAM[-1], Channel.TELEGRAM)
        await story.writes("hi", "1", "2")
    async with _at(settings, 1.5) as (house, clock):
        story = _Story(house, clock, "+46701740624")
        await story.writes("hej", "1", "dom står utanför min dörr")
