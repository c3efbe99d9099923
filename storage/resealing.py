"""What was written before there was a team is sealed to its contacts, bit by bit.

Each table is looked through in the order of its rows, a few at a time, and once more until nothing
was found: texts arrive meanwhile, and a process that has not heard of the team yet seals a little
longer for the server alone. How far it has come is in the database, so whoever is killed at any
point is followed by another. A row is exchanged only while it is as it was read.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    LargeBinary,
    Select,
    and_,
    func,
    literal,
    select,
    update,
)

from storage import (
    channel_tables,
    copies,
    drafts,
    messages,
    notes,
    pictures,
    queue,
    quiet_words,
    register_tables,
    register_words,
    revisions,
    safe_tables,
    stranger_words,
    tables,
    team,
    texts,
    triages,
)
from storage.database import Tx
from storage.drafts import Box
from storage.encryption import SealBroken
from storage.pair_tables import resealing
from storage.reading import Lately
from storage.rows import insert_new
from storage.texts import Place

R = resealing.c

UNHEARD = timedelta(seconds=30)
"""A process that has seen no team asks again after 20 s (docs/decisions/0025)."""

SETTLES = timedelta(minutes=10)
"""So long after the first look other processes may not have heard of the team."""

COMPACTED = "compacted"
"""Under this name stands when the database was made small again."""


@dataclass(frozen=True)
class Kind:
    """The texts of one table."""

    name: str
    sealed: Column[Any]
    query: Select[Any]
    """With `id`, `conversation_id` and `sealed`."""
    place: Callable[[Mapping[Any, Any]], Place]
    at_once: int = 100
    only_old: bool = False
    """The few rows are asked for by their version: they have no id of their own."""
    to_team: bool = False
    """They are nobody's whom the line knows, and sealed to the team itself."""


M, T = tables.messages, tables.triages
E, P, N = channel_tables.revisions, channel_tables.pictures, tables.notes
RW, SW = register_tables.register_words, register_tables.stranger_words
_ENDED = T.c.ended_at.is_not(None)


W = safe_tables.quiet_words


def _drafts(box: Box) -> Kind:
    d = box.value.c
    query = select(box.value, d.conversation_id.label("id"), d.body_sealed.label("sealed"))
    return Kind(box.value.name, d.body_sealed, query, partial(drafts.place_of, box), only_old=True)


KINDS = (
    Kind(
        "messages", M.c.body_sealed, select(M, M.c.body_sealed.label("sealed")), messages.place_of
    ),
    Kind("notes", N.c.body_sealed, select(N, N.c.body_sealed.label("sealed")), notes.place_of),
    Kind(
        "revisions",
        E.c.body_sealed,
        select(E, E.c.body_sealed.label("sealed"), M.c.conversation_id).join_from(
            E, M, M.c.id == E.c.message_id
        ),
        revisions.place_of,
    ),
    Kind(
        "pictures",
        P.c.content_sealed,
        select(P, P.c.content_sealed.label("sealed"), M.c.conversation_id).join_from(
            P, M, M.c.id == P.c.message_id
        ),
        pictures.place_of,
        at_once=4,
    ),
    Kind(
        "triages",
        T.c.state_sealed,
        select(T, T.c.state_sealed.label("sealed")).where(_ENDED),
        triages.place_of,
    ),
    Kind(
        "register_words",
        RW.c.body_sealed,
        select(RW, RW.c.body_sealed.label("sealed")),
        register_words.place_of,
    ),
    Kind(
        "stranger_words",
        SW.c.body_sealed,
        select(SW, SW.c.entry_id.label("conversation_id"), SW.c.body_sealed.label("sealed")),
        stranger_words.place_of,
        to_team=True,
    ),
    *(_drafts(box) for box in Box),
    Kind(
        "quiet_words",
        W.c.word_sealed,
        select(W, W.c.contact_id.label("id"), W.c.word_sealed.label("sealed")),
        quiet_words.place_of,
        only_old=True,
    ),
)


def is_old(sealed: ColumnElement[Any]) -> ColumnElement[bool]:
    """It lies under the server's key alone."""
    first = literal(bytes((texts.SERVERS,)), LargeBinary())
    return and_(sealed.is_not(None), func.substr(sealed, 1, 1) == first)


async def unfinished(tx: Tx) -> str | None:
    """What is to be looked through next, or `COMPACTED`; None once everything is done."""
    rows = await tx.conn.execute(select(R.name).where(R.done_at.is_not(None)))
    done = set(rows.scalars())
    names = (*(kind.name for kind in KINDS), COMPACTED)
    return next((name for name in names if name not in done), None)


async def done_at(tx: Tx) -> datetime | None:
    """When everything was sealed and the database small again."""
    query = select(R.done_at).where(R.name == COMPACTED)
    return (await tx.conn.execute(query)).scalar_one_or_none()


async def left(tx: Tx) -> dict[str, int]:
    """By table: how many texts lie under the server's key alone. Reads all of them."""
    found = {}
    for kind in KINDS:
        old = select(func.count()).select_from(kind.sealed.table).where(is_old(kind.sealed))
        if kind.name == "triages":
            old = old.where(_ENDED)
        found[kind.name] = (await tx.conn.execute(old)).scalar_one()
    return found


async def step(tx: Tx, name: str, now: datetime) -> int:
    """Look at some more rows of this table; how many that were, 0 at the end of it."""
    kind = next(kind for kind in KINDS if kind.name == name)
    began = {"name": name, "found": False, "began_at": now, "pass_at": now}
    await insert_new(tx, resealing, [began], "name")
    here = (await tx.conn.execute(select(resealing).where(R.name == name))).one()
    rows = await _rows(tx, kind, here.after)
    old = [row for row in rows if row.sealed and row.sealed[0] == texts.SERVERS]
    sealed = await _seal(tx, kind, old)
    found = here.found or sealed
    values: dict[str, object] = {"found": found}
    if rows and (sealed or not kind.only_old):
        values["after"] = rows[-1].id
    else:
        rows = []
        began_at = (await tx.conn.execute(select(func.min(R.began_at)))).scalar_one()
        over = not found and here.pass_at >= began_at + SETTLES
        values = {"after": None, "found": False, "pass_at": now, "done_at": now if over else None}
    await tx.conn.execute(update(resealing).where(R.name == name).values(values))
    return len(rows)


async def _rows(tx: Tx, kind: Kind, after: UUID | None) -> list[Any]:
    query = kind.query
    if kind.only_old:
        query = query.where(is_old(kind.sealed))
    else:
        ids = kind.sealed.table.c.id
        query = (query.where(ids > after) if after else query).order_by(ids)
    return list((await tx.conn.execute(query.limit(kind.at_once))).all())


async def _seal(tx: Tx, kind: Kind, rows: Sequence[Any]) -> bool:
    """Whether anything was. It lies under keys of its own: of most of it there is no copy."""
    tx = replace(tx, lately=Lately())
    talks = {row.conversation_id for row in rows}
    if not talks:
        return False
    if kind.to_team:
        await stranger_words.learn(tx, talks)
    else:
        await queue.hold(tx, talks)
        await texts.learn(tx, talks)
    changed = [await _exchange(tx, kind, row) for row in rows]
    return any(changed)


async def _exchange(tx: Tx, kind: Kind, row: Any) -> bool:
    where = kind.place(row._mapping)
    if tx.held.to[row.conversation_id] is None:
        return False
    try:
        plain = tx.keys.open_bytes("text", row.sealed, *where.old)
    except SealBroken:
        return False
    values = {kind.sealed: texts.seal_bytes(tx, plain, where)}
    if kind.name == "messages" and row.for_triage:
        values[M.c.copy_sealed] = copies.seal(tx, plain.decode(), row.id, row.conversation_id)
    same = and_(*(key == row._mapping[key.name] for key in kind.sealed.table.primary_key))
    exchanged = update(kind.sealed.table).where(same, kind.sealed == row.sealed)
    return (await tx.conn.execute(exchanged.values(values))).rowcount == 1


async def had_any(tx: Tx) -> bool:
    """Whether somebody had written before there was a team, as far as every process had heard."""
    ours = await team.every(tx)
    if not ours:
        return False
    known, theirs = ours[-1].made_at + UNHEARD, tables.contacts.c
    query = select(theirs.id).where(theirs.first_inbound_at < known).limit(1)
    return (await tx.conn.execute(query)).first() is not None


async def compacted(tx: Tx, now: datetime) -> bool:
    """The database is small again, and nothing of what lay there before is in its files. False
    where another process was first."""
    row = {"name": COMPACTED, "found": False, "began_at": now, "pass_at": now, "done_at": now}
    return bool(await insert_new(tx, resealing, [row], "name"))
