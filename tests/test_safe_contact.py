"""Ways, writing first and a watched telephone: logged, and enforced at writing and at sending."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update

from domain.contact_rules import Refusal
from domain.gate import Gate
from domain.member import Member, Role
from domain.message import Channel
from domain.need import Reason
from domain.safe_contact import Way
from handlers import shipped
from handlers.change_line import change_line
from handlers.errors import MayNotLeave, NotAllowed, NotYours
from handlers.give_reason import give_reason
from handlers.plan_text import plan_text
from handlers.receive import receive
from handlers.reply import reply
from handlers.resend import resend
from handlers.scripts import Scripts
from handlers.see_conversation import see_conversation
from handlers.seen import Happened, Said
from handlers.send import lease
from handlers.send_template import send_template
from handlers.set_gate import set_gate
from handlers.set_safe_contact import set_first, set_watched, set_ways
from handlers.step_in import join_talk
from handlers.step_triage import step_triage
from storage import audit_tables, tables
from tests.post import Post
from tests.world import LINE, World

WORDS = "Polisen och gänget"
OURS = {"safe_contact", "words_decided"}


async def open_talk(world: World) -> UUID:
    """A conversation that is the counsellor's, with an open gate and nothing on its way."""
    await world.text("hej")
    await world.text("1")
    talk = await world.taken()
    await set_gate(world.house, world.counsellor, talk, Gate.OPEN)
    await world.accept()
    return talk


async def refused(
    world: World, talk: UUID, body: str, *warned: str, asked: bool = False
) -> Refusal | None:
    key = uuid4()
    try:
        await reply(
            world.house, world.counsellor, talk, body, form_key=key, asked=asked, warned=warned
        )
    except MayNotLeave as error:
        return error.reason
    return None


async def last(world: World, talk: UUID) -> Said:
    thread = (await world.see(talk)).thread
    return [it for it in thread if isinstance(it, Said)][-1]


async def happened(world: World, talk: UUID) -> list[str]:
    return [it.kind for it in (await world.see(talk)).thread if isinstance(it, Happened)]


async def logged(world: World) -> list[tuple[str, str]]:
    a = audit_tables.audit.c
    async with world.house.db.read() as tx:
        rows = await tx.conn.execute(select(a.act, a.detail).order_by(a.number))
        return [
            (row.act, row.detail) for row in rows if row.act in {"safe_contact", "words_decided"}
        ]


async def test_words_that_betray_are_named_and_leave_with_a_second_press(
    world: World,
) -> None:
    talk = await open_talk(world)
    await set_watched(world.house, world.counsellor, talk, watched=True)
    with pytest.raises(MayNotLeave) as stopped:
        await world.reply(talk, WORDS)
    assert stopped.value.words == ("Polisen", "gänget")
    assert await refused(world, talk, WORDS, "Polisen") is Refusal.BETRAYS
    assert await refused(world, talk, WORDS + " och soc", "Polisen", "gänget") is Refusal.BETRAYS
    assert await refused(world, talk, WORDS, "Polisen", "gänget") is None
    (leased,) = await lease(world.house)
    assert leased.letter.body == WORDS
    assert ("words_decided", "") in await logged(world)


async def test_without_a_watched_telephone_nobody_is_warned(world: World) -> None:
    talk = await open_talk(world)
    assert await refused(world, talk, WORDS) is None
    assert len(await lease(world.house)) == 1


async def test_what_waits_already_is_looked_at_again_when_it_leaves(world: World) -> None:
    talk = await open_talk(world)
    await world.reply(talk, WORDS)
    await set_watched(world.house, world.counsellor, talk, watched=True)
    assert await lease(world.house) == []
    said = await last(world, talk)
    assert (said.delivery, said.refusal) == ("withheld", Refusal.BETRAYS)
    assert [task.refusal for task in (await world.queue()).tasks] == [Refusal.BETRAYS]
    with pytest.raises(MayNotLeave):
        await resend(world.house, world.counsellor, talk, said.id, form_key=uuid4(), asked=False)


async def test_a_scripted_text_that_waits_becomes_a_task_and_not_silence(world: World) -> None:
    await world.write("hej")
    await world.accept()
    await world.write("1")
    talk = await world.only()
    async with world.house.db.write() as tx:
        now = world.clock.now()
        await tx.conn.execute(update(tables.contacts).values(watched_at=now))
    leaving = await lease(world.house)
    while leaving:
        leaving = await lease(world.house)
    refusals = [it.refusal for it in (await world.see(talk)).thread if isinstance(it, Said)]
    assert Refusal.BETRAYS in refusals
    assert {task.refusal for task in (await world.queue()).tasks} == {Refusal.BETRAYS}
    assert (await world.see(talk)).row.trouble >= 1
    noted = [it for it in (await world.see(talk)).thread if isinstance(it, Said) and it.may_note]
    assert noted


async def test_nothing_is_planned_with_such_words(world: World) -> None:
    talk = await open_talk(world)
    await set_watched(world.house, world.counsellor, talk, watched=True)
    at = (
        world.clock.now().astimezone(world.house.zone).replace(tzinfo=None, second=0, microsecond=0)
    )
    later = at.replace(hour=(at.hour + 1) % 24) if at.hour < 23 else at
    with pytest.raises(MayNotLeave) as stopped:
        await plan_text(
            world.house, world.counsellor, talk, WORDS, later, form_key=uuid4(), asked=True
        )
    assert stopped.value.reason is Refusal.BETRAYS


async def test_by_a_way_that_is_not_agreed_nothing_leaves(world: World) -> None:
    talk = await open_talk(world)
    await world.reply(talk, "hej")
    await set_ways(world.house, world.counsellor, talk, frozenset({Way.CALL}))
    assert await lease(world.house) == []
    assert (await last(world, talk)).refusal == Refusal.WAY_NOT_AGREED
    assert await refused(world, talk, "hej igen", asked=True) is Refusal.WAY_NOT_AGREED
    await set_ways(world.house, world.counsellor, talk, frozenset({Way.SMS, Way.CALL}))
    assert await refused(world, talk, "hej igen") is None
    await set_ways(world.house, world.counsellor, talk, None)
    page = await world.see(talk)
    assert page.safe is not None
    assert not page.safe.ways_said


async def test_who_does_not_want_us_to_write_first_is_not_written_to_first(world: World) -> None:
    talk = await open_talk(world)
    await set_first(world.house, world.counsellor, talk, may=False)
    assert await refused(world, talk, "ett svar") is None
    world.clock.advance(hours=4)
    assert await refused(world, talk, "hur är det?", asked=True) is Refusal.NO_CONSENT
    await set_first(world.house, world.counsellor, talk, may=True)
    assert await refused(world, talk, "hur är det?", asked=True) is None


async def test_each_change_stands_in_the_thread_and_in_the_log_once(world: World) -> None:
    talk = await open_talk(world)
    for _ in range(2):
        await set_watched(world.house, world.counsellor, talk, watched=True)
        await set_ways(world.house, world.counsellor, talk, frozenset({Way.SMS}))
        await set_first(world.house, world.counsellor, talk, may=True)
    kinds = ["watched_on", "ways_set", "first_yes"]
    assert [kind for kind in await happened(world, talk) if kind in kinds] == kinds
    found = [(act, detail) for act, detail in await logged(world) if detail in kinds]
    assert found == [("safe_contact", kind) for kind in kinds]


async def changes(world: World, member: Member, talk: UUID) -> None:
    await set_watched(world.house, member, talk, watched=True)
    await set_ways(world.house, member, talk, frozenset({Way.SMS}))
    await set_first(world.house, member, talk, may=True)
    await set_gate(world.house, member, talk, Gate.CLOSED)


async def test_who_has_joined_changes_it_too_and_nobody_else_does(world: World) -> None:
    talk = await open_talk(world)
    other = await world.hired(world.house, "Bo", Role.COORDINATOR)
    reporter = await world.hired(world.house, "Cia", Role.REPORTER)
    with pytest.raises(NotYours):
        await set_watched(world.house, other, talk, watched=True)
    with pytest.raises(NotAllowed):
        await set_watched(world.house, reporter, talk, watched=True)
    assert (await happened(world, talk)).count("watched_on") == 0
    await join_talk(world.house, other, talk)
    await give_reason(world.house, other, talk, Reason.REVIEW)
    page = await see_conversation(world.house, other, talk, opening=False)
    assert page.safe is not None
    assert page.safe.mine
    await changes(world, other, talk)
    assert "watched_on" in await happened(world, talk)


async def test_the_approved_message_wants_a_tick_where_the_telephone_may_be_watched(
    world: World,
) -> None:
    line = "HX" + "a" * 32
    await change_line(world.house, LINE, whatsapp_template=line)
    for body in ("hej", "1"):
        await world.text(body, channel=Channel.WHATSAPP)
    talk = await world.taken()
    await set_watched(world.house, world.counsellor, talk, watched=True)
    world.clock.advance(hours=3)
    with pytest.raises(MayNotLeave) as stopped:
        await send_template(
            world.house, world.counsellor, talk, form_key=uuid4(), asked=False, seen=None
        )
    assert stopped.value.reason is Refusal.UNSEEN_WORDS
    await send_template(world.house, world.counsellor, talk, form_key=uuid4(), asked=True)
    assert [one.letter.template for one in await lease(world.house)] == [line]


async def older(world: World) -> World:
    """The same line with a script of before there were neutral texts."""
    before, _, after = shipped.source("exit").partition("\nneutral:\n")
    scripts = Scripts({"exit": before + "\ntests:" + after.partition("\ntests:")[2]})
    async with world.house.db.write() as tx:
        await scripts.keep(tx, world.clock.now())
    return replace(world, house=replace(world.house, scripts=scripts))


async def test_an_older_script_asks_nothing_there_and_a_person_is_called(world: World) -> None:
    world = await older(world)
    await world.text("hej, de kollar min mobil")
    assert await world.said() == ["(wait)"]
    assert (await world.queue()).waiting[0].marks >= {"watched"}
    assert {task.refusal for task in (await world.queue()).tasks} == {Refusal.BETRAYS}


async def test_an_older_script_says_112_there_all_the_same(world: World) -> None:
    world = await older(world)
    await receive(world.house, [world.message("de kollar min mobil. dom ska döda mig")])
    while await step_triage(world.house):
        pass
    (leased,) = await lease(world.house)
    assert "112" in leased.letter.body
    assert "tryggast" in leased.letter.body


async def test_who_agrees_to_a_follow_up_later_has_taken_back_their_no(
    world: World, post: Post
) -> None:
    talk = await open_talk(world)
    await set_first(world.house, world.counsellor, talk, may=False)
    closing = dict((await world.see(talk)).texts)["close"]
    await world.reply(talk, closing)
    await post.carry()
    await world.text("1")
    page = await world.see(talk)
    assert page.safe is not None
    assert page.safe.first == "yes"
