"""Who helps whom in a conversation, as its page shows it to whoever looks?"""

from collections.abc import Mapping
from uuid import UUID

from domain.member import Member
from handlers.seen_shift import NO_HELP, Help
from storage import helps


def is_with(member: Member, owner_id: UUID | None, known: Mapping[UUID, helps.Help]) -> bool:
    """It is theirs, or they have joined whoever has it."""
    if owner_id is None or owner_id == member.id:
        return owner_id is not None
    here = known.get(owner_id)
    return here is not None and here.taken_over_at is None and here.helper_id == member.id


def seen_help(
    member: Member,
    owner_id: UUID | None,
    known: Mapping[UUID, helps.Help],
    names: Mapping[UUID, str],
) -> Help:
    """What whoever has it asked for and got; or that it was taken over from whoever looks."""
    mine = known.get(member.id)
    over = mine is not None and mine.taken_over_at is not None and owner_id != member.id
    here = mine if over else known.get(owner_id) if owner_id else None
    if here is None or (here.taken_over_at is not None and not over):
        return NO_HELP
    helper = names.get(here.helper_id) if here.helper_id else None
    return Help(None if over else here.asked_at, helper, taken_from_me=over)
