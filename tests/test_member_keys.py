"""Each member's pair: made when they join or next sign in, opened by what they alone know."""

import asyncio
from uuid import UUID

import pytest
from nacl.pwhash import argon2id
from sqlalchemy import func, select, update

from domain.member import Role
from handlers import passphrase as words
from handlers import sign_in as signing
from handlers.errors import BadInput
from handlers.house import House
from handlers.invite import invite, revoke
from handlers.join import join
from handlers.read_by import read_by
from handlers.sign_in import sign_in, whose_session
from storage import key_tables, member_keys, members
from storage.encryption import SealBroken
from storage.reading import MemberKey
from tests.branches import branches
from tests.clock import Clock

PASSPHRASE = "en lång mening om hösten"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2id at its least."""
    monkeypatch.setattr(argon2id, "OPSLIMIT_INTERACTIVE", argon2id.OPSLIMIT_MIN)
    monkeypatch.setattr(argon2id, "MEMLIMIT_INTERACTIVE", argon2id.MEMLIMIT_MIN)


async def _joined(house: House, name: str = "Alva") -> MemberKey:
    token = await invite(house, name, Role.COUNSELLOR)
    return await _key(house, await join(house, token, PASSPHRASE, PASSPHRASE))


async def _from_before(house: House, name: str = "Alva") -> UUID:
    """A member as they were before there were pairs: with a hash of their passphrase."""
    token = await invite(house, name, Role.COUNSELLOR)
    kept = argon2id.str(
        house.db.keys.peppered(PASSPHRASE),
        opslimit=argon2id.OPSLIMIT_MIN,
        memlimit=argon2id.MEMLIMIT_MIN,
    )
    async with house.db.write() as tx:
        link = tx.keys.index("invitation", token)
        entry = await members.invited(tx, link, house.now())
        assert entry is not None
        await members.join(tx, link, kept, house.now())
    return entry.id


async def _key(house: House, session: str) -> MemberKey:
    held = await whose_session(house, session)
    assert held is not None
    assert held.key is not None
    return held.key


async def _hash(house: House, name: str = "Alva") -> bytes | None:
    async with house.db.read() as tx:
        entry = await members.by_name(tx, name)
    assert entry is not None
    return entry.passphrase_hash


async def _wraps(house: House) -> int:
    query = select(func.count()).select_from(key_tables.member_wraps)
    async with house.db.read() as tx:
        return int(await tx.conn.scalar(query) or 0)


async def test_who_joins_has_a_pair_and_every_sign_in_opens_the_same(house: House) -> None:
    key = await _joined(house)
    assert (key.generation, len(key.pair.private)) == (1, 32)
    again = await _key(house, await sign_in(house, "Alva", PASSPHRASE, source="a"))
    assert again == key
    async with house.db.read() as tx:
        assert await tx.conn.scalar(select(key_tables.member_keys.c.public)) == key.pair.public
    assert await _hash(house) is None


async def test_each_member_has_a_pair_of_their_own(house: House) -> None:
    first, second = await _joined(house), await _joined(house, "Elis")
    assert first.pair.private != second.pair.private


async def test_a_member_from_before_gets_a_pair_at_the_next_sign_in_and_the_hash_goes(
    house: House,
) -> None:
    member_id = await _from_before(house)
    assert await _hash(house)
    with pytest.raises(BadInput):
        await sign_in(house, "Alva", "en annan lång mening", source="a")
    assert await _wraps(house) == 0
    key = await _key(house, await sign_in(house, "Alva", PASSPHRASE, source="a"))
    assert key.member_id == member_id
    assert await _hash(house) is None
    assert await _key(house, await sign_in(house, "Alva", PASSPHRASE, source="a")) == key
    with pytest.raises(BadInput):
        await sign_in(house, "Alva", "en annan lång mening", source="a")


async def test_two_first_sign_ins_at_once_make_one_pair(house: House, database_url: str) -> None:
    await _from_before(house)
    async with branches(house, database_url, 2) as houses:
        sessions = await asyncio.gather(
            *(sign_in(houses[n % 2], "Alva", PASSPHRASE, source=f"{n}") for n in range(4))
        )
    keys = [await _key(house, session) for session in sessions]
    assert keys == [keys[0]] * 4
    assert await _wraps(house) == 1


async def test_a_sign_in_that_dies_before_its_last_step_leaves_the_account_as_it_was(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _from_before(house)

    async def dies(*_: object) -> str:
        raise ConnectionResetError

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(signing, "new_session", dies)
        with pytest.raises(ConnectionResetError):
            await sign_in(house, "Alva", PASSPHRASE, source="a")
    assert await _wraps(house) == 0
    assert await _hash(house)
    assert await _key(house, await sign_in(house, "Alva", PASSPHRASE, source="a"))


async def test_a_wrap_of_less_work_than_today_is_made_anew_and_opens_the_same_pair(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = await _joined(house)
    monkeypatch.setattr(argon2id, "OPSLIMIT_INTERACTIVE", argon2id.OPSLIMIT_MIN + 1)
    assert await _key(house, await sign_in(house, "Alva", PASSPHRASE, source="a")) == key
    async with house.db.read() as tx:
        wrap = await member_keys.passphrase(tx, key.member_id)
    assert wrap is not None
    assert wrap.recipe.opslimit == argon2id.OPSLIMIT_MIN + 1
    assert await _key(house, await sign_in(house, "Alva", PASSPHRASE, source="a")) == key


async def test_a_wrap_opens_only_for_its_member_and_generation_and_with_the_pepper(
    house: House,
) -> None:
    alva, elis = await _joined(house), await _joined(house, "Elis")
    async with house.db.read() as tx:
        hers = await member_keys.passphrase(tx, alva.member_id)
    assert hers is not None
    secret = await words.key_of(house.db.keys, PASSPHRASE, hers.recipe)
    assert hers.opened(secret) == alva
    bare = argon2id.kdf(
        32,
        PASSPHRASE.encode(),
        hers.recipe.salt,
        opslimit=argon2id.OPSLIMIT_MIN,
        memlimit=argon2id.MEMLIMIT_MIN,
    )
    with pytest.raises(SealBroken):
        hers.opened(bare)
    wraps = key_tables.member_wraps
    async with house.db.write() as tx:
        await tx.conn.execute(
            update(wraps)
            .where(wraps.c.member_id == elis.member_id)
            .values(wrapped=hers.wrapped, salt=hers.recipe.salt)
        )
    with pytest.raises(BadInput):
        await sign_in(house, "Elis", PASSPHRASE, source="a")


async def test_what_a_signed_in_member_asks_is_asked_with_their_key_and_the_line_has_none(
    house: House,
) -> None:
    await _joined(house)
    held = await whose_session(house, await sign_in(house, "Alva", PASSPHRASE, source="a"))
    assert held is not None
    assert held.key is not None
    theirs = await read_by(house, held.member, held.key)
    async with theirs.db.read() as tx:
        assert tx.reader is not None
        assert tx.reader.member == held.key
        assert tx.reader.is_admitted
    async with house.db.read() as tx:
        assert tx.reader is None


async def test_revoking_leaves_nothing_that_opens_their_key(house: House) -> None:
    key = await _joined(house)
    await revoke(house, "Alva")
    assert await _wraps(house) == 0
    async with house.db.read() as tx:
        assert await tx.conn.scalar(select(func.count()).select_from(key_tables.sessions)) == 0
        assert await tx.conn.scalar(select(key_tables.member_keys.c.public)) == key.pair.public


async def test_a_key_is_never_shown(house: House) -> None:
    key = await _joined(house)
    held = await whose_session(house, await sign_in(house, "Alva", PASSPHRASE, source="a"))
    async with house.db.read() as tx:
        wrap = await member_keys.passphrase(tx, key.member_id)
        rows = (await tx.conn.execute(select(key_tables.sessions))).all()
    assert wrap is not None
    assert wrap.wrapped is not None
    for shown in (repr(held), repr(wrap), repr(key)):
        assert repr(key.pair.private) not in shown
        assert repr(wrap.wrapped) not in shown
    for row in rows:
        assert key.pair.private not in row.key_sealed


async def _stolen(house: House, token: str) -> MemberKey | None:
    """What a copy of the sessions, taken now, opens together with a cookie and the server's key."""
    held = await whose_session(house, token)
    return held.key if held else None


async def test_a_copy_of_the_database_and_a_cookie_open_the_key_only_while_the_session_is_there(
    house: House, clock: Clock
) -> None:
    key = await _joined(house)
    token = await sign_in(house, "Alva", PASSPHRASE, source="a")
    assert await _stolen(house, token) == key
    assert await _stolen(house, token[:-1] + "x") is None
    clock.advance(minutes=10)
    assert await signing.end_sessions(house) == 2
    clock.advance(minutes=-10)  # whoever has a copy has a clock of their own
    assert await _stolen(house, token) is None
    async with house.db.read() as tx:
        assert (await tx.conn.execute(select(key_tables.sessions))).all() == []
