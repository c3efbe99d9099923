"""What was planned in another hour is not sent against whoever it is about."""

import pytest

from domain.contact_rules import Refusal
from domain.conversation import Outcome, State
from domain.delivery import Delivery
from handlers.close import close
from handlers.invite import revoke
from handlers.seen import Said
from tests.test_planned import closed, kinds, passes
from tests.test_planned_texts import in_talk, last, plan
from tests.world import World


async def test_what_somebody_planned_who_is_gone_is_never_sent(world: World) -> None:
    bo = await world.hired(world.house, "Bo")
    talk = await in_talk(world)
    await plan(world, talk, 20)
    await close(world.house, world.counsellor, talk, Outcome.OTHER)
    await revoke(world.house, "Alva")
    world.counsellor = bo
    assert (await world.see(talk)).planned == ()
    assert await kinds(world, talk) == ["planned", "plan_withdrawn"]
    await passes(world, 21 * 60)
    assert (await last(world, talk))[0] == "Hej."


async def test_what_the_contact_has_written_since_holds_a_planned_text_back(world: World) -> None:
    talk = await in_talk(world)
    await world.text("tack")
    await plan(world, talk, 20)
    world.clock.advance(minutes=60)
    await world.text("han läser det jag får, jag hör av mig")
    await passes(world, 20 * 60)
    assert await last(world, talk) == ("Hur gick det?", Delivery.WITHHELD, Refusal.OVERTAKEN)


async def test_what_was_answered_since_does_not(world: World) -> None:
    talk = await in_talk(world)
    await plan(world, talk, 20)
    world.clock.advance(minutes=60)
    await world.text("tack")
    await world.reply(talk, "Vi hörs.")
    await passes(world, 20 * 60)
    assert await last(world, talk) == ("Hur gick det?", Delivery.QUEUED, None)


@pytest.mark.parametrize("words", [("RADERA", "RADERA JA"), ("STOPP",), ()])
async def test_whoever_asked_to_be_deleted_or_left_alone_is_not_followed_up(
    world: World, words: tuple[str, ...]
) -> None:
    talk = await closed(world)
    for word in ("1", *words):
        await world.text(word)
        world.clock.advance(minutes=1)
    assert (await world.see(talk)).row.state is State.CLOSED
    for _ in range(30):
        await passes(world, 60)
    left = [
        it for it in (await world.see(talk)).thread if getattr(it, "text_id", "") == "follow_up"
    ]
    states = [getattr(it, "delivery", None) for it in left if isinstance(it, Said)]
    assert (
        states
        == {"RADERA": [], "STOPP": [Delivery.WITHHELD], "": [Delivery.QUEUED]}[
            words[0] if words else ""
        ]
    )
