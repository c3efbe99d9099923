"""Under which keys do the texts of a conversation lie?"""

from sqlalchemy import select

from handlers.wipe import forget_keys
from storage import messages, tables, texts
from tests.sealed import Sealed

M = tables.messages.c


async def keys(sealed: Sealed) -> list[bytes]:
    """What stands before each text, in order: the key that it lies under, sealed to the contact."""
    async with sealed.house.db.read() as tx:
        rows = (await tx.conn.execute(select(tables.messages).order_by(M.at, M.id))).all()
        await texts.ready(tx, [(row.conversation_id, row.body_sealed) for row in rows])
        places = [messages.place_of(row._mapping) for row in rows]
        return [
            texts._unwrapped(tx, row.body_sealed, place)[2][:96]
            for row, place in zip(rows, places, strict=True)
        ]


async def test_the_line_keeps_a_key_for_a_minute_and_nobody_who_is_signed_in_has_it(
    sealed: Sealed,
) -> None:
    await sealed.text("hej")
    await forget_keys(sealed.house)
    await sealed.text("1")
    hej, greeting, one, *said = await keys(sealed)
    assert (hej, {one}) == (greeting, set(said)), "answered under the key of what was said"
    assert hej != one
    talk = await sealed.taken()
    await sealed.reply(talk, "hej själv")
    await sealed.reply(talk, "hur är det")
    await sealed.text("sådär")
    first, second, again = (await keys(sealed))[-3:]
    assert again == one, "the same minute"
    assert len({hej, one, first, second}) == 4, "each of a counsellor's under its own"
