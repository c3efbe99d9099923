"""Each member's key pair, and what its private half is wrapped under: one row for each way in."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, Row, delete, select, update

from storage.database import Tx
from storage.encryption import SealBroken, open_under, seal_under
from storage.ids import new_id
from storage.key_tables import member_keys, member_wraps
from storage.pairs import Pair, pair_of
from storage.reading import MemberKey
from storage.rows import insert, insert_new

T = member_wraps.c
PASSPHRASE, PASSKEY = "passphrase", "passkey"


@dataclass(frozen=True)
class Credential:
    """What is known of a passkey."""

    id: bytes
    public: bytes = field(repr=False)
    sign_count: int = 0


@dataclass(frozen=True)
class Recipe:
    """How a login secret becomes a key: the pepper's generation, a salt, argon2id's limits."""

    pepper: int
    salt: bytes
    opslimit: int | None = None
    memlimit: int | None = None


@dataclass(frozen=True)
class Wrap:
    """One way in."""

    id: UUID
    member_id: UUID
    kind: str
    generation: int | None
    """Of the pair that it opens; None for a passkey that opens nothing."""
    recipe: Recipe
    wrapped: bytes | None = field(repr=False)
    name: str
    credential: Credential | None
    doubled_at: datetime | None
    made_at: datetime
    used_at: datetime | None

    @property
    def opens(self) -> bool:
        """Whether it lets them in by itself."""
        return self.wrapped is not None and self.doubled_at is None

    def opened(self, key: bytes) -> MemberKey:
        """The member's pair, by the key that the login secret became. Raises SealBroken."""
        if self.wrapped is None or self.generation is None:
            raise SealBroken
        bound = _bound(self.member_id, self.generation, self.kind)
        return MemberKey(
            self.member_id, self.generation, pair_of(open_under(key, self.wrapped, *bound))
        )


def _bound(member_id: UUID, generation: int, kind: str) -> tuple[object, ...]:
    return ("member_wraps", member_id, generation, kind)


def _read(tx: Tx, row: Row[tuple[object, ...]]) -> Wrap:
    credential = None
    if row.credential_id is not None:
        credential = Credential(row.credential_id, row.credential_public, row.sign_count)
    recipe = Recipe(row.pepper, row.salt, row.opslimit, row.memlimit)
    return Wrap(
        row.id,
        row.member_id,
        row.kind,
        row.generation,
        recipe,
        row.wrapped,
        _name(tx, row),
        credential,
        row.doubled_at,
        row.made_at,
        row.used_at,
    )


def _name(tx: Tx, row: Row[tuple[object, ...]]) -> str:
    if row.name_sealed is None:
        return ""
    try:
        return tx.keys.open("text", row.name_sealed, "member_wraps", row.id, "name")
    except SealBroken:
        return "?"


async def keep(tx: Tx, key: MemberKey, now: datetime) -> bool:
    """A member's pair of this generation; False where they have one already."""
    row = {"member_id": key.member_id, "generation": key.generation}
    row |= {"public": key.pair.public, "made_at": now}
    return bool(await insert_new(tx, member_keys, [row], "generation"))


async def wrap_by_passphrase(
    tx: Tx, key: MemberKey, recipe: Recipe, secret: bytes, now: datetime
) -> None:
    """The passphrase that `secret` was made of opens this pair from now on, and no other does."""
    await tx.conn.execute(
        delete(member_wraps).where(T.member_id == key.member_id, T.kind == PASSPHRASE)
    )
    await insert(tx, member_wraps, [_row(key, PASSPHRASE, recipe, secret, now)])


async def add_passkey(
    tx: Tx,
    member_id: UUID,
    credential: Credential,
    name: str,
    recipe: Recipe,
    now: datetime,
    opens: tuple[MemberKey, bytes] | None,
) -> bool:
    """A passkey, and the pair that it opens where it can; False when it is known already."""
    row = new_id(now)
    known: dict[str, object] = {"id": row, "member_id": member_id, "kind": PASSKEY, "made_at": now}
    known |= {"generation": None, "wrapped": None, "pepper": recipe.pepper, "salt": recipe.salt}
    if opens:
        known |= _row(opens[0], PASSKEY, recipe, opens[1], now) | {"id": row}
    known |= {
        "name_sealed": tx.keys.seal("text", name, "member_wraps", row, "name"),
        "credential_id": credential.id,
        "credential_public": credential.public,
        "sign_count": credential.sign_count,
    }
    return bool(await insert_new(tx, member_wraps, [known], "id"))


async def wrap_again(tx: Tx, wrap: Wrap, key: MemberKey, recipe: Recipe, secret: bytes) -> bool:
    """The same way in, by a newer pepper; False where it is not as it was looked at."""
    bound = _bound(key.member_id, key.generation, wrap.kind)
    changed = await tx.conn.execute(
        update(member_wraps)
        .where(T.id == wrap.id, T.pepper == wrap.recipe.pepper, T.salt == wrap.recipe.salt)
        .values(
            wrapped=seal_under(secret, key.pair.private, *bound),
            pepper=recipe.pepper,
            salt=recipe.salt,
        )
    )
    return changed.rowcount == 1


def _row(
    key: MemberKey, kind: str, recipe: Recipe, secret: bytes, now: datetime
) -> dict[str, object]:
    bound = _bound(key.member_id, key.generation, kind)
    return {
        "id": new_id(now),
        "member_id": key.member_id,
        "kind": kind,
        "generation": key.generation,
        "wrapped": seal_under(secret, key.pair.private, *bound),
        "pepper": recipe.pepper,
        "salt": recipe.salt,
        "opslimit": recipe.opslimit,
        "memlimit": recipe.memlimit,
        "made_at": now,
    }


async def passphrase(tx: Tx, member_id: UUID) -> Wrap | None:
    """The wrap under their passphrase; None where they have none."""
    found = await _of(tx, (T.member_id == member_id) & (T.kind == PASSPHRASE))
    return found[0] if found else None


async def of_credential(tx: Tx, credential_id: bytes) -> Wrap | None:
    """The passkey with this id."""
    found = await _of(tx, T.credential_id == credential_id)
    return found[0] if found else None


async def passkeys(tx: Tx, member_id: UUID) -> list[Wrap]:
    """A member's passkeys, in the order in which they were added."""
    return await _of(tx, (T.member_id == member_id) & (T.kind == PASSKEY))


async def opening(tx: Tx, member_id: UUID) -> list[Wrap]:
    """Every way to a member's key that lets them in."""
    return [wrap for wrap in await _of(tx, T.member_id == member_id) if wrap.opens]


async def _of(tx: Tx, condition: ColumnElement[bool]) -> list[Wrap]:
    rows = await tx.conn.execute(select(member_wraps).where(condition).order_by(T.id))
    return [_read(tx, row) for row in rows]


async def used(tx: Tx, wrap_id: UUID, now: datetime) -> None:
    """Somebody came in this way."""
    await tx.conn.execute(update(member_wraps).where(T.id == wrap_id).values(used_at=now))


class Counted(StrEnum):
    """What a passkey's counter says of an answer of its."""

    SOUND = "sound"
    LATE = "late"
    DOUBLED = "doubled"


async def count_on(
    tx: Tx, wrap_id: UUID, sign_count: int, asked_at: datetime, now: datetime
) -> Counted:
    """A passkey's counter goes up, or is always 0; else somebody has a copy of it.

    But for a lower one that answers what was asked before it was last used: that was only held up
    on its way, and whoever holds answers up must not take a passkey from its owner. One count is
    never given twice: the same again is a copy's, whenever it was asked.
    """
    goes_on = (T.sign_count < sign_count) | ((T.sign_count == 0) & (sign_count == 0))
    known = (T.id == wrap_id) & T.doubled_at.is_(None)
    changed = await tx.conn.execute(
        update(member_wraps).where(known, goes_on).values(sign_count=sign_count, used_at=now)
    )
    if changed.rowcount:
        return Counted.SOUND
    unless_late = T.used_at.is_(None) | (T.used_at < asked_at) | (T.sign_count == sign_count)
    doubled = await tx.conn.execute(
        update(member_wraps).where(known, unless_late).values(doubled_at=now)
    )
    return Counted.DOUBLED if doubled.rowcount else Counted.LATE


async def remove_passkey(tx: Tx, member_id: UUID, wrap_id: UUID) -> bool:
    """It opens nothing any more; False when it was not theirs."""
    gone = await tx.conn.execute(
        delete(member_wraps).where(T.id == wrap_id, T.member_id == member_id, T.kind == PASSKEY)
    )
    return bool(gone.rowcount)


async def remove_passphrase(tx: Tx, member_id: UUID) -> bool:
    """It opens nothing any more; False when they have none."""
    gone = await tx.conn.execute(
        delete(member_wraps).where(T.member_id == member_id, T.kind == PASSPHRASE)
    )
    return bool(gone.rowcount)


async def forget_wraps(tx: Tx, member_id: UUID, *, but: UUID | None = None) -> None:
    """Nothing opens what was theirs, but for what one of them does."""
    gone = delete(member_wraps).where(T.member_id == member_id)
    await tx.conn.execute(gone.where(T.id != but) if but else gone)


async def wrap_by_passkey(
    tx: Tx, wrap_id: UUID, key: MemberKey, recipe: Recipe, secret: bytes, now: datetime
) -> None:
    """A passkey that is known opens this pair from now on."""
    row = _row(key, PASSKEY, recipe, secret, now)
    changed = {name: row[name] for name in ("generation", "wrapped", "pepper", "salt")}
    await tx.conn.execute(update(member_wraps).where(T.id == wrap_id).values(changed))


def first(member_id: UUID, pair: Pair) -> MemberKey:
    """A member's key before any was ever replaced."""
    return MemberKey(member_id, 1, pair)
