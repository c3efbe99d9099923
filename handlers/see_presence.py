"""Who else has a conversation open, by name, for those who may open it themselves now."""

from dataclasses import dataclass
from uuid import UUID

from domain.member import Member
from handlers.house import House
from handlers.live import Live
from handlers.may_open import grounds
from handlers.presence import Doing
from storage import members, queue


@dataclass(frozen=True)
class Somebody:
    """A colleague at a conversation."""

    name: str
    doing: Doing


async def see_presence(house: House, live: Live, member: Member) -> dict[UUID, list[Somebody]]:
    """By conversation, whoever writes first; nothing for roles that do not read, nor of what they
    would have to say why they open, or must stay away from."""
    there = live.others(member.id) if member.reads else {}
    if not there:
        return {}
    async with house.db.read() as tx:
        standing = await queue.of_conversations(tx, there.keys())
        known = await grounds(tx, member, standing, house.now())
        names = {entry.id: entry.name for entry in await members.every(tx) if not entry.revoked_at}
    return {
        talk: [
            Somebody(names[who], Doing.TYPING if writes else Doing.READING)
            for who, writes in sorted(people.items(), key=lambda one: (not one[1], one[0]))
            if who in names
        ]
        for talk, people in there.items()
        if talk in known
    }
