"""How the questions end: by silence, by a person who takes over, by an error; never by nobody."""

from dataclasses import replace
from hashlib import sha256

import pytest
from sqlalchemy import update

from domain.conversation import Outcome
from domain.priority import Tier
from handlers import step, step_triage
from handlers.close import close
from handlers.receive import receive
from handlers.release import release
from handlers.scripts import Scripts
from handlers.step_triage import step_triage as take_steps
from storage import members, tables, triages
from storage import scripts as kept
from tests.post import Post
from tests.world import World
from triage import engine


async def test_ten_minutes_of_silence_hand_over_and_nothing_is_said(world: World) -> None:
    for body in ("hej", "1", "2"):
        await world.text(body)
    before = await world.said()
    world.clock.advance(minutes=9)
    assert await take_steps(world.house, silent=True) == 0 or (await world.run()).ended_at is None
    world.clock.advance(minutes=1)
    await take_steps(world.house, silent=True)
    seen = await world.see()
    assert not seen.triage_runs
    assert seen.row.tier is Tier.P2
    assert await world.said() == before


async def test_after_a_silence_nothing_automatic_leaves(world: World, post: Post) -> None:
    await world.text("hej")
    world.clock.advance(minutes=11)
    await take_steps(world.house, silent=True)
    for _ in range(5):
        world.clock.advance(minutes=30)
        await world.step()
        await take_steps(world.house, silent=True)
        assert await post.carry() == []
    assert (await world.see()).row.reasons == ("silence", "waited_long")


async def test_silence_hands_over_only_once_the_question_was_there_for_ten_minutes(
    world: World, post: Post
) -> None:
    await world.write("hej")
    world.clock.advance(minutes=60)
    await take_steps(world.house, silent=True)
    assert (await world.see()).triage_runs
    assert await post.carry() == ["greet"]
    world.clock.advance(minutes=9)
    await take_steps(world.house, silent=True)
    assert (await world.see()).triage_runs
    world.clock.advance(minutes=1, seconds=1)
    await take_steps(world.house, silent=True)
    assert not (await world.see()).triage_runs


async def test_a_text_ends_the_waiting_for_silence(world: World) -> None:
    await world.text("hej")
    world.clock.advance(minutes=11)
    await receive(world.house, [world.message("1")])
    await take_steps(world.house, silent=True)
    world.clock.advance(seconds=2)
    await world.step()
    assert await world.said() == ["greet", "privacy", "danger"]


async def test_taking_a_conversation_ends_the_questions(world: World, post: Post) -> None:
    await world.text("hej")
    await world.write("1")
    conversation = await world.taken()
    assert await post.carry() == []
    await world.write("1", "3", "hallå")
    await take_steps(world.house, silent=True)
    assert await world.said(conversation) == ["greet", "(privacy)", "(danger)"]
    assert not (await world.see(conversation)).triage_runs


async def test_texts_that_were_taken_before_the_machine_read_them_answer_nothing_later(
    world: World,
) -> None:
    await world.text("hej")
    await receive(world.house, [world.message("9")])
    conversation = await world.taken()
    await close(world.house, world.counsellor, conversation, Outcome.OTHER)
    await world.text("hej igen")
    assert (await world.said(conversation))[-1] == "reopened"


async def test_a_released_conversation_is_not_asked_again(world: World) -> None:
    await world.text("hej")
    conversation = await world.taken()
    await release(world.house, world.counsellor, conversation)
    await world.text("hallå")
    assert await world.said() == ["greet"]
    assert len((await world.queue()).waiting) == 1


async def test_an_error_in_the_engine_leaves_the_conversation_to_people(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a broken rule")

    await world.text("hej")
    await world.text("hej", "+46701740611")
    with monkeypatch.context() as patch:
        patch.setattr(engine, "answer", broken)
        await world.text("1")
    rows = {row.reasons: row for row in (await world.queue()).waiting}
    assert set(rows) == {("engine",), ("new",)}
    assert not (await world.see(rows[("engine",)].id)).triage_runs
    assert (await world.see(rows[("new",)].id)).triage_runs


async def test_one_broken_triage_does_not_stop_the_others(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = step.take_step
    await receive(world.house, [world.message("hej", f"+467017406{n}") for n in range(11, 16)])
    async with world.house.db.read() as tx:
        due = await triages.due(tx, world.clock.advance(seconds=2), silent=False, limit=9)

    def some(taken: step.Step, *, silent: bool) -> None:
        whole(taken, silent=silent)
        if taken.case.conversation.id == due[0][0]:
            raise KeyError("wait")

    with monkeypatch.context() as patch:
        patch.setattr(step_triage, "take_step", some)
        await world.step()
    rows = (await world.queue()).waiting
    said = {row.reasons: await world.said(row.id) for row in rows}
    assert said == {("engine",): [], ("new",): ["greet"]}
    assert len(rows) == 5


async def test_an_unknown_step_leaves_the_conversation_to_people(world: World) -> None:
    await world.text("hej")
    run = await world.run()
    assert run.state is not None
    async with world.house.db.write() as tx:
        await triages.save(tx, [replace(run, state={**run.state, "step": "gone"})])
    await world.text("1")
    seen = await world.see()
    assert not seen.triage_runs
    assert seen.row.reasons == ("engine",)
    assert (await world.said())[-1] == "wait"


@pytest.mark.parametrize("source", ["", "steps: {", "script: exit\nsteps: {}"])
async def test_a_version_of_the_script_that_cannot_be_read_leaves_it_to_people(
    world: World, source: str
) -> None:
    await world.text("hej")
    old = await world.run()
    async with world.house.db.write() as tx:
        version = f"exit-{sha256(source.encode()).hexdigest()[:16]}"
        await kept.keep(tx, version, "exit", source, world.clock.now())
        await triages.save(tx, [replace(old, script_version=version)])
    await world.text("1")
    seen = await world.see()
    assert not seen.triage_runs
    assert seen.row.reasons == ("engine",)
    assert len((await world.queue()).waiting) == 1


async def test_a_running_triage_keeps_the_version_it_began_with(world: World) -> None:
    await world.text("hej")
    old = await world.run()
    source = world.house.scripts.current("exit").source
    changed = source.replace('"Är du eller någon annan i fara?', '"Är du i fara?')
    assert changed != source
    other = Scripts({"exit": changed})
    async with world.house.db.write() as tx:
        await other.keep(tx, world.clock.now())
        version = other.current("exit").version
        await triages.save(tx, [replace(old, script_version=version)])
    await world.text("1")
    bodies = [getattr(item, "body", "") for item in (await world.see()).thread]
    assert any(body.startswith("Är du i fara?") for body in bodies)


async def test_a_line_whose_script_is_gone_speaks_the_shipped_one(world: World) -> None:
    async with world.house.db.write() as tx:
        await tx.conn.execute(update(tables.lines).values(script="vanished"))
    await world.text("hej")
    assert await world.said() == ["greet"]


async def test_with_nobody_on_call_no_time_and_no_person_at_once_is_promised(
    world: World,
) -> None:
    async with world.house.db.write() as tx:
        await members.revoke(tx, world.counsellor.id, world.clock.now())
    await world.text("hej")
    await world.text("9")
    assert await world.said() == ["greet", "wait_alone"]
    for body in ("hej", "1", "1"):
        await world.text(body, "+46701740611")
    (urgent, _) = (await world.queue()).waiting
    assert (await world.said(urgent.id))[-1] == "p1_alone"
