"""A key pair for each contact: what is written with them is sealed to it, and the team opens it.

The public half lies with the contact under the server's key, so that nobody who only writes into
the database puts one of their own there. The private half is sealed to the team. A contact gets
their pair with the first text that is written once there is a team, and a new one once the old one
was taken away from them (`renew_older`); the old ones stay, for what was sealed to them.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select, update

from storage import tables, team
from storage.contacts import Contact
from storage.database import Tx
from storage.encryption import SealBroken
from storage.pair_tables import contact_pairs
from storage.pairs import new_pair, seal_to
from storage.reading import Locked, To
from storage.rows import change, insert_new

P, C, Talk = contact_pairs.c, tables.contacts.c, tables.conversations.c

ASKS_AGAIN = timedelta(seconds=20)
"""After which whoever takes in texts asks again whether there is a team by now. What was written
meanwhile is sealed by `storage.resealing`."""

MOST = 2**16 - 1
"""Pairs of one contact: a text names its own in two bytes."""


async def learn(
    tx: Tx, talks: Mapping[UUID, Contact], now: datetime, new: Collection[UUID] = ()
) -> None:
    """To whom is sealed what is written in these conversations, whose contacts are locked.

    `new`: those of the contacts who cannot have had a pair.
    """
    theirs = {talk: (contact.id, contact.pair_sealed) for talk, contact in talks.items()}
    due = _remember(tx, theirs)
    seen, there = tx.no_team, None
    if due and not (seen.seen_at and timedelta() <= now - seen.seen_at < ASKS_AGAIN):
        there = await team.public_key(tx)
        seen.seen_at = now if there is None else None
    await _give(tx, due, there, new)


async def learn_of(tx: Tx, conversation_ids: Iterable[UUID]) -> None:
    """The same of conversations whose contacts nobody has read; theirs are locked, too."""
    unknown = set(conversation_ids) - tx.held.to.keys()
    if not unknown:
        return
    query = select(Talk.id, Talk.contact_id, C.pair_sealed).join_from(
        tables.conversations, tables.contacts, C.id == Talk.contact_id
    )
    rows = await tx.conn.execute(query.where(Talk.id.in_(unknown)))
    due = _remember(tx, {row.id: (row.contact_id, row.pair_sealed) for row in rows})
    await _give(tx, due, await team.public_key(tx) if due else None, ())


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
    try:
        plain = tx.keys.open_bytes("address", sealed, *_place(contact_id))
    except SealBroken:
        return None
    return To(contact_id, int.from_bytes(plain[:2], "big"), plain[2:])


async def _give(
    tx: Tx,
    due: Mapping[UUID, UUID],
    there: tuple[int, bytes] | None,
    new: Collection[UUID],
) -> None:
    made = await _made(tx, due.values(), there, new) if due and there else {}
    for talk, contact_id in due.items():
        tx.held.to[talk] = made.get(contact_id)


async def _made(
    tx: Tx, contact_ids: Iterable[UUID], there: tuple[int, bytes], new: Collection[UUID]
) -> dict[UUID, To]:
    """A pair for each; none for whom somebody else makes one at this moment."""
    team_generation, public = there
    wanted = sorted(contact_ids)
    latest = await _latest(tx, [contact for contact in wanted if contact not in new])
    rows, made = [], {}
    for contact_id in wanted:
        generation, pair = latest.get(contact_id, 0) + 1, new_pair()
        if generation > MOST:
            continue
        private = seal_to(public, pair.private, *locked_to(contact_id, generation))
        made[contact_id] = To(contact_id, generation, pair.public)
        rows.append(
            {
                "contact_id": contact_id,
                "generation": generation,
                "team": team_generation,
                "private_sealed": private,
            }
        )
        tx.held.locked[contact_id, generation] = Locked(team_generation, private)
    added = set(await insert_new(tx, contact_pairs, rows, "contact_id"))
    made = {contact_id: to for contact_id, to in made.items() if contact_id in added}
    kept = [{"id": to.contact_id, "pair_sealed": _public(tx, to)} for to in made.values()]
    await change(tx, tables.contacts, kept)
    return made


async def _latest(tx: Tx, contact_ids: Collection[UUID]) -> dict[UUID, int]:
    if not contact_ids:
        return {}
    query = select(P.contact_id, func.max(P.generation)).where(P.contact_id.in_(contact_ids))
    return {row[0]: row[1] for row in await tx.conn.execute(query.group_by(P.contact_id))}


def _public(tx: Tx, to: To) -> bytes:
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
    theirs = C.pair_sealed.is_not(None) & C.id.in_(older)
    if tx.postgres:  # in the order in which everybody locks them
        held = select(C.id).where(theirs).order_by(C.id).with_for_update(key_share=True)
        await tx.conn.execute(held)
    await tx.conn.execute(update(tables.contacts).where(theirs).values(pair_sealed=None))
