"""What the register holds about one contact, as it may be given to them."""

from collections.abc import Collection, Mapping
from uuid import UUID

from handlers import seen_export as seen
from handlers.seen_export import There
from storage import disclosures, duties, exports, register_words
from storage.database import Tx
from storage.register_words import Part
from storage.texts import Words


async def owed(
    tx: Tx, talk_id: UUID, roles: Mapping[UUID, str], held: Collection[UUID]
) -> tuple[seen.Owed, ...]:
    """What had to be reported. `held`: of which the words are kept back."""
    every = await duties.of_conversations(tx, [talk_id])
    said = await register_words.of_entries(tx, [duty.id for duty in every])
    return tuple(
        seen.Owed(
            kind=duty.kind,
            raised_at=duty.raised_at,
            due_at=duty.due_at,
            outcome=duty.outcome,
            recipient=duty.recipient,
            reported_at=duty.reported_at,
            closed_at=duty.closed_at,
            noted=tuple(
                seen.Noted(
                    duty.raised_at if part is Part.DUTY_RAISED else duty.closed_at or duty.due_at,
                    roles.get(by, "") if by else "",
                    part,
                    *_words(words, held=duty.id in held),
                )
                for part, by in (
                    (Part.DUTY_RAISED, duty.raised_by),
                    (Part.DUTY_CLOSED, duty.closed_by),
                )
                if (words := said.get(duty.id, {}).get(part)) is not None
            ),
        )
        for duty in every
    )


def _words(words: Words, *, held: bool) -> tuple[There, str]:
    if held:
        return There.HELD_BACK, ""
    if words.sealed or words.unreadable:
        return There.UNOPENED, ""
    return There.WORDS, words.body or ""


async def disclosed(tx: Tx, talk_id: UUID) -> tuple[seen.Disclosed, ...]:
    """What others asked of us, less what the law forbids to tell. Not their own words and numbers:
    these are theirs."""
    return tuple(
        seen.Disclosed(
            at=one.asked_at,
            authority=one.authority,
            ground=one.ground,
            state=one.state,
            asked_for=one.asked_for,
            given=one.given,
            given_on=one.given_on,
        )
        for one in await disclosures.of_conversations(tx, [talk_id])
        if not one.silent
    )


async def exported(tx: Tx, talk_id: UUID, roles: Mapping[UUID, str]) -> tuple[seen.Exported, ...]:
    """The files that were made before, this one among them."""
    return tuple(
        seen.Exported(one.at, one.ground, roles.get(one.member_id, ""))
        for one in await exports.of_conversations(tx, [talk_id])
    )
