"""A key pair for each contact: what is written with them is sealed to it, and the team opens it.

The public half lies beside the contact's address under the server's key, so that nobody who only
writes into the database puts one of their own there. The private half is sealed to the team. A
contact gets their pair with the first text that is written once there is a team, and a new one once
that was taken away from them (`renew_older`); the old ones stay, for what was sealed to them.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select, update

from storage import tables, team
from storage.contacts import Contact
from storage.database import Tx
from storage.encryption import SealBroken
from storage.pair_tables import contact_keys, contact_pairs
from storage.pairs import new_pair, seal_to
from storage.reading import Locked, To
from storage.rows import change, insert_new

P, K, C, Talk = contact_pairs.c, contact_keys.c, tables.contacts.c, tables.conversations.c

ASKS_AGAIN = timedelta(seconds=20)
"""After which whoever takes in texts asks again whether there is a team by now. What was written
meanwhile is sealed by `storage.resealing`."""

MOST = 2**16 - 1
"""Pairs of one contact: a text names its own in two bytes."""


@dataclass(frozen=True)
class Made:
    """A new pair of a contact."""

    to: To
    team: int
    private_sealed: bytes = field(repr=False)


async def first_of(tx: Tx, contact_ids: Iterable[UUID], now: datetime) -> dict[UUID, Made]:
    """A pair for each of these, who are about to be added; none while there is no team."""
    there = await _team(tx, now)
    return {contact: _pair(contact, 1, there) for contact in contact_ids} if there else {}


async def keep(tx: Tx, pairs: Iterable[Made]) -> set[UUID]:
    """Write down the private halves; whose did not have one of the same number."""
    rows = []
    for made in pairs:
        place = made.to.contact_id, made.to.generation
        tx.held.locked[place] = Locked(made.team, made.private_sealed)
        row = {"team": made.team, "private_sealed": made.private_sealed}
        rows.append({"contact_id": place[0], "generation": place[1], **row})
    return set(await insert_new(tx, contact_pairs, rows, "contact_id"))


async def _team(tx: Tx, now: datetime) -> tuple[int, bytes] | None:
    seen = tx.no_team
    if seen.seen_at and timedelta() <= now - seen.seen_at < ASKS_AGAIN:
        return None
    there = await team.public_key(tx)
    seen.seen_at = now if there is None else None
    return there


async def learn(tx: Tx, talks: Mapping[UUID, Contact], now: datetime) -> None:
    """To whom is sealed what is written in these conversations, whose contacts are locked."""
    theirs = {talk: (contact.id, contact.pair_sealed) for talk, contact in talks.items()}
    due = _remember(tx, theirs)
    await _give(tx, due, await _team(tx, now) if due else None)


async def learn_of(tx: Tx, conversation_ids: Iterable[UUID]) -> None:
    """The same of conversations whose contacts nobody has read; theirs are locked, too."""
    unknown = set(conversation_ids) - tx.held.to.keys()
    if not unknown:
        return
    query = select(Talk.id, Talk.contact_id, K.pair_sealed).join_from(
        tables.conversations, contact_keys, K.contact_id == Talk.contact_id, isouter=True
    )
    rows = await tx.conn.execute(query.where(Talk.id.in_(unknown)))
    due = _remember(tx, {row.id: (row.contact_id, row.pair_sealed) for row in rows})
    await _give(tx, due, await team.public_key(tx) if due else None)


def _remember(tx: Tx, theirs: Mapping[UUID, tuple[UUID, bytes | None]]) -> dict[UUID, UUID]:
    """By conversation: the contacts who have no pair."""
    due = {}
    for talk, (contact_id, sealed) in theirs.items():
        if talk in tx.held.to:
            continue
        to = _opened(tx, contact_id, sealed) if sealed else None
        if to is None:
            due[talk] = contact_id
        else:
            tx.held.to[talk] = to
    return due


def _opened(tx: Tx, contact_id: UUID, sealed: bytes) -> To | None:
    """None for one that is not ours: nothing is sealed to it."""
    found = tx.lately.pairs.get(sealed)
    if found is not None and found.contact_id == contact_id:
        return found
    try:
        plain = tx.keys.open_bytes("address", sealed, *_place(contact_id))
    except SealBroken:
        return None
    to = tx.lately.pairs[sealed] = To(contact_id, int.from_bytes(plain[:2], "big"), plain[2:])
    return to


async def _give(tx: Tx, due: Mapping[UUID, UUID], there: tuple[int, bytes] | None) -> None:
    given = await _next(tx, sorted(due.values()), there) if due and there else {}
    for talk, contact_id in due.items():
        tx.held.to[talk] = given.get(contact_id)


async def _next(tx: Tx, contact_ids: Sequence[UUID], there: tuple[int, bytes]) -> dict[UUID, To]:
    """A pair for each; none for whom somebody else makes one at this moment."""
    latest = await _latest(tx, contact_ids)
    numbers = {contact: latest.get(contact, 0) + 1 for contact in contact_ids}
    made = [_pair(contact, number, there) for contact, number in numbers.items() if number <= MOST]
    added = await keep(tx, made)
    given = {one.to.contact_id: one.to for one in made if one.to.contact_id in added}
    kept = [{"contact_id": one, "pair_sealed": public(tx, to)} for one, to in given.items()]
    await change(tx, contact_keys, kept, "contact_id")
    return given


def _pair(contact_id: UUID, number: int, there: tuple[int, bytes]) -> Made:
    generation, theirs = there
    pair = new_pair()
    private = seal_to(theirs, pair.private, *locked_to(contact_id, number))
    return Made(To(contact_id, number, pair.public), generation, private)


async def _latest(tx: Tx, contact_ids: Collection[UUID]) -> dict[UUID, int]:
    query = select(P.contact_id, func.max(P.generation)).where(P.contact_id.in_(contact_ids))
    return {row[0]: row[1] for row in await tx.conn.execute(query.group_by(P.contact_id))}


def public(tx: Tx, to: To) -> bytes:
    """The public half as it is stored."""
    plain = to.generation.to_bytes(2, "big") + to.public
    return tx.keys.seal_bytes("address", plain, *_place(to.contact_id))


def _place(contact_id: UUID) -> tuple[object, ...]:
    return ("contacts", contact_id, "pair")


def locked_to(contact_id: UUID, generation: int) -> tuple[object, ...]:
    """What a sealed private half is bound to."""
    return ("contact_pairs", contact_id, generation)


async def look_up(tx: Tx, conversation_ids: Iterable[UUID]) -> None:
    """Whose these conversations are, and all pairs that they ever had."""
    unknown = set(conversation_ids) - tx.held.whose.keys()
    if not unknown:
        return
    query = (
        select(Talk.id, Talk.contact_id, P.generation, P.team, P.private_sealed)
        .join_from(
            tables.conversations, contact_pairs, P.contact_id == Talk.contact_id, isouter=True
        )
        .where(Talk.id.in_(unknown))
    )
    for row in await tx.conn.execute(query):
        tx.held.whose[row.id] = row.contact_id
        if row.generation is not None:
            held = Locked(row.team, row.private_sealed)
            tx.held.locked[row.contact_id, row.generation] = held


async def renew_older(tx: Tx, generation: int) -> None:
    """Each contact whose pair was made for a team before this one gets a new pair with the next
    text: somebody may know the old ones."""
    older = select(P.contact_id).group_by(P.contact_id).having(func.max(P.team) < generation)
    theirs = K.pair_sealed.is_not(None) & K.contact_id.in_(older)
    if tx.postgres:  # in the order in which everybody locks them
        held = select(C.id).join_from(tables.contacts, contact_keys, K.contact_id == C.id)
        held = held.where(theirs).order_by(C.id)
        await tx.conn.execute(held.with_for_update(of=tables.contacts, key_share=True))
    await tx.conn.execute(update(contact_keys).where(theirs).values(pair_sealed=None))
