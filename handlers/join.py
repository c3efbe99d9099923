"""Somebody invited makes their account; the link works once."""

from handlers import passphrase as words
from handlers.errors import LinkSpent
from handlers.house import House
from handlers.sign_in import new_session
from storage import members


async def invited(house: House, token: str) -> str:
    """The name of whom the invitation is for. Raises LinkSpent."""
    async with house.db.read() as tx:
        entry = await members.invited(tx, tx.keys.index("invitation", token), house.now())
    if entry is None:
        raise LinkSpent
    return entry.name


async def join(house: House, token: str, passphrase: str, repeated: str) -> str:
    """Use the invitation; the token of a new session. Raises LinkSpent or BadInput."""
    await invited(house, token)
    words.check(passphrase, repeated)
    kept = await words.hashed(house.db.keys, passphrase)
    async with house.db.write() as tx:
        link, now = tx.keys.index("invitation", token), house.now()
        entry = await members.invited(tx, link, now)
        if entry is None or not await members.join(tx, link, kept, now):
            raise LinkSpent
        return await new_session(house, tx, entry.member)
