"""One's own account: where one is signed in, and what lets one in."""

from dataclasses import dataclass
from uuid import UUID

from domain.member import Member
from handlers import passphrase as words
from handlers.errors import BadInput, NotFound
from handlers.house import House
from handlers.line_names import line_names
from handlers.proof import Guarded, Proof, proved_by, still_opens
from storage import audit, member_keys, sessions
from storage.member_keys import Wrap
from storage.sessions import Listed

ENOUGH = 2
"""Passkeys that open by themselves, without which nobody goes without a passphrase."""


@dataclass(frozen=True)
class Account:
    """As its member sees it."""

    sessions: list[Listed]
    passkeys: list[Wrap]
    has_passphrase: bool

    @property
    def may_go_without(self) -> bool:
        """Whether the passphrase may be removed: losing one device leaves another way in."""
        return self.has_passphrase and sum(key.opens for key in self.passkeys) >= ENOUGH

    def is_last(self, passkey: Wrap) -> bool:
        """Whether nothing else lets them in."""
        others = (key for key in self.passkeys if key.id != passkey.id)
        return not self.has_passphrase and not any(key.opens for key in others)


async def see_account(house: House, member: Member) -> Account:
    """Sessions the newest first, passkeys in their order."""
    async with house.db.read() as tx:
        return Account(
            await sessions.of_member(tx, member.id, house.now()),
            await member_keys.passkeys(tx, member.id),
            await member_keys.passphrase(tx, member.id) is not None,
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
    old: Proof,
    new: str,
    repeated: str,
) -> None:
    """The old one opens nothing any more, and every other session of theirs ends.

    `old`: the present one, or a passkey, as they choose. A wrong passphrase counts as one at the
    door. Raises BadInput, Busy or TooManyAttempts.
    """
    await words.check(new, repeated, [member.name, *await line_names(house)])
    recipe = words.new_recipe(house.db.keys)
    entered = await proved_by(house, member, old, Guarded.CHANGE_PASSPHRASE)
    if entered is None:
        raise BadInput("old", "wrong_one")
    with words.a_place(known=True):
        secret = await words.key_of(house.db.keys, new, recipe)
    async with house.db.write() as tx:
        if not await still_opens(tx, entered):
            raise BadInput("old", "wrong_one")
        await member_keys.wrap_by_passphrase(tx, entered.key, recipe, secret, house.now())
        await sessions.end_all(tx, member.id, but=token)
        audit.note(tx, "passphrase", house.now(), member.id, member.id)


async def remove_passphrase(house: House, member: Member, token: str, proof: Proof) -> None:
    """It opens nothing any more, and every other session of theirs ends.

    Raises NotFound, Busy, TooManyAttempts, or BadInput for a wrong proof (old: wrong_one) and for
    who could not lose a device then.
    """
    entered = await proved_by(house, member, proof, Guarded.REMOVE_PASSPHRASE)
    if entered is None:
        raise BadInput("old", "wrong_one")
    async with house.db.write() as tx:
        if not await still_opens(tx, entered):
            raise BadInput("old", "wrong_one")
        passkeys = await member_keys.passkeys(tx, member.id)
        if sum(key.opens for key in passkeys) < ENOUGH:
            raise BadInput("passkey", "two_first")
        if not await member_keys.remove_passphrase(tx, member.id):
            raise NotFound
        await sessions.end_all(tx, member.id, but=token)
        audit.note(tx, "passphrase", house.now(), member.id, member.id, "removed")
