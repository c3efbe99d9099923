"""Sessions as tests use them."""

from sqlalchemy import update

from domain.member import Member
from handlers.house import House
from handlers.sign_in import new_session, whose_session
from storage import key_tables


async def lasting(house: House, member: Member) -> str:
    """A session's token; somebody is at the page all the time, however far the clock is moved."""
    kept = key_tables.sessions
    async with house.db.write() as tx:
        token = await new_session(house, tx, member)
        theirs = kept.c.token_hash == tx.keys.index("session", token)
        await tx.conn.execute(update(kept).where(theirs).values(locks_at=kept.c.ends_at))
    return token


async def member_of(house: House, token: str) -> Member | None:
    """Who is signed in with it."""
    held = await whose_session(house, token)
    return held.member if held else None
