"""Recovery sheets: key pairs whose private half lies on paper, to which the team's is sealed.

As with the roster, a tag of the team's says that a reader made it: nothing is sealed to a row that
somebody else wrote.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from uuid import UUID

from sqlalchemy import select, update

from storage.admitted import Key
from storage.database import Tx
from storage.encryption import SealBroken, parts
from storage.ids import new_id
from storage.pairs import Pair, open_with, seal_to
from storage.rows import insert
from storage.team_tables import sheets

T = sheets.c


@dataclass(frozen=True)
class Sheet:
    """One that was printed, or was to be."""

    id: UUID
    public: bytes
    generation: int
    """Of the team whose private half it holds."""
    sealed: bytes | None
    tag_sealed: bytes
    check_sealed: bytes | None
    made_at: datetime
    made_by: UUID
    confirmed_at: datetime | None
    used_at: datetime | None
    used_by: UUID | None
    replaced_at: datetime | None

    @property
    def holds(self) -> bool:
        """Whether it can still be used."""
        return self.sealed is not None and self.used_at is None and self.replaced_at is None


_COLUMNS = tuple(T[name] for name in Sheet.__dataclass_fields__)


async def every(tx: Tx) -> list[Sheet]:
    """All that there ever were, the newest first."""
    query = select(*_COLUMNS).order_by(T.made_at.desc(), T.id.desc())
    return [Sheet(*row) for row in await tx.conn.execute(query)]


async def of_public(tx: Tx, public: bytes) -> Sheet | None:
    """The sheet with this public half."""
    row = (await tx.conn.execute(select(*_COLUMNS).where(T.public == public))).one_or_none()
    return Sheet(*row) if row else None


async def add(
    tx: Tx, public: bytes, team: Key, groups: tuple[str, str], by: UUID, now: datetime
) -> UUID:
    """A sheet that is shown now; one that was shown before and not confirmed holds no more."""
    waiting = (T.confirmed_at.is_(None)) & (T.used_at.is_(None)) & (T.replaced_at.is_(None))
    await tx.conn.execute(update(sheets).where(waiting).values(**_emptied(replaced_at=now)))
    row_id = new_id(now)
    check = tx.keys.seal("text", " ".join(groups), "sheets", row_id, "check")
    row = {"id": row_id, "public": public, "check_sealed": check, "made_at": now, "made_by": by}
    await insert(tx, sheets, [row | _sealed(tx, row_id, public, team)])
    return row_id


def _emptied(**also: object) -> dict[str, object]:
    return {"sealed": None, "check_sealed": None, **also}


def _sealed(tx: Tx, sheet_id: UUID, public: bytes, team: Key) -> dict[str, object]:
    made = _tag(team.pair, sheet_id, public)
    return {
        "generation": team.generation,
        "sealed": seal_to(public, team.pair.private, "sheets", sheet_id, team.generation),
        "tag_sealed": tx.keys.seal_bytes("text", made, *bound_of(sheet_id, public)),
    }


def bound_of(sheet_id: UUID, public: bytes) -> tuple[object, ...]:
    """What its tag is bound to."""
    return ("sheets", sheet_id, public.hex())


def _tag(team: Pair, sheet_id: UUID, public: bytes) -> bytes:
    key = blake2b(team.private, digest_size=32, person=b"utvag sheet tag").digest()
    return blake2b(parts(bound_of(sheet_id, public)), key=key, digest_size=32).digest()


def is_valid(tx: Tx, team: Key, sheet: Sheet) -> bool:
    """Whether a reader of this team made it."""
    try:
        found = tx.keys.open_bytes("text", sheet.tag_sealed, *bound_of(sheet.id, sheet.public))
    except SealBroken:
        return False
    made = _tag(team.pair, sheet.id, sheet.public)
    return sheet.generation == team.generation and hmac.compare_digest(found, made)


def opened(pair: Pair, sheet: Sheet) -> bytes:
    """The team's private half. Raises SealBroken."""
    return open_with(pair, sheet.sealed or b"", "sheets", sheet.id, sheet.generation)


def asked_back(tx: Tx, sheet: Sheet) -> tuple[str, str] | None:
    """The two groups that are typed to confirm it; None once they were."""
    if sheet.check_sealed is None:
        return None
    try:
        said = tx.keys.open("text", sheet.check_sealed, "sheets", sheet.id, "check")
    except SealBroken:
        return None
    one, _, other = said.partition(" ")
    return one, other


async def confirm(tx: Tx, sheet_id: UUID, now: datetime) -> bool:
    """It is on paper: the ones before it hold no more. False when it was used or replaced."""
    holds = (T.used_at.is_(None)) & (T.replaced_at.is_(None))
    confirmed = await tx.conn.execute(
        update(sheets).where(T.id == sheet_id, holds).values(check_sealed=None, confirmed_at=now)
    )
    if not confirmed.rowcount:
        return False
    others = update(sheets).where(T.id != sheet_id, holds)
    await tx.conn.execute(others.values(**_emptied(replaced_at=now)))
    return True


async def use(tx: Tx, sheet_id: UUID, by: UUID, now: datetime) -> bool:
    """It is used, once; False when somebody was faster or it was replaced."""
    used = await tx.conn.execute(
        update(sheets)
        .where(T.id == sheet_id, T.used_at.is_(None), T.replaced_at.is_(None))
        .values(**_emptied(used_at=now, used_by=by))
    )
    return used.rowcount == 1


async def carry_over(tx: Tx, team: Key, those: list[Sheet]) -> None:
    """Seal a new team's private half to sheets of the one before."""
    for sheet in those:
        new = _sealed(tx, sheet.id, sheet.public, team)
        await tx.conn.execute(update(sheets).where(T.id == sheet.id).values(**new))
