"""What has stood for its term goes, every night, a few rows at a time.

One row says how far the night is. Whoever has it locked does a batch and moves it in the same
transaction, so that any number of processes, killed at any point, do each batch once. Contacts whom
somebody else is at are left for the next night.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

import structlog

from domain.message import Channel
from domain.retention import Kept, ends, first_night, next_night
from handlers.house import House
from handlers.note_still_read import note_still_read
from handlers.only_one import give_back, hold
from storage import (
    audit,
    compacting,
    contacts,
    deletions,
    events,
    forgetting,
    given_roles,
    nights,
    outlived,
    outlived_register,
    outlived_rows,
    provider_copies,
    retention,
    team,
)
from storage.audit import Broken
from storage.compacting import StillRead
from storage.database import Tx
from storage.events import Event
from storage.nights import Night
from storage.outlived_rows import Batch
from storage.provider_copies import Kind, NewCopy

AT_ONCE = 20
"""Conversations with all that is theirs."""

ROWS = 500
"""Of what stands alone."""

VACUUM = "vacuum"
LASTS = timedelta(minutes=10)
"""Of the lease under which PostgreSQL's tables are written anew."""

OF_TWILIO = (Channel.SMS, Channel.WHATSAPP)
"""Whose copies a message's number leads to for longer than two days."""

FAR = timedelta(days=9)
"""No night is due later: the clock was ahead when it was written."""

_OF_KEYS = ("contact_keys", "contact_pairs", "aliases")
TOUCHED: Mapping[str, tuple[str, ...]] = {
    Kept.DELIVERIES: ("messages", "outbox", "receipts", "pages"),
    Kept.NOTES: ("notes", *_OF_KEYS),
    Kept.ADDRESSES: ("contacts", "contact_keys"),
    Kept.CONVERSATIONS: (
        *("messages", "outbox", "revisions", "pictures", "triages", "drafts", "note_drafts"),
        *("plans", "receipts", *_OF_KEYS),
    ),
    Kept.REGISTER: (
        *("duties", "disclosures", "exports", "agreements", "register_words", "stranger_words"),
        *_OF_KEYS,
    ),
    Kept.FIGURES: (
        *("messages", "outbox", "conversations", "contacts", "events", "openings", "pages"),
    ),
    Kept.AUDIT: ("audit", "openings", "searches"),
}
"""Where rows went or were overwritten."""

OF_DELETED = frozenset(
    (
        *TOUCHED[Kept.CONVERSATIONS],
        *TOUCHED[Kept.NOTES],
        "contacts",
        "quiet_words",
        "register_words",
    )
)
"""The same where a contact was deleted."""

OF_WHO_READS = ("member_wraps", "roster", "sessions", "sheets")
"""Where rows go by day that hold a key for whoever has a cookie, a passphrase or a sheet of before:
a session, a way in, an entry of the roster. Few and small, so every night."""

OF_THE_TEAM = ("contact_pairs", "stranger_words")
"""What lay sealed to a team that was replaced."""

WAITS = timedelta(hours=2)
"""From the night's beginning, until those that somebody reads are left for the next night."""

ONCE_MORE = timedelta(hours=1)
"""What was deleted so shortly before the last night ended may have come too late for it."""

log = structlog.get_logger()


@dataclass(frozen=True)
class _Work:
    """One batch of a night."""

    house: House
    tx: Tx
    now: datetime
    before: datetime
    """What was over by then has stood for its term."""
    after: str | None


async def let_go(house: House, holder: UUID) -> int:
    """One batch; 0 where nothing is due, or another process is at it."""
    now = house.now()
    async with house.db.read_for_work() as tx:
        night = await nights.seen(tx)
    if night is None:
        async with house.db.write() as tx:
            await nights.begin(tx, first_night(now, house.zone))
        return 0
    if night.due_at > now:
        return await _bring_back(house, now) if night.due_at - now > FAR else 0
    if night.step == VACUUM:
        return await _vacuum(house, holder)
    async with house.db.write() as tx:
        here = await nights.held(tx)
        if here is None or here.due_at > now or here.step == VACUUM:
            return 0
        await nights.move(tx, await _go_on(house, tx, here, now))
    return 1


async def _bring_back(house: House, now: datetime) -> int:
    async with house.db.write() as tx:
        here = await nights.held(tx)
        if here is not None and here.due_at - now > FAR:
            await nights.move(tx, replace(here, due_at=next_night(now, house.zone)))
    return 0


async def _go_on(house: House, tx: Tx, night: Night, now: datetime) -> Night:
    if night.began_at is None or night.step is None:
        night = replace(night, began_at=now, step=STEPS[0], after=None, removed={})
    kept, do = WORK[night.step or ""]
    before = ends(await retention.terms(tx), kept, night.began_at or now)
    batch = await do(_Work(house, tx, now, before, night.after))
    removed = {**night.removed, kept: night.removed.get(kept, 0) + batch.removed}
    if batch.after is not None:
        return replace(night, removed=removed, after=batch.after)
    following = (*STEPS, VACUUM)[STEPS.index(night.step or "") + 1]
    return replace(night, removed=removed, after=None, step=following)


async def _vacuum(house: House, holder: UUID) -> int:
    """Nothing of what is gone stays where the next backup would find it, as far as the database
    lets us: then the night is over."""
    if not await hold(house, VACUUM, holder, LASTS):
        return 0
    async with house.db.read_for_work() as tx:
        night = await nights.seen(tx)
        if night is None or night.step != VACUUM:
            return 0
        since = (night.ended_at or datetime.min.replace(tzinfo=UTC) + ONCE_MORE) - ONCE_MORE
        deleted = await deletions.any_done_since(tx, since)
        replaced = await team.any_replaced_since(tx, since)
    touched = {name for kept, number in night.removed.items() if number for name in TOUCHED[kept]}
    touched |= OF_DELETED if deleted else set()
    touched |= set(OF_THE_TEAM) if replaced else set()
    waits = touched or (night.began_at is not None and house.now() < night.began_at + WAITS)
    if not await _rewritten(house, sorted({*touched, *OF_WHO_READS})) and waits:
        return 0
    await _end(house)
    await give_back(house, VACUUM, holder)
    return 1


async def _rewritten(house: House, tables: list[str]) -> bool:
    """False where somebody reads from before; they are named."""
    await compacting.truncate_log(house.db)
    try:
        large = await compacting.rewrite(house.db, tables)
    except StillRead as waits:
        note_still_read(house, VACUUM, waits.those)
        return False
    await compacting.vacuum(house.db, large)
    if large:
        log.warning("tables_not_compacted", tables=large)
    return True


async def _end(house: House) -> None:
    now = house.now()
    async with house.db.write() as tx:
        here = await nights.held(tx)
        if here is None or here.step != VACUUM:
            return
        over = replace(here, step=None, began_at=None, ended_at=now)
        await nights.move(tx, replace(over, due_at=next_night(now, house.zone)))
        for kept, number in here.removed.items():
            if number:
                audit.note(tx, "retention", now, detail=f"{kept}:{number}")


async def _of_talks(
    work: _Work, *, kept: Kept, do: Callable[[_Work, Mapping[UUID, UUID]], Awaitable[int]]
) -> Batch:
    """Some conversations more, whose contacts are locked, and of which it is true still."""
    after = UUID(work.after) if work.after else None
    given = (work.tx, kept, work.before, work.now)
    found = await outlived.some(*given, after, AT_ONCE)
    ours = await contacts.free(work.tx, found.values()) if found else {}
    talks = await outlived.still(*given, list(ours)) if ours else {}
    removed = await do(work, talks) if talks else 0
    return Batch(removed, max(found).hex if len(found) == AT_ONCE else None)


async def _marks(work: _Work, talks: Mapping[UUID, UUID]) -> int:
    await _ask_providers(work, talks, bound=False)
    return await outlived_rows.marks(work.tx, tuple(talks))


async def _notes(work: _Work, talks: Mapping[UUID, UUID]) -> int:
    removed = await outlived_rows.notes(work.tx, tuple(talks), work.before)
    await forgetting.end_keys(work.tx, tuple(talks))
    await _tell(work, talks, "notes_gone")
    return removed


async def _numbers(work: _Work, talks: Mapping[UUID, UUID]) -> int:
    await forgetting.destroy_number(work.tx, tuple(talks.values()))
    await _tell(work, talks, "number_gone")
    return len(talks)


async def _words(work: _Work, talks: Mapping[UUID, UUID]) -> int:
    await _ask_providers(work, talks, bound=True)
    await forgetting.destroy_said(work.tx, tuple(talks), work.now)
    await forgetting.end_keys(work.tx, tuple(talks))
    await _tell(work, talks, "words_gone")
    return len(talks)


async def _register(work: _Work) -> Batch:
    """Some entries more, less those whose contacts somebody else is at."""
    tx, after = work.tx, UUID(work.after) if work.after else None
    found = await outlived_register.some(tx, work.before, work.now, after, AT_ONCE)
    theirs = {one.contact_id for one in found if one.contact_id is not None}
    ours = await contacts.free(tx, theirs) if theirs else {}
    going = [one for one in found if one.contact_id is None or one.contact_id in ours]
    await outlived_register.remove(tx, going)
    talks = {one.conversation_id for one in going if one.conversation_id is not None}
    await forgetting.end_keys(tx, tuple(talks))
    return Batch(len(going), found[-1].id.hex if len(found) == AT_ONCE else None)


async def _figures(work: _Work, talks: Mapping[UUID, UUID]) -> int:
    bare = await outlived.bare(work.tx, tuple(talks))
    return await outlived_rows.everything(work.tx, bare) if bare else 0


async def _ask_providers(work: _Work, talks: Mapping[UUID, UUID], *, bound: bool) -> None:
    """No number of a message is forgotten before its provider was asked to forget the message.
    `bound`: also of those whose words go with it."""
    if work.house.keeps_copies:
        return
    known = await forgetting.at_providers(work.tx, tuple(talks))
    copies = [
        NewCopy(one.channel, Kind.MESSAGE, one.made_at, one.provider_id)
        for one in known
        if one.channel in OF_TWILIO and (bound or not one.bound)
    ]
    await provider_copies.add(work.tx, copies, work.now)


async def _tell(work: _Work, talks: Mapping[UUID, UUID], kind: str) -> None:
    await events.add(work.tx, [Event(talk, kind, work.now) for talk in talks])


async def _rows(work: _Work, *, gone: Callable[..., Awaitable[Batch]]) -> Batch:
    return await gone(work.tx, work.before, work.after, ROWS)


async def _log(work: _Work) -> Batch:
    begin = await audit.begins(work.tx)
    until = await audit.last_until(work.tx, work.before)
    number = min(until, begin.number + ROWS)
    if number <= begin.number:
        return Batch(0, None)
    roles = await given_roles.only_until(work.tx, number)
    cut = await audit.cut(work.tx, number, work.now)
    if isinstance(cut, Broken):
        log.error("audit_not_cut", entry=cut.number)
        return Batch(0, None)
    if cut:
        given_roles.say_again(work.tx, roles, work.now)
    return Batch(cut, str(number) if number < until else None)


async def _beside_the_log(work: _Work, *, gone: Callable[..., Awaitable[Batch]]) -> Batch:
    """With the log goes what it leads to; only its entries are counted. Where it could not be cut
    nothing of it goes."""
    if await audit.last_until(work.tx, work.before) > (await audit.begins(work.tx)).number:
        return Batch(0, None)
    return replace(await _rows(work, gone=gone), removed=0)


WORK: Mapping[str, tuple[Kept, Callable[[_Work], Awaitable[Batch]]]] = {
    "marks": (Kept.DELIVERIES, partial(_of_talks, kept=Kept.DELIVERIES, do=_marks)),
    "receipts": (Kept.DELIVERIES, partial(_rows, gone=outlived_rows.receipts_gone)),
    "pages": (Kept.DELIVERIES, partial(_rows, gone=outlived_rows.pages_gone)),
    "notes": (Kept.NOTES, partial(_of_talks, kept=Kept.NOTES, do=_notes)),
    "numbers": (Kept.ADDRESSES, partial(_of_talks, kept=Kept.ADDRESSES, do=_numbers)),
    "words": (Kept.CONVERSATIONS, partial(_of_talks, kept=Kept.CONVERSATIONS, do=_words)),
    outlived_register.STEP: (Kept.REGISTER, _register),
    "figures": (Kept.FIGURES, partial(_of_talks, kept=Kept.FIGURES, do=_figures)),
    "log": (Kept.AUDIT, _log),
    "openings": (Kept.AUDIT, partial(_beside_the_log, gone=outlived_rows.openings_gone)),
    "searches": (Kept.AUDIT, partial(_beside_the_log, gone=outlived_rows.searches_gone)),
}
"""In this order: a mark is asked about while it is there, and bare rows go last."""

STEPS = tuple(WORK)
