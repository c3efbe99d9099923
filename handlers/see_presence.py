"""Who else has a conversation open, by name, for those who may read it."""

from dataclasses import dataclass
from uuid import UUID

from domain.member import Member
from handlers.house import House
from handlers.live import Live
from handlers.presence import Doing
from storage import conflicts, members


@dataclass(frozen=True)
class Somebody:
    """A colleague at a conversation."""

    name: str
    doing: Doing


async def see_presence(house: House, live: Live, member: Member) -> dict[UUID, list[Somebody]]:
    """By conversation, whoever writes first; nothing for roles that do not read."""
    there = live.others(member.id) if member.reads else {}
    if not there:
        return {}
    async with house.db.read() as tx:
        kept = await conflicts.kept_from(tx, member.id)
        names = {entry.id: entry.name for entry in await members.every(tx) if not entry.revoked_at}
    return {
        talk: [
            Somebody(names[who], Doing.TYPING if writes else Doing.READING)
            for who, writes in sorted(people.items(), key=lambda one: (not one[1], one[0]))
            if who in names
        ]
        for talk, people in there.items()
        if talk not in kept
    }
