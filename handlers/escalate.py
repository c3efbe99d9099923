"""Whoever is on call is paged about a conversation that waits, rung by rung, until it is taken.

One transaction a look: the rung and its pages are committed together, so that of any number of
processes, killed at any line, each rung is climbed once and none is skipped.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from domain.conversation import State
from domain.escalation import ORDER, climb, is_spent
from domain.rota import ShiftRole
from handlers.house import House
from storage import conversations, events, lines, members, pages, queue, waits, ways
from storage.conversations import Conversation
from storage.database import Tx
from storage.events import Event
from storage.pages import Kind, Wanted
from storage.ways import Way

AT_ONCE = 50


async def escalate(house: House) -> int:
    """Climb what is due; how many conversations that was."""
    now = house.now()
    async with house.db.read_for_work() as tx:
        due = await conversations.page_due(tx, now, AT_ONCE)
    if not due:
        return 0
    async with house.db.write() as tx:
        await queue.hold(tx, due)
        rotas = await lines.rotas(tx)
        for conversation_id in sorted(due):
            talk = await conversations.locked(tx, conversation_id)
            if talk is not None:
                await _climb(house, tx, talk, rotas[talk.line_id], now)
    house.wake.pages()
    return len(due)


async def _climb(
    house: House, tx: Tx, talk: Conversation, rota_id: UUID | None, now: datetime
) -> None:
    if talk.page_due_at is None or talk.page_due_at > now:
        return  # another process was faster
    if talk.state is not State.WAITING or talk.page_from is None:
        await conversations.climbed(tx, talk.id, talk.page_rung, None)
        return
    step = climb(talk.tier, talk.page_from, talk.page_rung or 0, now)
    await conversations.climbed(tx, talk.id, step.done, step.due_at)
    if not step.whom:
        return
    there = await _on_call(house, tx, rota_id, now)
    reached = await ways.of_members(tx, {m for found in there.values() for m in found})
    paged = _ways(step.whom, there, reached)
    if is_spent(talk.tier, step.done) and (
        not paged or await pages.all_failed(tx, talk.id, talk.page_from)
    ):
        await waits.unreached(tx, talk.id, now)
    wanted = [Wanted(Kind.NEEDED, w.member_id, w.id, talk.id, talk.tier) for w in paged]
    await pages.add(tx, wanted, now)
    happened = [Event(talk.id, "paged", now, way.member_id) for way in paged]
    await events.add(tx, happened or [Event(talk.id, "paged_nobody", now)])


async def _on_call(
    house: House, tx: Tx, rota_id: UUID | None, now: datetime
) -> Mapping[ShiftRole, list[UUID]]:
    """Without a rota everybody is the primary."""
    if rota_id is None:
        return {ShiftRole.PRIMARY: [entry.id for entry in await members.on_call(tx, now)]}
    found: dict[ShiftRole, list[UUID]] = {}
    for span in await house.rotas.spans(tx, rota_id, house.zone, now):
        if span.holds(now):
            found.setdefault(span.role, []).append(span.member)
    return found


def _ways(
    whom: Iterable[ShiftRole],
    there: Mapping[ShiftRole, list[UUID]],
    reached: Mapping[UUID, list[Way]],
) -> list[Way]:
    """One for each member who is to be paged. Where nobody who can be reached is on call as what
    the rung says, the next role in the order is paged instead, or one before it once more.
    """
    found: dict[UUID, Way] = {}
    for role in whom:
        place = ORDER.index(role)
        for instead in (*ORDER[place:], *reversed(ORDER[:place])):
            best = [best_way(reached.get(member, [])) for member in there.get(instead, [])]
            usable = [way for way in best if way is not None]
            if usable:
                found |= {way.member_id: way for way in usable}
                break
    return list(found.values())


def best_way(theirs: Iterable[Way], tried: Iterable[UUID] = ()) -> Way | None:
    """The first verified one; those that failed last time come after those that did not."""
    left = [way for way in theirs if way.verified_at is not None and way.id not in set(tried)]
    return min(left, key=lambda way: (way.failed_at is not None, way.place), default=None)
