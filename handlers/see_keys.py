"""How it stands with the team's keys, for somebody at the command line who does not read."""

from dataclasses import dataclass, replace
from datetime import datetime

from handlers.house import House
from handlers.see_team_line import sheet_due
from storage import admitted, answering, given_roles, invitations, members, team, team_due
from storage.database import Tx
from storage.invitations import Said


@dataclass(frozen=True)
class KeysSeen:
    """All that can be told without the team's key."""

    made: bool
    readers: int = 0
    not_valid: tuple[str, ...] = ()
    """The names of those whose entry on the roster is worth nothing, and who work here."""
    waiting: int = 0
    """Those who have joined and were not admitted."""
    due_since: datetime | None = None
    sheet: str = ""
    """Where one is to be made: missing or used."""
    forged: int = 0
    role_forged: tuple[str, ...] = ()
    """The names of those in whose row stands another role than they were given."""
    role_unsaid: tuple[str, ...] = ()
    """Of those, the ones of whom nothing says which they were given: they are reporters."""
    role_believed: int = 0
    """Of so many nothing but their row says it: they were here before the log was kept."""
    link_forged: tuple[str, ...] = ()
    """The names of those in whose row an invitation stands otherwise than it was made."""
    link_unsaid: tuple[str, ...] = ()
    """Of those of whose invitation the log says nothing: it is refused."""


async def see_keys(house: House) -> KeysSeen:
    """Nothing is opened."""
    async with house.db.read() as tx:
        there, rows = await team.current(tx), await _rows(tx, house.now())
        if there is None:
            return rows
        names = await members.names(tx)
        entries = await admitted.entries(tx, there.generation)
        stand = {e.member.member_id for e in entries if admitted.stands(tx, e)}
        wrong = [e.member for e in entries if e.member.member_id not in stand]
        out = await answering.sealed_out(tx)
        return replace(
            rows,
            made=True,
            readers=len(stand),
            not_valid=tuple(names.get(m.member_id, "") for m in wrong if m.revoked_at is None),
            waiting=sum(e.id in out and e.joined_at is not None for e in await members.every(tx)),
            due_since=(await team_due.due(tx)).since,
            sheet=await sheet_due(tx),
        )


async def _rows(tx: Tx, now: datetime) -> KeysSeen:
    """As far as it can be said without a team: do members' rows say what was given?"""
    given = [one for one in await given_roles.every(tx) if one.entry.revoked_at is None]
    names = {one.entry.id: one.entry.name for one in given}
    links = await invitations.open_ones(tx, now)
    return KeysSeen(
        made=False,
        forged=len(await team.not_ours(tx)),
        role_forged=tuple(one.entry.name for one in given if not one.is_as_written),
        role_unsaid=tuple(one.entry.name for one in given if one.is_unsaid),
        role_believed=sum(one.believed for one in given),
        link_forged=tuple(names[one] for one, so in links.items() if so is Said.OTHERWISE),
        link_unsaid=tuple(names[one] for one, so in links.items() if so is Said.NOTHING),
    )
