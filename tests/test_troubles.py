"""What did not reach a contact is a task until somebody has seen to it."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update

from domain.conversation import Outcome
from domain.delivery import Delivery
from domain.gate import Gate
from domain.member import Member, Role
from domain.message import Author
from handlers.close import close
from handlers.errors import BadInput, NotAllowed, NotFound, NotYours
from handlers.note_trouble import note_trouble
from handlers.release import release
from handlers.resend import resend
from handlers.see_queue import see_queue
from handlers.seen import Said, Task
from storage import contacts, outbox, tables
from tests.browser.scene import Scene
from tests.world import World, became


async def tasks(world: World, member: Member | None = None) -> list[Task]:
    return list((await see_queue(world.house, member or world.counsellor)).tasks)


async def fails(world: World, state: Delivery = Delivery.FAILED, code: int = 30003) -> None:
    """What waits to leave comes to this."""
    async with world.house.db.write() as tx:
        now = world.clock.now()
        (row,) = await outbox.sendable(tx, now, 10)
        await outbox.lease(tx, [row], now, now)
        await became(tx, row.id, state, now, error_code=code)


async def undelivered(world: World, state: Delivery = Delivery.FAILED) -> tuple[UUID, UUID]:
    """A conversation whose counsellor's text did not arrive, and that text."""
    await world.text("hej")
    talk = await world.taken()
    await world.reply(talk, "hör du mig", asked=True)
    await fails(world, state)
    return talk, await text_of(world, talk)


async def text_of(world: World, talk: UUID) -> UUID:
    thread = (await world.see(talk)).thread
    return [i.id for i in thread if isinstance(i, Said) and i.author is Author.COUNSELLOR][-1]


async def trouble_in_row(world: World) -> int:
    queue = await world.queue()
    return sum(row.trouble for row in (*queue.waiting, *queue.mine, *queue.others))


@pytest.mark.parametrize("state", [Delivery.FAILED, Delivery.UNKNOWN])
async def test_a_reply_that_did_not_arrive_is_a_task_until_it_is_noted(
    world: World, state: Delivery
) -> None:
    talk, text = await undelivered(world, state)
    (task,) = await tasks(world)
    assert (task.conversation_id, task.message_id, task.delivery) == (talk, text, state)
    assert (task.counsellor, task.mine, task.closed) == ("Alva", True, False)
    assert task.alias == (await world.queue()).mine[0].alias
    for _ in range(2):
        await note_trouble(world.house, world.counsellor, talk, text)
    assert await tasks(world) == []
    assert await trouble_in_row(world) == 0
    noted = [i for i in (await world.see(talk)).thread if getattr(i, "kind", "") == "trouble_noted"]
    assert len(noted) == 1


async def test_sent_again_it_is_none_and_when_that_fails_too_it_is_one(world: World) -> None:
    talk, text = await undelivered(world)
    await resend(world.house, world.counsellor, talk, text, form_key=uuid4(), asked=True)
    assert await tasks(world) == []
    await fails(world)
    assert [task.message_id for task in await tasks(world)] == [text]


async def test_noted_while_unknown_it_is_a_task_again_when_it_surely_did_not_arrive(
    world: World,
) -> None:
    talk, text = await undelivered(world, Delivery.UNKNOWN)
    await note_trouble(world.house, world.counsellor, talk, text)
    async with world.house.db.write() as tx:
        row = (await outbox.of_conversation(tx, talk))[text]
        await became(tx, row.id, Delivery.UNDELIVERED, world.clock.now())
    assert [task.delivery for task in await tasks(world)] == [Delivery.UNDELIVERED]


async def test_what_nobody_can_be_asked_about_is_told_apart_from_what_is_being_asked(
    world: World,
) -> None:
    talk, text = await undelivered(world, Delivery.UNKNOWN)
    assert [task.unsettled for task in await tasks(world)] == [False]
    o = tables.outbox
    async with world.house.db.write() as tx:
        await tx.conn.execute(update(o).where(o.c.message_id == text).values(pending=False))
    assert [task.unsettled for task in await tasks(world)] == [True]
    await note_trouble(world.house, world.counsellor, talk, text)
    assert await tasks(world) == []


async def test_what_arrived_after_all_is_no_task_and_cannot_be_noted(world: World) -> None:
    talk, text = await undelivered(world, Delivery.UNKNOWN)
    async with world.house.db.write() as tx:
        row = (await outbox.of_conversation(tx, talk))[text]
        await became(tx, row.id, Delivery.DELIVERED, world.clock.now())
    assert await tasks(world) == []
    with pytest.raises(BadInput):
        await note_trouble(world.house, world.counsellor, talk, text)


async def test_words_that_were_held_back_are_a_task_and_the_machines_are_not(
    world: World,
) -> None:
    await world.text("hej")
    talk = await world.taken()
    await world.reply(talk, "hör du mig", asked=True)
    async with world.house.db.write() as tx:
        found = (await tx.conn.execute(select(tables.contacts.c.id))).scalar_one()
        await contacts.set_gate(tx, found, Gate.CLOSED)
        await tx.conn.execute(
            update(tables.outbox)
            .where(tables.outbox.c.by_hand)
            .values(state=Delivery.WITHHELD, pending=False, refusal="gate_closed")
        )
        await tx.conn.execute(
            update(tables.outbox)
            .where(~tables.outbox.c.by_hand)
            .values(state=Delivery.WITHHELD, pending=False, refusal="owned")
        )
    (task,) = await tasks(world)
    assert (task.delivery, task.refusal) == (Delivery.WITHHELD, "gate_closed")
    assert [i.may_note for i in (await world.see(talk)).thread if isinstance(i, Said)].count(
        True
    ) == 1


async def test_a_colleagues_are_theirs_and_nobodys_are_everybodys(world: World) -> None:
    talk, text = await undelivered(world)
    elis = await world.hired(world.house, "Elis")
    assert await tasks(world, elis) == []
    with pytest.raises(NotYours):
        await note_trouble(world.house, elis, talk, text)
    await release(world.house, world.counsellor, talk)
    assert [task.mine for task in await tasks(world, elis)] == [False]
    await note_trouble(world.house, elis, talk, text)
    assert await tasks(world) == []


async def test_closing_words_that_did_not_arrive_are_seen_though_all_is_closed(
    world: World,
) -> None:
    talk, _ = await undelivered(world)
    await close(world.house, world.counsellor, talk, Outcome.OTHER)
    assert [task.closed for task in await tasks(world)] == [True]


async def test_who_may_not_read_sees_and_notes_none(world: World) -> None:
    talk, text = await undelivered(world)
    noor = await world.hired(world.house, "Noor", Role.ADMIN)
    assert await tasks(world, noor) == []
    with pytest.raises(NotAllowed):
        await note_trouble(world.house, noor, talk, text)
    with pytest.raises(NotFound):
        await note_trouble(world.house, world.counsellor, talk, uuid4())


async def test_earlier_times_stand_with_their_outcome_and_lead_to_their_place(
    world: World,
) -> None:
    await world.text("hej")
    assert (await world.see()).episodes == ()
    talk = await world.taken()
    await close(world.house, world.counsellor, talk, Outcome.INFORMATION)
    world.clock.advance(hours=30)
    await world.text("hej igen")
    await world.text("är någon där")
    await world.taken()
    (first,) = (await world.see(talk)).episodes
    await close(world.house, world.counsellor, talk, Outcome.HELP_BEGUN)
    seen = await world.see(talk)
    assert [(e.outcome, e.by) for e in seen.episodes] == [
        ("help_begun", "Alva"),
        ("information", "Alva"),
    ]
    assert seen.episodes[1] == first
    words = {i.id: i.body for i in seen.thread if isinstance(i, Said)}
    assert [words[e.first] for e in seen.episodes if e.first] == ["hej igen", "hej"]
    assert seen.episodes[0].began_at > seen.episodes[1].ended_at


class TestOverHttp:
    @pytest.fixture
    def database_url(self, sqlite_url: str) -> str:
        return sqlite_url

    async def test_it_is_noted_from_the_queue_by_one_press(self, scene: Scene) -> None:
        await scene.taken()
        await scene.world.reply(scene.talk, "hör du mig")
        await fails(scene.world)
        text = await text_of(scene.world, scene.talk)
        page = (await scene.alva.get("/queue")).text
        assert 'id="tasks"' in page
        assert "The phone is off or out of reach." in page
        assert f"{scene.path}?from={text}#m-{text}" in page
        assert 'id="tasks"' not in (await scene.elis.get("/queue")).text
        assert "Noted" in (await scene.alva.get(scene.path)).text
        noted = await scene.alva.post(f"{scene.path}/messages/{text}/noted", from_queue="1")
        assert (noted.status_code, noted.headers["location"]) == (303, "/queue")
        assert 'id="tasks"' not in (await scene.alva.get("/queue")).text
        assert "Not delivered" in (await scene.alva.get(scene.path)).text

    async def test_that_it_is_being_asked_is_said_only_while_it_is(self, scene: Scene) -> None:
        asks, for_good = "We are checking whether it left.", "nobody can be asked"
        await scene.taken()
        await scene.world.reply(scene.talk, "hör du mig")
        await fails(scene.world, Delivery.UNKNOWN)
        for path in ("/queue", scene.path):
            page = (await scene.alva.get(path)).text
            assert (asks in page, for_good in page) == (True, False), path
        async with scene.world.house.db.write() as tx:
            await tx.conn.execute(update(tables.outbox).values(pending=False))
        for path in ("/queue", scene.path):
            page = (await scene.alva.get(path)).text
            assert (asks in page, for_good in page) == (False, True), path
