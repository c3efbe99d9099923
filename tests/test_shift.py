"""A shift is started and ended by hand, and ends with nobody left behind."""

import asyncio
import re
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from domain.conversation import Outcome
from domain.member import Member, Role
from handlers.close import close
from handlers.debrief import answer_debrief
from handlers.errors import BadInput, CaseloadFull, NotAllowed, NotYours, StillYours
from handlers.hand_over import Handed, hand_over
from handlers.house import House
from handlers.invite import revoke
from handlers.receive import receive
from handlers.release import release
from handlers.see_handover import see_ending, see_handover
from handlers.seen import Happened, Noted
from handlers.take import take
from handlers.work_shift import end_shift, start_shift
from storage import debriefs, worked
from tests.branches import branches
from tests.browser.scene import Scene
from tests.world import PHONE, World

TO_QUEUE = Handed(None, "Vill ses på torsdag", "Vi ringer kl 10")


@pytest.fixture
async def elis(world: World) -> Member:
    return await world.hired(world.house, "Elis")


@pytest.fixture
async def talk(world: World) -> UUID:
    await world.text("hej")
    return await world.taken()


async def at_work(house: House, member: Member) -> bool:
    async with house.db.read() as tx:
        return member.id in await worked.there(tx, house.now())


async def test_a_shift_begins_and_ends_by_hand_once(world: World) -> None:
    alva, house = world.counsellor, world.house
    assert (await world.queue()).shift.since is None
    began = world.clock.now()
    await start_shift(house, alva)
    world.clock.advance(hours=1)
    await start_shift(house, alva)
    assert (await world.queue()).shift.since == began
    for _ in range(2):
        await end_shift(house, alva)
        assert not await at_work(house, alva)
    await start_shift(house, alva)
    assert (await world.queue()).shift.since == world.clock.now()
    assert await world.count("worked_shifts") == 2


async def test_one_who_starts_in_many_processes_at_once_is_at_work_once(
    world: World, database_url: str
) -> None:
    async with branches(world.house, database_url, 3) as houses:
        await asyncio.gather(*(start_shift(house, world.counsellor) for house in houses))
    assert await world.count("worked_shifts") == 1


async def test_a_shift_that_was_forgotten_counts_for_nothing_in_the_end(world: World) -> None:
    await start_shift(world.house, world.counsellor)
    world.clock.advance(hours=16)
    assert not await at_work(world.house, world.counsellor)
    await start_shift(world.house, world.counsellor)
    assert await at_work(world.house, world.counsellor)


@pytest.mark.parametrize("role", [Role.ADMIN, Role.REPORTER])
async def test_roles_that_do_not_read_have_no_shift(world: World, role: Role) -> None:
    lesser = await world.hired(world.house, "Bo", role)
    for act in (start_shift, end_shift, see_ending):
        with pytest.raises(NotAllowed):
            await act(world.house, lesser)


async def test_whoever_takes_is_at_work_and_cannot_end_with_a_conversation(
    world: World, talk: UUID
) -> None:
    assert await at_work(world.house, world.counsellor)
    with pytest.raises(StillYours) as told:
        await end_shift(world.house, world.counsellor)
    assert told.value.held == 1
    await release(world.house, world.counsellor, talk)
    await end_shift(world.house, world.counsellor)
    assert not await at_work(world.house, world.counsellor)


async def test_what_is_handed_over_says_to_the_next_what_they_need(
    world: World, talk: UUID, elis: Member
) -> None:
    alva, house, key = world.counsellor, world.house, uuid4()
    await world.reply(talk, "Jag läser.", asked=True)
    await world.text("tack, kan vi ses")
    handed = Handed(elis.id, "  Vill ses på torsdag ", "Vi ringer kl 10")
    for _ in range(2):
        await hand_over(house, alva, talk, handed, form_key=key)
    (row,) = (await world.queue(elis)).mine
    assert row.handed_over
    it = await see_handover(house, elis, talk)
    assert it.mine
    assert it.note is not None
    assert (it.note.body, it.note.counsellor) == ("Vill ses på torsdag", "Alva")
    assert it.promised is not None
    assert it.promised.body == "Vi ringer kl 10"
    assert [one.body for one in it.last] == ["hej", "Jag läser.", "tack, kan vi ses"]
    thread = (await world.see(talk)).thread
    assert [it.purpose for it in thread if isinstance(it, Noted)] == ["handover", "promised"]
    assert [it.kind for it in thread if isinstance(it, Happened)] == ["taken", "transferred"]
    await end_shift(house, alva)


async def test_a_later_handover_without_a_promise_does_not_bring_the_old_one(
    world: World, talk: UUID, elis: Member
) -> None:
    first = Handed(elis.id, "det första", "det lovade")
    await hand_over(world.house, world.counsellor, talk, first, form_key=uuid4())
    world.clock.advance(minutes=1)
    await hand_over(world.house, elis, talk, Handed(None, "det andra", " "), form_key=uuid4())
    it = await see_handover(world.house, world.counsellor, talk)
    assert it.note is not None
    assert (it.note.body, it.promised) == ("det andra", None)


async def test_the_handover_is_read_once_somebody_has_answered(
    world: World, talk: UUID, elis: Member
) -> None:
    await hand_over(world.house, world.counsellor, talk, TO_QUEUE, form_key=uuid4())
    (row,) = (await world.queue(elis)).waiting
    assert (row.handed_over, row.earlier_counsellor) == (True, "Alva")
    await take(world.house, world.counsellor, talk)
    assert (await world.queue()).mine[0].handed_over
    await world.reply(talk, "Hej igen.", asked=True)
    assert not (await world.queue()).mine[0].handed_over


async def test_what_cannot_be_handed_over_stays_and_leaves_no_note(
    world: World, talk: UUID, elis: Member
) -> None:
    alva, house = world.counsellor, world.house
    noor = await world.hired(house, "Noor", Role.ADMIN)
    for wrong, error in (
        (Handed(None, " ", ""), BadInput),
        (Handed(None, "x" * 5001, ""), BadInput),
        (Handed(None, "x", "y" * 5001), BadInput),
        (Handed(noor.id, "x", ""), BadInput),
        (Handed(alva.id, "x", ""), BadInput),
        (Handed(uuid4(), "x", ""), BadInput),
    ):
        with pytest.raises(error):
            await hand_over(house, alva, talk, wrong, form_key=uuid4())
    with pytest.raises(NotYours):
        await hand_over(house, elis, talk, TO_QUEUE, form_key=uuid4())
    for phone in ("+46701740620", "+46701740621"):
        await world.text("hej", phone)
    for row in (await world.queue(elis)).waiting:
        await take(house, elis, row.id)
    with pytest.raises(CaseloadFull):
        await hand_over(house, alva, talk, Handed(elis.id, "x", ""), form_key=uuid4())
    (full,) = (await see_ending(house, alva)).colleagues
    assert (full.name, full.held, full.full) == ("Elis", 2, "full")
    assert await world.count("notes") == 0
    assert (await world.queue()).mine[0].id == talk


async def test_whoever_is_at_work_and_has_least_is_named_first(
    world: World, talk: UUID, elis: Member
) -> None:
    caro = await world.hired(world.house, "Caro")
    await start_shift(world.house, elis)
    found = (await see_ending(world.house, world.counsellor)).colleagues
    assert [(one.name, one.at_work, one.held) for one in found] == [
        ("Elis", True, 0), ("Caro", False, 0),
    ]  # fmt: skip
    assert caro.id == found[1].id


async def test_a_text_that_arrives_while_a_shift_ends_reaches_whoever_is_next(
    world: World, talk: UUID, elis: Member, database_url: str
) -> None:
    await world.reply(talk, "Vi hörs.", asked=True)
    async with branches(world.house, database_url, 2) as (one, two):

        async def goes_home() -> None:
            await hand_over(one, world.counsellor, talk, TO_QUEUE, form_key=uuid4())
            await end_shift(one, world.counsellor)

        texts = [world.message(f"är du kvar {n}", PHONE) for n in range(4)]
        await asyncio.gather(goes_home(), *(receive(two, [text]) for text in texts))
    (row,) = (await world.queue(elis)).waiting
    assert (row.id, row.unread, row.owner) == (talk, 4, None)
    assert row.wait.since <= world.clock.now()
    assert not await at_work(world.house, world.counsellor)
    await take(world.house, elis, talk)


async def test_a_text_that_opens_it_again_while_the_shift_ends_is_nobodys(
    world: World, talk: UUID, elis: Member, database_url: str
) -> None:
    async with branches(world.house, database_url, 2) as (one, two):

        async def goes_home() -> None:
            await close(one, world.counsellor, talk, Outcome.OTHER)
            await end_shift(one, world.counsellor)

        await asyncio.gather(goes_home(), receive(two, [world.message("en sak till")]))
    await receive(world.house, [world.message("hallå")])
    (row,) = (await world.queue(elis)).waiting
    assert (row.id, row.offered_until) == (talk, None)


async def test_who_takes_and_goes_home_at_once_is_either_refused_or_at_work(
    world: World, database_url: str
) -> None:
    await world.text("hej")
    conversation = await world.only()
    await start_shift(world.house, world.counsellor)
    async with branches(world.house, database_url, 2) as (one, two):
        took, ended = await asyncio.gather(
            take(one, world.counsellor, conversation),
            end_shift(two, world.counsellor),
            return_exceptions=True,
        )
    assert took is None
    assert ended is None or isinstance(ended, StillYours)
    assert await at_work(world.house, world.counsellor)


async def test_who_is_revoked_on_shift_is_not_at_work_and_what_they_had_waits(
    world: World, talk: UUID, elis: Member
) -> None:
    await revoke(world.house, "Alva")
    assert not await at_work(world.house, world.counsellor)
    assert [row.id for row in (await world.queue(elis)).waiting] == [talk]
    for act in (start_shift, end_shift):
        with pytest.raises(NotAllowed):
            await act(world.house, world.counsellor)
    await take(world.house, elis, talk)


async def test_handing_over_and_revoking_at_once_leaves_it_with_nobody_who_is_gone(
    world: World, talk: UUID, elis: Member, database_url: str
) -> None:
    async with branches(world.house, database_url, 2) as (one, two):
        handed = Handed(elis.id, "x", "")
        await asyncio.gather(
            hand_over(one, world.counsellor, talk, handed, form_key=uuid4()),
            revoke(two, "Elis"),
            return_exceptions=True,
        )
    owner = (await world.see(talk)).row.owner
    assert owner in {None, "Alva"}


async def test_after_a_p1_its_counsellor_is_asked_once_and_only_yes_or_no_is_kept(
    world: World, talk: UUID, elis: Member
) -> None:
    alva, house = world.counsellor, world.house
    await close(house, alva, talk, Outcome.OTHER)
    assert (await world.queue()).shift.debriefs == ()
    world.clock.advance(minutes=5)
    await world.text("de ska döda mig")
    await take(house, alva, talk)
    with pytest.raises(NotYours):
        await close(house, elis, talk, Outcome.OTHER)
    await close(house, alva, talk, Outcome.OTHER)
    (asked,) = (await world.queue()).shift.debriefs
    assert world.clock.now() - asked.asked_at < timedelta(seconds=1)
    assert (await world.queue(elis)).shift.debriefs == ()
    await answer_debrief(house, elis, asked.id, done=True)
    assert (await world.queue()).shift.debriefs == (asked,)
    for done in (False, True):
        await answer_debrief(house, alva, asked.id, done=done)
    assert (await world.queue()).shift.debriefs == ()
    async with house.db.read() as tx:
        (row,) = await tx.conn.execute(debriefs.T.done.table.select())
    assert row.done is False
    assert set(row._mapping) == {"id", "member_id", "asked_at", "answered_at", "done"}


async def test_a_shift_by_the_pages_without_a_script(scene: Scene) -> None:
    world = scene.world
    await scene.alva.post("/shift/start")
    assert "At work since" in (await scene.alva.get("/queue")).text
    await scene.taken()
    answer = await scene.alva.post("/shift/end")
    assert answer.status_code == 409
    assert "Hand over each of them here" in answer.text
    key = str(uuid4())
    words = {"note": "mina egna ord", "promised": "ett löfte", "form_key": key}
    wrong = await scene.alva.post(f"{scene.path}/hand-over", **words)
    assert wrong.status_code == 422
    assert "mina egna ord" in wrong.text
    assert "ett löfte" in wrong.text
    over = {"to": str(scene.elis_member.id)} | words
    answer = await scene.alva.post(f"{scene.path}/hand-over", **over)
    assert answer.headers["location"] == "/shift/end"
    page = (await scene.elis.get(f"{scene.path}/handover")).text
    assert re.search(r'class="chip tier-\d">P\d</span>', page)
    for said in ("mina egna ord", "ett löfte", "Alva", "en hemlig text"):
        assert said in page
    assert f'href="{scene.path}/handover"' in (await scene.elis.get("/queue")).text
    assert (await scene.admin.get(f"{scene.path}/handover")).status_code == 403
    for path in ("/shift/end", f"{scene.path}/handover"):
        assert (await scene.stranger.get(path)).headers["location"] == "/login"
    assert (await scene.alva.post("/shift/end")).headers["location"] == "/queue"
    assert "You have not started your shift." in (await scene.alva.get("/queue")).text
    assert await scene.replies() == []
    assert not await at_work(world.house, world.counsellor)


async def test_the_debrief_is_answered_on_the_queue_page(scene: Scene) -> None:
    await scene.world.text("de ska döda mig")
    await scene.taken()
    await close(scene.world.house, scene.world.counsellor, scene.talk, Outcome.OTHER)
    page = (await scene.alva.get("/queue")).text
    asked = re.search(r'action="(/debriefs/[0-9a-f-]{36})"', page)
    assert asked is not None
    assert page.index('id="on-call"') < asked.start()  # nobody who waits is pushed down by it
    assert "Talk it through with somebody" not in (await scene.elis.get("/queue")).text
    assert (await scene.alva.post(asked[1], done="maybe")).status_code == 422
    await scene.alva.post(asked[1], done="yes")
    assert "Talk it through with somebody" not in (await scene.alva.get("/queue")).text
