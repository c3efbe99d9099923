"""One's own account: where one is signed in, and what lets one in."""

from dataclasses import dataclass
from uuid import UUID

from domain.member import Member
from handlers import passphrase as words
from handlers.errors import BadInput, NotFound
from handlers.house import House
from handlers.line_names import line_names
from handlers.sign_in import proved
from storage import audit, member_keys, members, sessions
from storage.member_keys import Wrap
from storage.sessions import Listed


@dataclass(frozen=True)
class Account:
    """As its member sees it."""

    sessions: list[Listed]
    passkeys: list[Wrap]


async def see_account(house: House, member: Member) -> Account:
    """Sessions the newest first, passkeys in their order."""
    async with house.db.read() as tx:
        return Account(
            await sessions.of_member(tx, member.id, house.now()),
            await member_keys.passkeys(tx, member.id),
        )


async def end_session(house: House, member: Member, session_id: UUID) -> None:
    """Signed out there at once. Raises NotFound."""
    async with house.db.write() as tx:
        if not await sessions.end_one(tx, member.id, session_id):
            raise NotFound


async def end_everywhere(house: House, member: Member) -> None:
    """Signed out in every place, this one too."""
    async with house.db.write() as tx:
        await sessions.end_all(tx, member.id)


async def change_passphrase(
    house: House,
    member: Member,
    token: str,
    old: str,
    new: str,
    repeated: str,
) -> None:
    """The old one opens nothing any more, and every other session of theirs ends.

    A wrong old one counts as one at the door. Raises BadInput, Busy or TooManyAttempts.
    """
    await words.check(new, repeated, [member.name, *await line_names(house)])
    recipe = words.new_recipe(house.db.keys)
    with words.a_place(known=True):
        entered = await proved(house, member, old)
        if entered is None:
            raise BadInput("old", "wrong_one")
        secret = await words.key_of(house.db.keys, new, recipe)
    async with house.db.write() as tx:
        there = await members.at_work(tx, member.id, alone=True)
        wrap = await member_keys.passphrase(tx, member.id)
        if there is None or wrap is None or wrap.id != entered.wrap_id:
            raise BadInput("old", "wrong_one")
        await member_keys.wrap_by_passphrase(tx, entered.key, recipe, secret, house.now())
        await sessions.end_all(tx, member.id, but=token)
        audit.note(tx, "passphrase", house.now(), member.id, member.id)
