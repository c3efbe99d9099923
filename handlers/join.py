"""Somebody invited makes their account; the link works once."""

from datetime import datetime

from handlers import passphrase as words
from handlers.errors import LinkSpent
from handlers.house import House
from handlers.line_names import line_names
from handlers.note_forged import note_forged_link
from handlers.sign_in import new_session
from storage import audit, invitations, member_keys, members
from storage.database import Tx
from storage.invitations import Said
from storage.members import Entry
from storage.pairs import new_pair


async def invited(house: House, token: str) -> str:
    """The name of whom the invitation is for; one that somebody wrote into a row is nobody's, and
    is written down. Raises LinkSpent."""
    async with house.db.read() as tx:
        entry, _ = await _found(tx, token, house.now())
        stands = await invitations.said(tx, entry.id)
    if stands is Said.OTHERWISE:
        await note_forged_link(house, entry.id)
    if stands is not Said.TRUE:
        raise LinkSpent
    return entry.name


async def _found(tx: Tx, token: str, now: datetime) -> tuple[Entry, bytes]:
    """In whose row, and by what the invitation is found. Raises LinkSpent."""
    for link in tx.keys.indexes("invitation", token):
        if entry := await members.invited(tx, link, now):
            return entry, link
    raise LinkSpent


async def _invited(tx: Tx, token: str, now: datetime) -> tuple[Entry, bytes]:
    """The same, of one that is what was made. Raises LinkSpent."""
    entry, link = await _found(tx, token, now)
    if await invitations.said(tx, entry.id) is not Said.TRUE:
        raise LinkSpent
    return entry, link


async def join(house: House, token: str, passphrase: str, repeated: str, browser: str = "") -> str:
    """Use the invitation; the token of a new session. Raises LinkSpent, Busy or BadInput."""
    name = await invited(house, token)
    await words.check(passphrase, repeated, [name, *await line_names(house)])
    recipe = words.new_recipe(house.db.keys)
    with words.a_place():
        secret = await words.key_of(house.db.keys, passphrase, recipe)
    async with house.db.write() as tx:
        now = house.now()
        entry, link = await _invited(tx, token, now)
        if not await members.join(tx, link, None, now):
            raise LinkSpent
        key = member_keys.first(entry.id, new_pair())
        await member_keys.keep(tx, key, now)
        await member_keys.wrap_by_passphrase(tx, key, recipe, secret, now)
        audit.note(tx, "joined", now, entry.member.id, entry.member.id)
        return await new_session(house, tx, entry.member, key, browser)
