"""What is shown of what others ask us for: to who has to decide, and to who wrote it down."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.access import Act
from domain.disclosure import Authority, State
from domain.member import Member
from handlers.forged_agreement import forged
from storage import disclosures
from storage.database import Tx
from storage.disclosures import Disclosure, Listed

MOST = 50


@dataclass(frozen=True)
class SeenAgreement:
    """Who agreed."""

    name: str
    at: datetime
    leads: bool
    """They coordinated then."""
    counts: bool


@dataclass(frozen=True)
class SeenAsked:
    """One request that nobody has settled."""

    id: UUID
    alias: str | None
    """None: they ask about somebody whom the line does not know."""
    authority: Authority
    state: State
    asked_by: str
    asked_at: datetime
    agreed: tuple[SeenAgreement, ...]
    """Those that count."""
    calls: bool
    """The reader has something to decide or to write down; else they wrote it down themselves, or
    it is forged."""
    forged: bool = False
    """It stands as agreed to by somebody of whom the log does not say so: nothing is given."""


@dataclass(frozen=True)
class Theirs:
    """One that a member is shown, as it stands in the database."""

    listed: Listed
    calls: bool
    forged: bool


def may_agree(entry: Disclosure, member: Member) -> bool:
    """Somebody else than who wrote it down has to, and they have not."""
    if entry.asked_by == member.id or any(one.member_id == member.id for one in entry.agreed):
        return False
    if entry.state is State.ASKED:
        return True
    return entry.state is State.HALF and (entry.led or member.may(Act.DISCLOSE))


def calls(entry: Disclosure, member: Member) -> bool:
    """There is something for them to do."""
    to_give = entry.state is State.APPROVED and member.may(Act.DISCLOSE)
    return to_give or may_agree(entry, member)


def agreements(entry: Disclosure, names: Mapping[UUID, str]) -> tuple[SeenAgreement, ...]:
    """With the members' names."""
    return tuple(
        SeenAgreement(names.get(one.member_id, ""), one.at, one.leads, one.counts)
        for one in entry.agreed
    )


async def theirs(tx: Tx, member: Member, kept: Collection[UUID]) -> list[Theirs]:
    """What calls for this member, and what they wrote down; of what is forged coordinators see that
    it is. `kept`: from which they must stay away."""
    if not member.may(Act.REGISTER):
        return []
    there = await disclosures.unsettled(tx, MOST)
    there = [one for one in there if one.entry.conversation_id not in kept]
    false = await forged(tx, (one.entry for one in there))
    found = [
        Theirs(
            one,
            calls=one.entry.id not in false and calls(one.entry, member),
            forged=one.entry.id in false,
        )
        for one in there
    ]
    sees_forged = member.may(Act.DISCLOSE)
    return [
        one
        for one in found
        if one.calls or one.listed.entry.asked_by == member.id or (one.forged and sees_forged)
    ]


def shown(found: Iterable[Theirs], names: Mapping[UUID, str]) -> tuple[SeenAsked, ...]:
    """As they stand on the queue page, what calls for the reader first."""
    seen = [
        SeenAsked(
            id=entry.id,
            alias=None if entry.conversation_id is None else str(one.listed.alias or "?"),
            authority=entry.authority,
            state=entry.state,
            asked_by=names.get(entry.asked_by, ""),
            asked_at=entry.asked_at,
            agreed=tuple(it for it in agreements(entry, names) if it.counts),
            calls=one.calls,
            forged=one.forged,
        )
        for one in found
        for entry in (one.listed.entry,)
    ]
    return tuple(sorted(seen, key=lambda one: not one.calls))
