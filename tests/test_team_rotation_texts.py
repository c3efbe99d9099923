"""Texts read as ever once the team's pair was replaced, and the old one opens no new ones."""

import asyncio

import pytest
from sqlalchemy import select

from handlers.house import House
from handlers.invite import revoke
from handlers.read_by import read_by
from handlers.receive import receive
from handlers.seen import Said
from storage import contact_pairs, team, team_due
from storage.encryption import SealBroken
from storage.pair_tables import contact_pairs as pairs
from storage.pairs import open_with
from tests.sealed import Sealed
from tests.team import hired, let_in


async def heard(sealed: Sealed) -> list[str | None]:
    thread = (await sealed.see()).thread
    return [it.body for it in thread if isinstance(it, Said) and it.author == "contact"]


async def teams(sealed: Sealed) -> list[tuple[int, int]]:
    """Of each pair of a contact: its generation, and the team's to which it is sealed."""
    async with sealed.house.db.read() as tx:
        query = select(pairs.c.generation, pairs.c.team).order_by(pairs.c.generation)
        return [(row[0], row[1]) for row in await tx.conn.execute(query)]


async def replaced(sealed: Sealed, house: House | None = None) -> None:
    """Alva's next request, after somebody was revoked."""
    sealed.desk = await read_by(house or sealed.house, sealed.alva.member, sealed.alva.key)


async def test_what_was_written_reads_as_ever_and_the_next_text_has_a_new_pair(
    sealed: Sealed,
) -> None:
    elis = await hired(sealed.house, "Elis")
    await let_in(sealed.alva, elis)
    async with (await elis.reads()).db.read() as tx:
        assert tx.reader is not None
        known = tx.reader.team[1]
    await sealed.text("hej")
    assert await teams(sealed) == [(1, 1)]
    await revoke(sealed.house, "Elis")
    await replaced(sealed)
    assert await heard(sealed) == ["hej"]
    assert await teams(sealed) == [(1, 2)]
    await sealed.text("igen")
    assert await heard(sealed) == ["hej", "igen"]
    assert await teams(sealed) == [(1, 2), (2, 2)]
    async with sealed.house.db.read() as tx:
        for row in await tx.conn.execute(select(pairs)):
            place = contact_pairs.locked_to(row.contact_id, row.generation)
            with pytest.raises(SealBroken):
                open_with(known, row.private_sealed, *place)


async def test_texts_that_arrive_meanwhile_are_all_read(sealed: Sealed, twin: House) -> None:
    elis = await hired(sealed.house, "Elis")
    await let_in(sealed.alva, elis)
    await sealed.text("hej")
    await revoke(sealed.house, "Elis")
    phones = [f"+467017406{last}" for last in range(30, 42)]

    async def writes(house: House, phone: str) -> None:
        await receive(house, [sealed.message("meanwhile", phone)])

    await asyncio.gather(
        replaced(sealed, twin),
        *(writes(house, p) for house, p in zip([sealed.house, twin] * 6, phones, strict=True)),
        replaced(sealed),
    )
    sealed.clock.advance(seconds=61)
    await replaced(sealed)
    assert {newest for _, newest in await teams(sealed)} == {2}
    async with sealed.house.db.read() as tx:
        assert await team_due.due(tx) == team_due.Due(None, None)
    read = [
        [it.body for it in (await sealed.see(row.id)).thread if isinstance(it, Said)]
        for row in (await sealed.queue()).waiting
    ]
    assert sum("meanwhile" in bodies for bodies in read) == len(phones)


async def test_what_was_sealed_to_the_old_pair_after_all_is_carried_over_later(
    sealed: Sealed,
) -> None:
    """A process that had read the old public half before, and was slow."""
    elis = await hired(sealed.house, "Elis")
    await let_in(sealed.alva, elis)
    async with sealed.house.db.read() as tx:
        old = await team.public_key(tx)
    await revoke(sealed.house, "Elis")
    await replaced(sealed)
    with pytest.MonkeyPatch.context() as patch:

        async def slow(_: object) -> tuple[int, bytes] | None:
            return old

        patch.setattr(team, "public_key", slow)
        await sealed.text("sent late")
    assert await teams(sealed) == [(1, 1)]
    sealed.clock.advance(seconds=61)
    await replaced(sealed)
    assert await teams(sealed) == [(1, 2)]
    await sealed.text("later")
    assert await heard(sealed) == ["sent late", "later"]
    assert await teams(sealed) == [(1, 2), (2, 2)]
