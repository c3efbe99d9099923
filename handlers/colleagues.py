"""To whom can a conversation be given?"""

from collections.abc import Collection, Mapping
from uuid import UUID

from domain.member import Member
from handlers.seen import Colleague
from storage.members import Entry


def colleagues(
    member: Member, staff: Mapping[UUID, Entry], away: Collection[UUID] = ()
) -> tuple[Colleague, ...]:
    """Whoever reads and works here, but for the one who asks and those who must stay away."""
    return tuple(
        Colleague(entry.id, entry.name)
        for entry in staff.values()
        if entry.id not in {member.id, *away}
        and entry.member.reads
        and entry.joined_at
        and not entry.revoked_at
    )
