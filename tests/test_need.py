"""What is neither theirs nor waiting is opened for a reason that is written down."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from domain.access import Role
from domain.block import Lasts
from domain.block import Reason as Why
from domain.conversation import Outcome, State
from domain.member import Member
from domain.need import LASTS, Reason, is_open_to
from handlers.ask_help import ask_help
from handlers.block import block
from handlers.close import close
from handlers.errors import NeedsReason, NotAllowed, NotFound
from handlers.find import ask, find
from handlers.give_reason import give_reason, see_asked
from handlers.hand_over import Handed, hand_over
from handlers.reassign import reassign
from handlers.release import release
from handlers.see_conversation import see_conversation
from handlers.see_handover import see_handover
from handlers.step_in import join_talk, take_over
from handlers.take import take
from handlers.transfer import transfer
from staff.words import LANGUAGES, words
from storage import audit, conversations, pages, reading_reasons
from storage.pages import Kind, Wanted
from tests.browser.scene import Scene
from tests.world import World


@pytest.fixture
async def elis(world: World) -> Member:
    return await World.hired(world.house, "Elis")


@pytest.fixture
async def boss(world: World) -> Member:
    return await World.hired(world.house, "Bo", Role.COORDINATOR)


@pytest.fixture
async def talk(world: World) -> UUID:
    """It waits."""
    await world.text("hej hemlig")
    return await world.only()


async def opens(world: World, member: Member, talk: UUID) -> bool:
    """On every way on which what was written is shown, alike."""
    found = set()
    for see in (see_conversation, see_handover):
        try:
            await see(world.house, member, talk)
            found.add(True)
        except NeedsReason as error:
            assert error.conversation_id == talk
            found.add(False)
    search = await find(world.house, member, await ask(world.house, member, "hemlig"))
    found.add(bool([one.passages for one in search.found if one.row.id == talk]))
    (answer,) = found
    return answer


async def noted(world: World) -> list[tuple[str, UUID | None, str]]:
    async with world.house.db.read() as tx:
        found = [e async for e in audit.entries(tx)]
    return [(e.act, e.member_id, e.detail) for e in found if e.act in {"opened", "reason"}]


@pytest.mark.parametrize(
    ("state", "owner", "answer"),
    [
        (State.WAITING, None, True), (State.OWNED, 1, True), (State.OWNED, 2, False),
        (State.CLOSED, None, False),
    ],
)  # fmt: skip
def test_what_is_theirs_and_what_waits_is_open(
    state: State, owner: int | None, answer: bool
) -> None:
    assert is_open_to(state, owner, 1) is answer


async def test_what_waits_and_what_is_ones_own_never_asks(
    world: World, talk: UUID, elis: Member
) -> None:
    assert await opens(world, elis, talk)
    await take(world.house, elis, talk)
    world.clock.advance(hours=30)
    assert await opens(world, elis, talk)
    assert "reason" not in {act for act, _, _ in await noted(world)}
    assert {detail for _, _, detail in await noted(world)} == {"waiting", "own"}


async def test_a_colleagues_asks_and_the_reason_is_written_down(
    world: World, talk: UUID, elis: Member
) -> None:
    await take(world.house, world.counsellor, talk)
    before = await noted(world)
    assert not await opens(world, elis, talk)
    assert await noted(world) == before
    asked = await see_asked(world.house, elis, talk)
    assert (asked.owner, asked.state, asked.needed) == ("Alva", "owned", True)
    await give_reason(world.house, elis, talk, Reason.COLLEAGUE)
    assert not (await see_asked(world.house, elis, talk)).needed
    assert await opens(world, elis, talk)
    after = (await noted(world))[len(before) :]
    assert after[0] == ("reason", elis.id, "colleague")
    assert set(after[1:]) == {("opened", elis.id, "others colleague")}


async def test_a_reason_counts_for_an_hour_for_one_member_and_one_conversation(
    world: World, talk: UUID, elis: Member, boss: Member
) -> None:
    await take(world.house, world.counsellor, talk)
    await give_reason(world.house, elis, talk, Reason.DANGER)
    assert not await opens(world, boss, talk)
    world.clock.advance(seconds=LASTS.total_seconds() - 1)
    assert await opens(world, elis, talk)
    world.clock.advance(seconds=1)
    assert not await opens(world, elis, talk)
    await give_reason(world.house, elis, talk, Reason.TASK)
    assert await opens(world, elis, talk)
    await world.text("hemlig annan", "+46701740611")
    other = next(row.id for row in (await world.queue()).waiting if row.id != talk)
    await take(world.house, world.counsellor, other)
    with pytest.raises(NeedsReason):
        await see_conversation(world.house, elis, other)


async def test_what_was_closed_asks(world: World, talk: UUID, elis: Member) -> None:
    await take(world.house, world.counsellor, talk)
    await close(world.house, world.counsellor, talk, Outcome.OTHER)
    assert not await opens(world, elis, talk)
    await give_reason(world.house, elis, talk, Reason.TASK)
    assert await opens(world, elis, talk)
    assert ("opened", elis.id, "closed task") in await noted(world)


Deed = Callable[[World, UUID, Member, Member], Awaitable[None]]


async def _close(world: World, talk: UUID, _elis: Member, _boss: Member) -> None:
    await close(world.house, world.counsellor, talk, Outcome.OTHER)


async def _transfer(world: World, talk: UUID, elis: Member, _boss: Member) -> None:
    await transfer(world.house, world.counsellor, talk, elis.id)


async def _release(world: World, talk: UUID, elis: Member, _boss: Member) -> None:
    await release(world.house, world.counsellor, talk)
    await take(world.house, elis, talk)


async def _hand_over(world: World, talk: UUID, elis: Member, _boss: Member) -> None:
    handed = Handed(elis.id, "läs", "")
    await hand_over(world.house, world.counsellor, talk, handed, form_key=uuid4())


async def _reassign(world: World, talk: UUID, elis: Member, boss: Member) -> None:
    await reassign(world.house, boss, talk, world.counsellor.id, elis.id)


async def _take_over(world: World, talk: UUID, _elis: Member, boss: Member) -> None:
    await take_over(world.house, boss, talk, world.counsellor.id)


async def _block(world: World, talk: UUID, _elis: Member, boss: Member) -> None:
    await give_reason(world.house, boss, talk, Reason.COLLEAGUE)
    await block(world.house, boss, talk, Why.PRANKS, Lasts.DAY, say=False)


@pytest.mark.parametrize(
    "deed", [_close, _transfer, _release, _hand_over, _reassign, _take_over, _block]
)
async def test_what_was_theirs_until_just_now_stays_before_them_for_an_hour(
    world: World, talk: UUID, elis: Member, boss: Member, deed: Deed
) -> None:
    await take(world.house, world.counsellor, talk)
    await deed(world, talk, elis, boss)
    assert await opens(world, world.counsellor, talk)
    assert (await noted(world))[-1][2].endswith(" had_it")
    world.clock.advance(seconds=LASTS.total_seconds())
    assert not await opens(world, world.counsellor, talk)


async def test_who_answers_a_call_for_help_is_not_asked(
    world: World, talk: UUID, elis: Member, boss: Member
) -> None:
    ines = await World.hired(world.house, "Ines", Role.COORDINATOR)
    await take(world.house, world.counsellor, talk)
    assert not await opens(world, boss, talk)
    await ask_help(world.house, world.counsellor, talk)
    assert await opens(world, boss, talk)
    assert await opens(world, ines, talk)
    assert not await opens(world, elis, talk)
    await join_talk(world.house, boss, talk)
    assert await opens(world, boss, talk)
    assert not await opens(world, ines, talk)
    assert ("opened", boss.id, "others help") in await noted(world)


async def test_who_joins_unasked_says_why(world: World, talk: UUID, boss: Member) -> None:
    await take(world.house, world.counsellor, talk)
    await join_talk(world.house, boss, talk)
    assert not await opens(world, boss, talk)


async def test_who_was_woken_because_of_it_is_not_asked_while_it_calls(
    world: World, elis: Member
) -> None:
    await world.text("jag tänker döda mig hemlig")
    talk = await world.only()
    await take(world.house, world.counsellor, talk)
    assert not await opens(world, elis, talk)
    async with world.house.db.write() as tx:
        await pages.add(tx, [Wanted(Kind.NEEDED, elis.id, None, talk)], world.clock.now())
        found = await conversations.locked(tx, talk)
        assert found is not None
        await conversations.ring_anew(tx, found, world.clock.now(), world.house.pace)
    assert await opens(world, elis, talk)
    assert ("opened", elis.id, "others paged") in await noted(world)
    world.clock.advance(seconds=LASTS.total_seconds() + 1)
    assert not await opens(world, elis, talk)


async def test_a_role_that_does_not_read_gives_no_reason(world: World, talk: UUID) -> None:
    admin = await World.hired(world.house, "Noor", Role.ADMIN)
    for deed in (give_reason(world.house, admin, talk, Reason.OTHER),
                 see_asked(world.house, admin, talk)):  # fmt: skip
        with pytest.raises(NotAllowed):
            await deed
    with pytest.raises(NotFound):
        await give_reason(world.house, world.counsellor, uuid4(), Reason.OTHER)


async def test_reasons_that_ran_out_are_not_kept(world: World, talk: UUID, elis: Member) -> None:
    await give_reason(world.house, elis, talk, Reason.OTHER)
    world.clock.advance(hours=2)
    await world.text("hemlig annan", "+46701740611")
    other = next(row.id for row in (await world.queue()).waiting if row.id != talk)
    await give_reason(world.house, elis, other, Reason.OTHER)
    assert await world.count("reading_reasons") == 1
    async with world.house.db.read() as tx:
        now = world.clock.now()
        assert await reading_reasons.given(tx, [talk, other], elis.id, now) == {other: "other"}
        later = now + timedelta(hours=1)
        assert await reading_reasons.given(tx, [talk, other], elis.id, later) == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_has_words(language: str) -> None:
    said = words(language).entries.keys()
    assert {f"audit.reason.{reason}" for reason in (*Reason, "had_it", "help", "paged")} <= said


# Pages


async def test_every_address_that_shows_words_asks_first(scene: Scene) -> None:
    await scene.taken()
    for path in (scene.path, f"{scene.path}/thread", f"{scene.path}/handover"):
        answer = await scene.elis.get(path)
        assert answer.status_code == 303, path
        assert answer.headers["location"] == f"{scene.path}/why"
    fragment = await scene.elis.get(f"{scene.path}/thread", **{"hx-request": "true"})
    assert (fragment.headers["hx-redirect"], fragment.text) == (f"{scene.path}/why", "")
    page = await scene.elis.get(f"{scene.path}/why")
    assert page.status_code == 200
    assert "Why do you open it?" in page.text
    assert "hemlig" not in page.text
    found = (await scene.elis.post("/find", words="hemlig text")).headers["location"]
    found_page = (await scene.elis.get(found)).text
    assert "Nothing was found." in found_page
    assert "1 other was not." in found_page
    assert "<mark>" not in found_page
    wrong = await scene.elis.post(f"{scene.path}/why", why="because")
    assert wrong.status_code == 422
    assert "Choose why" in wrong.text
    given = await scene.elis.post(f"{scene.path}/why", why="review")
    assert given.headers["location"] == scene.path
    for path in (scene.path, f"{scene.path}/thread", f"{scene.path}/handover"):
        assert "hemlig" in (await scene.elis.get(path)).text, path
    assert "<mark>" in (await scene.elis.get(found)).text
    again = await scene.elis.get(f"{scene.path}/why")
    assert again.headers["location"] == scene.path


async def test_nobody_who_has_it_or_may_take_it_is_asked(scene: Scene) -> None:
    assert "hemlig" in (await scene.elis.get(scene.path)).text
    await scene.taken()
    assert "hemlig" in (await scene.alva.get(scene.path)).text
    closed = await scene.alva.post(f"{scene.path}/close", outcome="other")
    assert "hemlig" in (await scene.alva.get(closed.headers["location"])).text


async def test_words_that_come_too_late_are_given_back_with_the_question(scene: Scene) -> None:
    await scene.taken()
    await take_over_by_elis(scene)
    scene.world.clock.advance(hours=1)
    sent = await scene.alva.post(f"{scene.path}/reply", reply="mina ord", form_key=str(uuid4()))
    assert sent.status_code == 409
    assert "mina ord" in sent.text
    assert "hemlig" not in sent.text


async def take_over_by_elis(scene: Scene) -> None:
    await release(scene.world.house, scene.world.counsellor, scene.talk)
    await take(scene.world.house, scene.elis_member, scene.talk)
