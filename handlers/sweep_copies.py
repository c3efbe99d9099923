"""The words that Twilio keeps go by themselves: of a text of theirs once it is stored, of our own
once it has come to its end.

The messages and the outbox are gone through in the order of their ids, each once; what is newer
than `LAG` is left alone, so that whatever is being committed is there when its turn comes. Catching
up compares ids alone, and the message itself stays on Twilio's list. Telegram's copies are what the
contact sees in their chat: they go when the contact is deleted.
"""

from datetime import timedelta

from domain.message import Channel
from handlers.house import House
from storage import provider_copies, swept
from storage.provider_copies import Kind, NewCopy

AT_ONCE = 200
LAG = timedelta(minutes=10)
OF_TWILIO = (Channel.SMS, Channel.WHATSAPP)


async def sweep_copies(house: House) -> int:
    """Go on where it was left; how many rows were passed. Where it was decided that providers keep
    them nothing is passed: it begins there once that is decided otherwise."""
    if house.keeps_copies:
        return 0
    now = house.now()
    passed = 0
    for name, rows_of in (("messages", swept.heard), ("outbox", swept.sent)):
        async with house.db.write() as tx:
            since = await swept.up_to(tx, name)
            rows = await rows_of(tx, since, now - LAG, AT_ONCE)
            copies = [
                NewCopy(row.channel, Kind.BODY, row.at, row.provider_id, outbox_id=row.outbox_id)
                for row in rows
                if row.channel in OF_TWILIO and (row.provider_id or row.outbox_id)
            ]
            if not rows or not await swept.move(tx, name, since, rows[-1].id):
                continue
            await provider_copies.add(tx, copies, now)
        passed += len(rows)
    return passed
