"""What the contact wrote after the page was made is neither closed away nor taken for answered."""

from uuid import UUID, uuid4

import pytest

from domain.conversation import Outcome, State
from handlers.close import close
from handlers.errors import JustWritten, WrittenMeanwhile
from handlers.hand_over import Handed, hand_over
from handlers.reply import reply
from tests.states import stored
from tests.world import World


async def opened(world: World) -> tuple[UUID, UUID]:
    """A conversation that its counsellor reads, and the last message on the page."""
    await world.text("hej")
    conversation = await world.taken()
    newest = (await world.see()).newest
    assert newest is not None
    return conversation, newest


async def test_close_on_a_page_that_lacks_the_last_text_closes_nothing(world: World) -> None:
    conversation, seen = await opened(world)
    await world.text("dom är utanför dörren, dom ska döda mig")
    with pytest.raises(JustWritten):
        await close(world.house, world.counsellor, conversation, Outcome.OTHER, seen=seen)
    (row,) = (await world.queue()).mine
    assert (row.unread, row.tier.name) == (2, "P1")


async def test_a_page_that_lacks_the_last_text_hands_nothing_over(world: World) -> None:
    conversation, seen = await opened(world)
    await world.text("dom är här")
    handed = Handed(None, "läs", "")
    with pytest.raises(WrittenMeanwhile):
        await hand_over(
            world.house, world.counsellor, conversation, handed, form_key=uuid4(), seen=seen
        )
    assert [row.id for row in (await world.queue()).mine] == [conversation]
    seen = (await world.see()).newest or seen
    await hand_over(
        world.house, world.counsellor, conversation, handed, form_key=uuid4(), seen=seen
    )
    assert (await stored(world)).state is State.WAITING


async def test_once_it_was_shown_the_conversation_can_be_closed(world: World) -> None:
    conversation, _ = await opened(world)
    await world.text("tack för allt")
    seen = (await world.see()).newest
    await close(world.house, world.counsellor, conversation, Outcome.OTHER, seen=seen)
    assert (await stored(world)).state is State.CLOSED


async def test_a_reply_from_a_page_that_lacks_the_last_text_leaves_it_unread_and_waiting(
    world: World,
) -> None:
    conversation, seen = await opened(world)
    sent = world.clock.now()
    await world.text("en sak till")
    await reply(
        world.house, world.counsellor, conversation, "Hej", form_key=uuid4(), asked=True, seen=seen
    )
    (row,) = (await world.queue()).mine
    assert (row.unread, row.answered, row.wait.since) == (1, False, sent)


async def test_a_reply_from_a_page_that_shows_all_answers_all(world: World) -> None:
    conversation, _ = await opened(world)
    await world.text("en sak till")
    seen = (await world.see()).newest
    await reply(
        world.house, world.counsellor, conversation, "Hej", form_key=uuid4(), asked=True, seen=seen
    )
    (row,) = (await world.queue()).mine
    assert (row.unread, row.answered) == (0, True)


async def test_the_closing_question_counts_also_behind_words_of_ones_own(world: World) -> None:
    conversation, _ = await opened(world)
    (text,) = (text for name, text in (await world.see()).texts if name == "close")
    await world.reply(conversation, f"Lycka till i dag.\n{text}", asked=True)
    await world.accept()
    await close(world.house, world.counsellor, conversation, Outcome.OTHER)
    await world.text("1")
    assert (await stored(world)).state is State.CLOSED
