"""How a member is paged: a telephone is added, and verified by a code that is sent to it."""

from handlers.add_line import number_of
from handlers.errors import BadInput, NotFound
from handlers.house import House
from storage import lines, members, pages, ways
from storage.pages import Kind, Wanted


async def add_pager(house: House, name: str, sms: str, *, verified: bool) -> None:
    """Somebody who has seen the telephone may say that it is theirs; else it is asked.

    Raises NotFound, BadInput (number: not_e164, ours or taken).
    """
    number, now = number_of(sms), house.now()
    async with house.db.write() as tx:
        entry = await members.by_name(tx, name)
        if entry is None or entry.revoked_at is not None:
            raise NotFound
        if number in {line.address for line in await lines.every(tx)}:
            raise BadInput("number", "ours")
        way_id = await ways.add(tx, entry.id, ways.SMS, number, now, verified=verified)
        if way_id is None:
            raise BadInput("number", "taken_by_member")
        if not verified:
            await pages.add(tx, [Wanted(Kind.VERIFY, entry.id, way_id)], now)
