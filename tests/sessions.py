"""Sessions as tests use them."""

import secrets

from domain.member import Member
from handlers.house import House
from handlers.sign_in import SESSION, whose_session
from storage import sessions


async def lasting(house: House, member: Member) -> str:
    """A session's token; somebody is at the page all the time, however far the clock is moved."""
    token, now = secrets.token_urlsafe(32), house.now()
    async with house.db.write() as tx:
        await sessions.begin(tx, token, member.id, now, now + SESSION)
    return token


async def member_of(house: House, token: str) -> Member | None:
    """Who is signed in with it."""
    held = await whose_session(house, token)
    return held.member if held else None
