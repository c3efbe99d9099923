"""Whoever is on call is paged about a conversation that waits, step by step, until it is taken.

One transaction a look: the step and its pages are committed together, so that of any number of
processes, killed at any line, each step is climbed once and none is skipped.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from domain.conversation import State
from domain.escalation import OWNERS, Call, Climbed, Ways, Whom, climb
from handlers.caseload import stands_offered
from handlers.house import House
from handlers.seen_flood import floods_of, is_newcomer
from handlers.whom import Woken, best_way, there, woken
from storage import conflicts, conversations, events, lines, pages, policies, queue, waits, ways
from storage.conversations import Conversation
from storage.database import Tx
from storage.events import Event
from storage.pages import Kind, Wanted
from storage.policies import Policy

AT_ONCE = 50

LOOKS_AGAIN = timedelta(minutes=1)
"""After which it is seen whether one of a flood stands alone by now."""


async def escalate(house: House) -> int:
    """Climb what is due; how many conversations that was."""
    now = house.now()
    async with house.db.read_for_work() as tx:
        due = await _due(house, tx, now)
    if due:
        async with house.db.write() as tx:
            await queue.hold(tx, due)
            every = await policies.every(tx)
            rotas = await lines.rotas(tx)
            found = [await conversations.locked(tx, one) for one in sorted(due)]
            behind = await _behind_others(tx, [talk for talk in found if talk is not None])
            for talk in (talk for talk in found if talk is not None):
                policy = every.get(talk.line_id, Policy())
                if talk.id in behind:
                    await _stand_by(tx, talk, policy, now)
                else:
                    await _climb(house, tx, talk, policy, rotas[talk.line_id], now)
        house.wake.pages()
    if len(due) < AT_ONCE:
        house.clock_seen.at = now
    return len(due)


async def _behind_others(tx: Tx, talks: Sequence[Conversation]) -> set[UUID]:
    """Those of them that are one row with others that are alike, of whom the first is paged about
    for all of them."""
    alike = {talk.alike for talk in talks if talk.alike is not None and is_newcomer(talk)}
    if not alike:
        return set()
    floods = floods_of(await conversations.waiting_alike(tx, alike))
    return {one for flood in floods for one in flood.ids if one != flood.first}


async def _stand_by(tx: Tx, talk: Conversation, policy: Policy, now: datetime) -> None:
    """Its ladder is left as it is, and looked at again: once it is first, or alone, it climbs."""
    so_far = conversations.so_far(talk)
    if so_far is None or not talk.calls_for_somebody:
        await conversations.stop(tx, talk.id)
        return
    await conversations.climbed(tx, talk.id, so_far, policy.edition, now + LOOKS_AGAIN)


async def _due(house: House, tx: Tx, now: datetime) -> set[UUID]:
    """Whose next step is due; who is climbed by a policy that was changed; and, where the clock
    has stepped back under this process or another, who stands in what is now the future.
    """
    due = set(await conversations.page_due(tx, now, AT_ONCE))
    editions = await policies.editions(tx)
    due |= set(await conversations.climbing_by_another(tx, editions, AT_ONCE))
    last = house.clock_seen.at
    if last is None or now < last or now.minute != last.minute:
        due |= set(await conversations.climbing_ahead(tx, now, AT_ONCE))
    return due


async def _climb(
    house: House, tx: Tx, talk: Conversation, policy: Policy, rota_id: UUID | None, now: datetime
) -> None:
    so_far = conversations.so_far(talk)
    if so_far is None or not talk.calls_for_somebody:
        if talk.page_due_at is not None:
            await conversations.stop(tx, talk.id)
        return
    if talk.state is State.WAITING and talk.offered_until is not None:
        if await stands_offered(tx, talk, now):
            await _offer(tx, talk, so_far, policy, now)
            return
        if talk.offered_until <= now:
            await conversations.end_offer(tx, talk.id)
            await events.add(tx, [Event(talk.id, "offer_over", now)])
    ladder = policy.ladder(talk.tier).at(house.pace)
    step = climb(ladder, so_far, now, owned=talk.state is State.OWNED)
    due_at = _before_the_offer_ends(talk, step.due_at, now)
    await conversations.climbed(tx, talk.id, step.climbed, policy.edition, due_at)
    if not step.calls:
        return
    last = ladder.last.member if ladder.last is not None else None
    known = await there(house, tx, rota_id, now, (talk.owner_id, last))
    away = await conflicts.away_from(tx, talk.contact_id)
    known = known.without(away) if away else known
    found = [(call, woken(known, call, ladder.last, talk.owner_id)) for call in step.calls]
    if step.spent and await _is_alone(tx, talk, found):
        await waits.unreached(tx, talk.id, now)
    await _page(tx, talk, found, now)


async def _offer(
    tx: Tx, talk: Conversation, so_far: Climbed, policy: Policy, now: datetime
) -> None:
    """Whoever is called by a step that is due could not take it yet: the counsellor to whom it is
    offered is paged instead, once, and the ladder is climbed when the offer is over."""
    done = replace(so_far, done=so_far.done | {OWNERS})
    await conversations.climbed(tx, talk.id, done, policy.edition, talk.offered_until)
    earlier = talk.earlier_owner_id
    if OWNERS in so_far.done or earlier is None:
        return
    best = best_way((await ways.of_members(tx, [earlier])).get(earlier, []))
    if best is not None:
        await _page(
            tx, talk, [(Call(Whom.OWNER, Ways.THEIR_ORDER), [Woken(best, Whom.OWNER)])], now
        )


def _before_the_offer_ends(
    talk: Conversation, due_at: datetime | None, now: datetime
) -> datetime | None:
    ends = talk.offered_until
    if talk.state is not State.WAITING or ends is None or ends <= now:
        return due_at
    return ends if due_at is None else min(due_at, ends)


async def _is_alone(tx: Tx, talk: Conversation, found: Iterable[tuple[Call, list[Woken]]]) -> bool:
    """Nobody can be paged any more, or no page since the ladder began got through."""
    if not any(some for _, some in found):
        return True
    return talk.page_from is not None and await pages.all_failed(tx, talk.id, talk.page_from)


async def _page(
    tx: Tx, talk: Conversation, found: Sequence[tuple[Call, list[Woken]]], now: datetime
) -> None:
    """Each of them once, by each way once; that nobody was found is said once a step."""
    by_way = {one.way.id: one for _, some in found for one in reversed(some)}
    wanted = [
        Wanted(Kind.NEEDED, one.way.member_id, one.way.id, talk.id, talk.tier)
        for one in by_way.values()
    ]
    await pages.add(tx, wanted, now)
    await events.add(tx, [*_paged(talk, by_way.values(), now), *_nobody(talk, found, now)])


def _paged(talk: Conversation, found: Iterable[Woken], now: datetime) -> list[Event]:
    by_member = {one.way.member_id: one for one in found}
    return [Event(talk.id, "paged", now, m, one.called.value) for m, one in by_member.items()]


def _nobody(
    talk: Conversation, found: Iterable[tuple[Call, list[Woken]]], now: datetime
) -> list[Event]:
    steps = (call for call, some in found if not some and not call.again)
    return [Event(talk.id, "paged_nobody", now, detail=call.whom.value) for call in steps]
