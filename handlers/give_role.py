"""Somebody who works here is given another role, at the command line."""

from domain.member import READERS, Role
from domain.noted import Noted
from handlers.errors import BadInput, NotFound
from handlers.house import House
from storage import admitted, audit, given_roles, members, rotas, team
from storage.database import Tx
from storage.members import Entry


async def give_role(house: House, name: str, role: Role) -> bool:
    """It holds with their next request, in every session. Again is fine, and says once more in the
    log what they were given. True: whoever reads has to let them in again, since what they were let
    in with is bound to the role that they had.

    Raises NotFound, or BadInput (role: knows_team) where somebody whom the team's key was given
    would read no more: they are to be revoked, so that it is replaced; or (role: last_reader).
    """
    now = house.now()
    async with house.db.write() as tx:
        await team.hold(tx)
        entry = await members.by_name(tx, name)
        if entry is None or entry.revoked_at is not None:
            raise NotFound
        on_roster = await admitted.of_member(tx, entry.id)
        again = on_roster is not None and admitted.role_in_tag(tx, on_roster) is not role
        if again:
            await _must_be_replaceable(tx, entry, role)
        await members.set_role(tx, entry.id, role)
        audit.note(tx, Noted.ROLE, now, object_id=entry.id, detail=role)
        await rotas.touch_all(tx)
    house.wake.pages()
    return again


async def _must_be_replaceable(tx: Tx, entry: Entry, role: Role) -> None:
    if role not in READERS:
        raise BadInput("role", "knows_team")
    there = await team.current(tx)
    entries = await admitted.entries(tx, there.generation) if there else []
    valid = {e.member.member_id for e in entries if admitted.stands(tx, e)}
    forged = await given_roles.not_as_written(tx)
    if not valid - forged - {entry.id}:
        raise BadInput("role", "last_reader")
