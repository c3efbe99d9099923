"""What waits to leave stays once a person, or the contact, has said a word that ends it."""

import pytest

from domain.conversation import Outcome
from domain.gate import Gate
from domain.message import OptOut
from domain.need import Reason
from handlers.close import close
from handlers.errors import MayNotLeave, NotYours
from handlers.give_reason import give_reason
from handlers.note_status import Status, note_statuses
from handlers.receive import receive
from handlers.redact import redact
from handlers.release import release
from handlers.see_conversation import see_conversation
from handlers.seen import Happened, Said
from handlers.send import Sent, record
from handlers.set_gate import set_gate
from handlers.step_triage import step_triage
from handlers.take import take
from senders.sender import Refused, TryLater
from tests.post import STAYED_AWAY, Post
from tests.world import World


async def kinds(world: World) -> list[str]:
    thread = (await world.see()).thread
    return [item.kind for item in thread if isinstance(item, Happened)]


async def greeting_postponed(world: World, post: Post) -> None:
    """The provider was busy: the machine's first text waits for ten minutes."""
    await receive(world.house, [world.message("hej")])
    world.clock.advance(seconds=2)
    await step_triage(world.house)
    (leased,) = await post.begin()
    await record(world.house, [Sent(leased.row, TryLater(600))])


@pytest.mark.parametrize("then", ["close", "release"])
async def test_what_the_machine_had_not_sent_when_somebody_took_it_never_leaves(
    world: World, post: Post, then: str
) -> None:
    await greeting_postponed(world, post)
    conversation = await world.taken()
    if then == "close":
        await close(world.house, world.counsellor, conversation, Outcome.OTHER)
    else:
        await release(world.house, world.counsellor, conversation)
    world.clock.advance(minutes=11)
    assert await post.carry() == []
    assert await world.said(conversation) == ["(greet)"]


async def test_a_reply_that_waits_does_not_outlive_a_stop(world: World, post: Post) -> None:
    await world.text("hej")
    conversation = await world.taken()
    await world.reply(conversation, "Hej, Alva här.", asked=True)
    (leased,) = await post.begin()
    await record(world.house, [Sent(leased.row, TryLater(600))])
    await world.text("STOPP")
    await world.text("vem är du")
    world.clock.advance(minutes=11)
    assert await post.carry() == []
    (reply,) = (s for s in (await world.see()).thread if isinstance(s, Said) and s.counsellor)
    assert (reply.refusal, reply.may_resend) == ("opted_out", True)


async def test_what_the_provider_says_of_a_text_from_before_start_no_longer_counts(
    world: World, post: Post
) -> None:
    await receive(world.house, [world.message("hej")])
    world.clock.advance(seconds=2)
    await step_triage(world.house)
    (leased,) = await post.begin()
    await post.refuse([leased])
    assert (await world.see()).row.opt_out is OptOut.PROVIDER
    assert "opted_out" in await kinds(world)
    world.clock.advance(seconds=5)
    await world.text("START")
    again = Status(leased.letter.code, leased.row.state.UNDELIVERED, None, STAYED_AWAY)
    await note_statuses(world.house, [again])
    await record(world.house, [Sent(leased.row, Refused(STAYED_AWAY, OptOut.PROVIDER))])
    assert (await world.see()).row.opt_out is OptOut.NONE


async def test_a_block_that_a_late_status_tells_is_seen_once(world: World, post: Post) -> None:
    await receive(world.house, [world.message("hej")])
    world.clock.advance(seconds=2)
    await step_triage(world.house)
    (leased,) = await post.begin()
    await post.accept([leased])
    told = Status(leased.letter.code, leased.row.state.UNDELIVERED, None, STAYED_AWAY)
    for _ in range(3):
        await note_statuses(world.house, [told])
    assert (await world.see()).row.opt_out is OptOut.PROVIDER
    assert (await kinds(world)).count("opted_out") == 1


async def test_the_owner_notes_whether_it_is_safe_and_nobody_else_does(world: World) -> None:
    await world.text("hej")
    conversation = await world.taken()
    await set_gate(world.house, world.counsellor, conversation, Gate.OPEN)
    await world.reply(conversation, "Hej, Alva här.")
    await set_gate(world.house, world.counsellor, conversation, Gate.CLOSED)
    with pytest.raises(MayNotLeave):
        await world.reply(conversation, "Hej igen", asked=True)
    assert [kind for kind in await kinds(world) if "gate" in kind] == ["gate_open", "gate_closed"]
    other = await world.hired(world.house, "Elis")
    with pytest.raises(NotYours):
        await set_gate(world.house, other, conversation, Gate.OPEN)
    await world.text("nu går det bra")
    assert (await world.see()).row.gate is Gate.UNKNOWN


async def test_nobody_takes_away_what_a_colleague_has_not_read(world: World) -> None:
    await world.text("dom vet var jag bor")
    conversation = await world.taken()
    (said, *_) = (s for s in (await world.see()).thread if isinstance(s, Said))
    other = await world.hired(world.house, "Elis")
    with pytest.raises(NotYours):
        await redact(world.house, other, conversation, said.id)
    await redact(world.house, world.counsellor, conversation, said.id)
    await close(world.house, world.counsellor, conversation, Outcome.OTHER)
    await give_reason(world.house, other, conversation, Reason.COLLEAGUE)
    reread = await see_conversation(world.house, other, conversation, opening=False)
    (second, *_) = (s for s in reread.thread if isinstance(s, Said) and s.body)
    await redact(world.house, other, conversation, second.id)


async def test_a_page_that_only_refreshes_itself_is_in_the_log_too(world: World) -> None:
    await world.text("hej")
    conversation = await world.only()
    for _ in range(5):
        await see_conversation(world.house, world.counsellor, conversation, opening=False)
        world.clock.advance(minutes=5)
    assert await world.count("openings") == 2


async def test_a_wish_to_be_deleted_is_seen_though_the_conversation_is_closed(
    world: World,
) -> None:
    await world.text("hej")
    conversation = await world.only()
    await take(world.house, world.counsellor, conversation)
    assert (await world.queue()).requests == ()
    await world.text("RADERA")
    await world.text("RADERA JA")
    await see_conversation(world.house, world.counsellor, conversation)
    await close(world.house, world.counsellor, conversation, Outcome.OTHER)
    (row,) = (await world.queue()).requests
    assert (row.id, "delete_requested" in row.marks) == (conversation, True)
    assert (await world.queue()).waiting == ()
