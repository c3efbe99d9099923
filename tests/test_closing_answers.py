"""A "1" is a yes to the closing question only where that is what was asked last, and arrived."""

from uuid import UUID, uuid4

import pytest

from domain.conversation import Outcome, State
from domain.delivery import Delivery
from handlers.close import close
from handlers.plan_text import plan_text
from handlers.resend import resend
from handlers.see_conversation import see_conversation
from handlers.seen import Said
from storage import outbox
from tests.test_planned import CLOSING, DAY, closed, kinds, passes, to_the_hour
from tests.test_planned_texts import wall
from tests.test_waiting import queued
from tests.world import World, became


async def asked(world: World) -> UUID:
    """The counsellor who has it has asked whether we may get in touch."""
    await to_the_hour(world, 13)
    await queued(world)
    talk = await world.taken()
    await world.reply(talk, CLOSING)
    await world.accept()
    world.clock.advance(minutes=1)
    return talk


async def agreed(world: World, talk: UUID) -> bool:
    return "follow_up_agreed" in await kinds(world, talk)


async def is_read(world: World) -> bool:
    """The counsellor sees that something waits for an answer, or it is in the queue."""
    queue = await world.queue()
    return bool(queue.waiting) or not queue.mine[0].answered


@pytest.mark.parametrize("word", ["1", "ja", "Ja tack!"])
async def test_after_other_words_of_theirs_it_is_a_text(world: World, word: str) -> None:
    talk = await asked(world)
    await world.text("vänta, ska jag ta buss 1 eller 2?")
    await world.text(word)
    assert not await agreed(world, talk)
    assert await is_read(world)
    await passes(world, DAY)
    assert "follow_up" not in await world.said(talk)


async def test_after_a_text_of_the_counsellors_it_answers_that(world: World) -> None:
    talk = await asked(world)
    await world.reply(talk, "En sak till: vill du 1 ses eller 2 höras?")
    await world.accept()
    await world.text("1")
    assert not await agreed(world, talk)
    assert await is_read(world)


async def test_after_a_planned_text_that_has_left_it_answers_that(world: World) -> None:
    talk = await asked(world)
    at = wall(world, 1)
    body = "Ska vi ses? 1 Ja 2 Nej"
    await plan_text(world.house, world.counsellor, talk, body, at, form_key=uuid4(), asked=True)
    await close(world.house, world.counsellor, talk, Outcome.OTHER)
    await passes(world, 61)
    await world.accept()
    await world.text("1")
    assert not await agreed(world, talk)
    assert await is_read(world)


@pytest.mark.parametrize("word", ["RADERA", "STOPP", "SPRÅK", "HJÄLP"])
@pytest.mark.parametrize("close_it", [True, False])
async def test_after_a_command_it_is_no_yes_to_the_question_before(
    world: World, word: str, *, close_it: bool
) -> None:
    talk = await asked(world)
    if close_it:
        await close(world.house, world.counsellor, talk, Outcome.OTHER)
    await world.text(word)
    await world.text("ja")
    assert not await agreed(world, talk)
    assert await is_read(world)


async def test_before_the_question_was_at_the_provider_it_answers_what_came_before(
    world: World,
) -> None:
    await queued(world)
    talk = await world.taken()
    await world.reply(talk, "Vill du 1 ses eller 2 höras?")
    await world.accept()
    await world.reply(talk, CLOSING)
    await world.text("1")
    await world.accept()
    assert not await agreed(world, talk)
    assert await is_read(world)
    await world.text("1")
    assert not await agreed(world, talk)


@pytest.mark.parametrize("then", [Delivery.FAILED, Delivery.UNDELIVERED, Delivery.UNKNOWN])
async def test_a_question_that_did_not_arrive_was_not_asked(world: World, then: Delivery) -> None:
    await queued(world)
    talk = await world.taken()
    await world.accept()
    await world.reply(talk, CLOSING)
    now = world.clock.now()
    async with world.house.db.write() as tx:
        (row,) = await outbox.sendable(tx, now, 1)
        await outbox.lease(tx, [row], now, now)
        await became(tx, row.id, then, now)
    await close(world.house, world.counsellor, talk, Outcome.OTHER)
    await world.text("1")
    assert not await agreed(world, talk)
    assert (await world.see(talk)).row.state is State.WAITING


async def test_asked_again_by_hand_it_was_asked(world: World) -> None:
    await queued(world)
    talk = await world.taken()
    await world.accept()
    await world.reply(talk, CLOSING)
    now = world.clock.now()
    async with world.house.db.write() as tx:
        (row,) = await outbox.sendable(tx, now, 1)
        await outbox.lease(tx, [row], now, now)
        await became(tx, row.id, Delivery.FAILED, now)
    seen = await see_conversation(world.house, world.counsellor, talk, opening=False)
    said = [i for i in seen.thread if isinstance(i, Said) and i.delivery is Delivery.FAILED]
    await resend(world.house, world.counsellor, talk, said[0].id, form_key=uuid4(), asked=False)
    await world.accept()
    await world.text("1")
    assert await agreed(world, talk)


async def test_thanks_in_between_are_no_other_words(world: World) -> None:
    talk = await asked(world)
    await world.text("Tack!")
    await world.text("1")
    assert await agreed(world, talk)


async def test_a_changed_mind_counts_and_a_button_of_an_older_question_does_not(
    world: World,
) -> None:
    await to_the_hour(world, 13)
    talk = await closed(world)
    await world.text("1", answers_to="close")
    await passes(world, DAY)
    await world.accept()
    assert (await world.said(talk))[-1] == "follow_up"
    await world.text("1", answers_to="follow_up")
    await world.text("2", answers_to="follow_up")
    assert (await kinds(world, talk))[-2:] == ["follow_up_now", "follow_up_later"]
    assert (await world.queue()).waiting == ()
    await world.text("1", answers_to="close")
    assert len((await world.queue()).waiting) == 1


async def test_a_follow_up_that_was_held_back_has_asked_nothing(world: World) -> None:
    await to_the_hour(world, 13)
    talk = await closed(world)
    await world.text("1")
    await world.text("STOPP")
    await passes(world, DAY)
    assert (await world.said(talk))[-1] == "(follow_up)"
    await world.text("1")
    assert (await kinds(world, talk)).count("follow_up_agreed") == 1
    assert len((await world.queue()).waiting) == 1


async def test_in_the_queue_again_a_yes_is_a_text(world: World) -> None:
    from handlers.release import release

    talk = await asked(world)
    await release(world.house, world.counsellor, talk)
    await world.text("1")
    await world.taken()
    await world.text("1")
    assert not await agreed(world, talk)
