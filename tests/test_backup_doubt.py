"""Whatever contacts said after the back-up is lost: so nothing goes to them as if they had not."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from domain.gate import Gate
from domain.message import OptOut
from handlers.errors import MayNotLeave
from handlers.let_write import let_write
from handlers.plan_text import plan_text
from handlers.planned import send_planned
from handlers.see_queue import see_queue
from handlers.seen import Said
from handlers.send import lease
from handlers.tell_waiting import tell_waiting
from storage import contacts, plans
from storage.contacts import Contact
from storage.ids import new_id
from storage.plans import Kind, Plan
from storage.plans import State as Planned
from tests.backups import Vault
from tests.post import Post
from tests.sealed import Sealed
from tests.states import stored
from tests.test_backup_silent import Again, restored
from tests.test_planned import STOCKHOLM

BETRAYING = "Vi har plats på skyddat boende"
"""Words that betray."""


async def contact(world: Again) -> Contact:
    async with world.house.db.read() as tx:
        found = await contacts.by_ids(tx, [(await stored(world)).contact_id])
    return next(iter(found.values()))


async def leaves(world: Again) -> list[str]:
    """What the provider is handed now."""
    found = []
    while leased := await lease(world.house):
        found += [one.letter.body for one in leased]
    return found


async def said_safe(sealed: Sealed) -> UUID:
    """They have said that it is safe, the questions are over, and a counsellor has them."""
    await sealed.text("hej")
    await sealed.text("1")
    await sealed.text("9")
    return await sealed.taken()


async def test_a_yes_of_before_counts_no_more_and_a_counsellor_is_warned(
    sealed: Sealed, vault: Vault
) -> None:
    talk = await said_safe(sealed)
    await sealed.reply(talk, "ett svar")
    await sealed.accept()
    async with restored(sealed, vault) as again:
        await let_write(again.house)
        assert (await contact(again)).gate is Gate.LOST
        shown = await again.see(talk)
        assert (shown.row.gate, shown.refusal) == (Gate.LOST, "gate_lost")
        with pytest.raises(MayNotLeave) as refused:
            await again.reply(talk, "ett svar till")
        assert refused.value.reason == "gate_lost"
        assert await leaves(again) == []
        await again.reply(talk, "vi hörs när du vill", asked=True)
        assert await leaves(again) == ["vi hörs när du vill"]


async def test_whose_telephone_may_be_watched_nobody_knows(sealed: Sealed, vault: Vault) -> None:
    talk = await said_safe(sealed)
    async with restored(sealed, vault) as again:
        await let_write(again.house)
        with pytest.raises(MayNotLeave) as refused:
            await again.reply(talk, BETRAYING, asked=True)
        assert refused.value.reason == "betrays"


async def test_their_next_text_lifts_it_and_they_are_asked_again(
    sealed: Sealed, vault: Vault
) -> None:
    await sealed.text("hej")
    await sealed.text("1")
    await sealed.text("9")
    async with restored(sealed, vault) as again:
        await let_write(again.house)
        await again.write("hej igen")
        assert (await contact(again)).gate is Gate.UNKNOWN
        assert await Post(again).carry() == ["greet"]
        await again.write("1")
        assert (await contact(again)).gate is Gate.OPEN


async def test_a_text_that_the_provider_lists_lifts_nothing(sealed: Sealed, vault: Vault) -> None:
    """It may be of before the restore, and another one after it may be gone there."""
    await sealed.text("hej")
    await sealed.text("1")
    await sealed.text("9")
    async with restored(sealed, vault) as again:
        await let_write(again.house)
        await again.text("jag är där nu", caught_up=True)
        await again.text("hjälp han slår mig", caught_up=True)
        assert (await contact(again)).gate is Gate.LOST
        assert await leaves(again) == []
        row = (await see_queue(again.desk, again.counsellor)).waiting[0]
        assert row.tier.name == "P1"
        await again.text("inte säkert längre", caught_up=True)
        assert (await contact(again)).gate is Gate.CLOSED


async def test_a_question_of_before_goes_on_with_nobody(sealed: Sealed, vault: Vault) -> None:
    await sealed.text("hej")
    await sealed.text("1")
    async with restored(sealed, vault) as again:
        await let_write(again.house)
        again.clock.advance(hours=1)
        await again.step()
        await tell_waiting(again.house)
        assert await leaves(again) == []
        talk = (await stored(again)).id
        before = await again.said(talk)
        await again.write("hej")
        assert [one for one in await again.said(talk) if one not in before] == []
        assert len(await leaves(again)) == 1


async def test_no_and_stop_of_before_stay_what_they_are(sealed: Sealed, vault: Vault) -> None:
    await sealed.text("hej")
    await sealed.text("2")
    await sealed.text("STOPP")
    async with restored(sealed, vault) as again:
        await let_write(again.house)
        here = await contact(again)
        assert (here.gate, here.opt_out) == (Gate.CLOSED, OptOut.OWN)


async def planned(sealed: Sealed, talk: UUID, kind: Kind) -> None:
    now = sealed.clock.now()
    if kind is Kind.MESSAGE:
        later = (now + timedelta(hours=2)).astimezone(STOCKHOLM).replace(tzinfo=None)
        await plan_text(
            sealed.desk,
            sealed.counsellor,
            talk,
            "hur gick det?",
            later,
            form_key=uuid4(),
            asked=True,
        )
        return
    due = now + timedelta(hours=2)
    plan = Plan(
        new_id(now), talk, kind, Planned.PLANNED, sealed.counsellor.id, False, now, due, now
    )
    async with sealed.house.db.write() as tx:
        await plans.save(tx, [plan])


@pytest.mark.parametrize("kind", Kind)
async def test_what_was_planned_before_is_for_a_person_to_decide(
    sealed: Sealed, vault: Vault, kind: Kind
) -> None:
    talk = await said_safe(sealed)
    await planned(sealed, talk, kind)
    async with restored(sealed, vault) as again:
        await let_write(again.house)
        again.clock.advance(hours=3)
        while await send_planned(again.house):
            pass
        assert await leaves(again) == []
        if kind is Kind.FOLLOW_UP:
            async with again.house.db.read() as tx:
                ((task, _),) = await plans.tasks(tx, 10)
            assert task.refusal == "restored"
            return
        said = [it for it in (await again.see(talk)).thread if isinstance(it, Said)]
        assert (said[-1].body, said[-1].refusal) == ("hur gick det?", "gate_lost")
