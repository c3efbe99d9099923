"""What is read or done where it is neither theirs nor waiting asks for a reason."""

import inspect
from uuid import UUID, uuid4

import pytest

from domain.access import Role
from domain.block import Lasts
from domain.block import Reason as Why
from domain.conversation import Outcome
from domain.deletion import Decline
from domain.duty import Kind, Within
from domain.duty import Outcome as Ends
from domain.member import Member
from domain.need import LASTS, Reason
from handlers.block import block, may_block
from handlers.close import close
from handlers.close_duty import Closing, close_duty
from handlers.confirm_deletion import decline_deletion
from handlers.errors import NeedsReason, UseCaseError
from handlers.give_reason import give_reason
from handlers.keep_draft import keep_note_draft
from handlers.raise_duty import raise_duty
from handlers.redact import redact
from handlers.see_deletion import see_deletion
from handlers.see_duties import see_duty, see_open
from handlers.see_handover import see_handover
from handlers.seen import Said
from handlers.stay_away import keep_away, see_away
from handlers.step_in import know_taken_over, take_over
from handlers.take import take
from handlers.write_note import write_note
from storage import duties, events
from tests.access_cases import PARTS
from tests.browser.scene import Scene
from tests.noted_handlers import reaches
from tests.test_access import _handed as handed
from tests.test_access import _public as public
from tests.world import World

ASKS = {
    "handlers.may_open.grounds", "handlers.may_open.must_open", "handlers.desk.owned",
    "handlers.desk.theirs",
}  # fmt: skip
"""Who owns it, or is with its counsellor, is asked for nothing more."""

FOUND = {
    "handlers.desk.found", "storage.conversations.by_id", "storage.conversations.locked",
    "storage.queue.of_conversation",
}  # fmt: skip
"""Whoever is handed something else, and comes to a conversation by it."""

ITS_COUNSELLORS = "from anybody but its counsellor it changes nothing"
QUESTION = "it is the question itself, or leads to it, and shows what a row of the queue does"
TASK = "it stands in the queue as a task, as what waits does, and shows no words"
BECOMES = "it becomes theirs before they see a word, which its counsellor and the log are told"
REGISTER = "its ground stands in the register, and it shows no words"

HOLD = "a coordinator keeps it from deletion on a ground of the list; it shows no words; logged"

ASKS_NOTHING = {
    "acknowledge.acknowledge": "whoever was woken says that they come; they read nothing by it",
    "ask_disclosure.ask_disclosure": REGISTER,
    "block.lift": "a coordinator, or whoever blocked, undoes it from the list of blocks",
    "confirm_deletion.confirm_deletion": TASK,
    "confirm_deletion.decline_deletion": TASK,
    "decide_disclosure.agree": REGISTER,
    "decide_disclosure.give": REGISTER,
    "decide_disclosure.refuse": REGISTER,
    "desk.found": "a part: each use case that calls it stands here or asks",
    "desk.must_not_stay_away": "a part: it asks the other question",
    "desk.standing_for": "a part: each use case that calls it stands here or asks",
    "export.export": "its ground is logged before a word is read; its form asks",
    "give_reason.give_reason": QUESTION,
    "hand_over.hand_over": ITS_COUNSELLORS,
    "look_into.look_into": "a part: whoever calls it has asked `may_look`",
    "hold.lift_hold": HOLD,
    "hold.put_hold": HOLD,
    "hold.see_holding": HOLD,
    "hold.see_standing": "a part: the page that shows it has asked",
    "keep_draft.keep_draft": ITS_COUNSELLORS,
    "keep_draft.keep_note_draft": "their own words, which they alone see, and only on its page",
    "note_shown.note_shown": ITS_COUNSELLORS,
    "note_trouble.note_trouble": TASK,
    "raise_duty.raise_duty": "nothing stands in the way of a report to protect a child; logged",
    "reassign.reassign": "the board's: it goes to somebody else, is logged and shows no words",
    "see_duties.whose": QUESTION,
    "see_reassigning.see_reassigning": "a coordinator's board shows the same row",
    "stay_away.keep_away": "it takes away and shows nothing",
    "stay_away.let_back": "a coordinator's, logged; it shows nothing",
    "step_in.join_talk": "who joins sees nothing by it, and its counsellor is told",
    "step_in.know_taken_over": "only who had it, and only that they know",
    "step_in.take_over": BECOMES,
    "take.take": "only what waits is taken",
    "take_up.note_follow_up": TASK,
    "take_up.take_up": BECOMES,
}
"""Whatever does not ask, and why it need not."""


@pytest.fixture
async def elis(world: World) -> Member:
    return await World.hired(world.house, "Elis")


@pytest.fixture
async def boss(world: World) -> Member:
    return await World.hired(world.house, "Bo", Role.COORDINATOR)


@pytest.fixture(params=["a colleague's", "closed"])
async def talk(world: World, request: pytest.FixtureRequest) -> UUID:
    """Alva's, or closed by her more than an hour ago."""
    await world.text("hej hemlig")
    talk = await world.only()
    await take(world.house, world.counsellor, talk)
    if request.param == "closed":
        await close(world.house, world.counsellor, talk, Outcome.OTHER)
        world.clock.advance(seconds=LASTS.total_seconds())
    return talk


def come_to_one() -> set[str]:
    return {
        name
        for name, use_case in public().items()
        if "conversation_id" in inspect.signature(use_case).parameters or reaches(name, FOUND)
    }


def test_every_use_case_that_comes_to_a_conversation_asks_or_says_why_not() -> None:
    some = come_to_one()
    assert len(some) > 60
    assert {name for name in some if not reaches(name, ASKS)} == ASKS_NOTHING.keys()


ALONE = sorted(
    name
    for name, use_case in public().items()
    if "conversation_id" in inspect.signature(use_case).parameters
    and name not in ASKS_NOTHING | dict.fromkeys([*PARTS, "give_reason.see_asked"])
)


async def test_whatever_asks_tells_and_changes_nothing_without_a_reason(
    world: World, talk: UUID, elis: Member, boss: Member
) -> None:
    """One conversation for all of them: it stays as it is, or the test fails."""
    wrong = []
    for name in ALONE:
        use_case = public()[name]
        for member in (elis, boss):
            before = await newest(world)
            given = handed(use_case, world, member) | {"conversation_id": talk}
            try:
                shown = await use_case(**given)
            except UseCaseError:
                shown = None
            if shown and name != "stay_away.see_away":
                wrong.append(f"{name} shows {member.name} {shown}")
            if await newest(world) != before:
                wrong.append(f"{name} by {member.name} changed something")
    assert wrong == []


async def newest(world: World) -> int:
    async with world.house.db.read() as tx:
        return await events.newest(tx)


async def first(world: World, talk: UUID) -> Said:
    house, alva = world.house, world.counsellor
    await give_reason(house, alva, talk, Reason.TASK)
    return next(one for one in (await world.see(talk)).thread if isinstance(one, Said))


async def test_redacting_asks_as_opening_does(world: World, talk: UUID, elis: Member) -> None:
    said = await first(world, talk)
    with pytest.raises(UseCaseError):
        await redact(world.house, elis, talk, said.id)
    assert (await first(world, talk)).body == "hej hemlig"


async def test_with_a_reason_it_is_redacted(world: World, elis: Member) -> None:
    await world.text("hej hemlig")
    talk = await world.only()
    await take(world.house, world.counsellor, talk)
    said = await first(world, talk)
    await close(world.house, world.counsellor, talk, Outcome.OTHER)
    world.clock.advance(seconds=LASTS.total_seconds())
    for member in (elis, world.counsellor):
        with pytest.raises(NeedsReason):
            await redact(world.house, member, talk, said.id)
    await give_reason(world.house, elis, talk, Reason.TASK)
    await redact(world.house, elis, talk, said.id)
    assert (await first(world, talk)).body is None


async def test_a_note_or_a_block_asks_and_with_a_reason_is_done(
    world: World, talk: UUID, boss: Member
) -> None:
    house = world.house
    with pytest.raises(NeedsReason):
        await write_note(house, boss, talk, "x", form_key=uuid4())
    with pytest.raises(NeedsReason):
        await block(house, boss, talk, Why.PRANKS, Lasts.DAY, say=False)
    with pytest.raises(NeedsReason):
        await may_block(house, boss, talk)
    await give_reason(house, boss, talk, Reason.REVIEW)
    await write_note(house, boss, talk, "x", form_key=uuid4())
    assert await may_block(house, boss, talk)
    await block(house, boss, talk, Why.PRANKS, Lasts.DAY, say=False)


async def test_what_would_be_deleted_is_told_where_it_waits_for_whoever_decides(
    world: World, elis: Member
) -> None:
    house, alva = world.house, world.counsellor
    await world.text("hej hemlig")
    talk = await world.only()
    await take(house, alva, talk)
    await world.text("RADERA")
    await world.text("RADERA JA")
    with pytest.raises(NeedsReason):
        await see_deletion(house, elis, talk)
    assert (await see_deletion(house, alva, talk)).asked_at is not None
    await close(house, alva, talk, Outcome.OTHER)
    world.clock.advance(seconds=LASTS.total_seconds())
    assert (await see_deletion(house, elis, talk)).asked_at is not None
    await decline_deletion(house, elis, talk, Decline.NEEDED)
    with pytest.raises(NeedsReason):
        await see_deletion(house, elis, talk)


async def test_what_has_to_be_reported_is_told_to_whoever_raised_it_and_to_coordinators(
    world: World, talk: UUID, elis: Member, boss: Member
) -> None:
    house, alva = world.house, world.counsellor
    await raise_duty(house, alva, talk, Kind.CHILD, Within.DAY, "hemlig")
    async with house.db.read() as tx:
        (owed,) = await duties.of_conversations(tx, [talk])
    ending = Closing(Ends.NOT_NEEDED, None, None, "redan gjort")
    assert await see_open(house, elis, talk) == ()
    for deed in (see_duty(house, elis, owed.id), close_duty(house, elis, owed.id, ending)):
        with pytest.raises(NeedsReason):
            await deed
    assert (await see_duty(house, boss, owed.id)).needs_reason
    await see_duty(house, alva, owed.id)
    await give_reason(house, elis, talk, Reason.DANGER)
    assert len(await see_open(house, elis, talk)) == 1
    assert (await see_duty(house, elis, owed.id)).kind is Kind.CHILD
    await close_duty(house, elis, owed.id, ending)


async def test_who_must_stay_away_is_told_to_coordinators_and_whoever_may_open_it(
    world: World, talk: UUID, elis: Member, boss: Member
) -> None:
    house = world.house
    ines = await World.hired(house, "Ines")
    await keep_away(house, boss, talk, ines.id)
    assert (await see_away(house, elis, talk)).others == ()
    assert [one.name for one in (await see_away(house, boss, talk)).others] == ["Ines"]
    await give_reason(house, elis, talk, Reason.COLLEAGUE)
    assert [one.name for one in (await see_away(house, elis, talk)).others] == ["Ines"]


async def test_nobody_says_that_they_know_what_they_were_never_told(
    world: World, elis: Member, boss: Member
) -> None:
    await world.text("hej hemlig")
    talk = await world.only()
    await take(world.house, world.counsellor, talk)
    await take_over(world.house, boss, talk, world.counsellor.id)
    for member, says in ((elis, 0), (world.counsellor, 1), (world.counsellor, 0)):
        async with world.house.db.read() as tx:
            before = await events.newest(tx)
        await know_taken_over(world.house, member, talk)
        async with world.house.db.read() as tx:
            assert await events.newest(tx) - before == says


async def test_a_draft_from_outside_is_seen_by_nobody(
    world: World, talk: UUID, elis: Member
) -> None:
    await keep_note_draft(world.house, elis, talk, "mitt")
    await give_reason(world.house, world.counsellor, talk, Reason.TASK)
    assert (await world.see(talk)).note_draft == ""
    with pytest.raises(NeedsReason):
        await see_handover(world.house, elis, talk)


async def test_words_of_a_note_that_comes_too_late_are_given_back(scene: Scene) -> None:
    await scene.elis.post(f"{scene.path}/why", why="colleague")
    await scene.taken()
    scene.world.clock.advance(hours=2)
    kept = await scene.elis.post(f"{scene.path}/note", note="mina ord", form_key=str(uuid4()))
    assert "mina ord" in kept.text
    assert "Why do you open it?" in kept.text
    assert "hemlig" not in kept.text
    said = (await scene.said())[0].id
    asked = await scene.elis.post(f"{scene.path}/messages/{said}/redact")
    assert "hemlig" not in asked.text
    assert "hemlig" in (await scene.alva.get(scene.path)).text
