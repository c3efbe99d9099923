"""What was restored becomes a line again: silent, without whoever was deleted since, and sure of
nothing that may have been said since."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from domain.deletion import Stage
from handlers.forget import begin
from handlers.say_again import say_again
from storage import (
    audit,
    backup_lost,
    backup_marks,
    contacts,
    conversations,
    deletions,
    events,
    forgetting,
    tables,
)
from storage.backup_gone import Gone
from storage.backup_marks import Kind, Mark
from storage.backup_said import Heard
from storage.database import Tx
from storage.deletion_tables import deletions as rows
from storage.deletions import Deletion
from storage.events import Event

M = tables.members.c


@dataclass(frozen=True)
class Finished:
    """What was done once more."""

    deleted: int
    said: int
    """Of how many contacts something was said since."""
    out: int
    """How many members were revoked since, or have lost a way in."""


async def finish_restore(
    tx: Tx, now: datetime, made_at: datetime, gone: Gone, heard: Heard, *, without_list: bool
) -> Finished:
    """Invitations that nobody has used are void: somebody may have used them since.

    `without_list`: nobody knows all that was said since; so anybody's telephone may be watched.
    """
    said, out = await say_again(tx, heard, made_at, now)
    theirs = await _deleted(tx, gone)
    for contact_id, keeps_notes in theirs.items():
        await _delete(tx, contact_id, now, keeps_notes=keeps_notes)
    void = update(tables.members).where(M.joined_at.is_(None), M.invitation_hash.is_not(None))
    await tx.conn.execute(void.values(invitation_hash=None, invitation_ends_at=None))
    if without_list:
        await backup_lost.may_be_watched(tx, now)
    doubted = await backup_lost.doubt(tx, now)
    await events.add(tx, [Event(talk, "gate_lost", now) for talk in doubted])
    await backup_marks.put(tx, Mark(Kind.RESTORE, now, made_at))
    works = select(M.id).where(M.joined_at.is_not(None), M.revoked_at.is_(None))
    if (await tx.conn.execute(works.limit(1))).first():
        await backup_marks.put(tx, Mark(Kind.ROSTER, now, made_at))
    audit.note(tx, "restored", now, detail=len(theirs))
    return Finished(len(theirs), said, out)


async def _deleted(tx: Tx, gone: Gone) -> dict[UUID, bool]:
    """Whose deletion was confirmed, and is not done here: with whether notes about them stay."""
    d = rows.c
    here = {
        row.contact_id: row
        for row in await tx.conn.execute(select(d.contact_id, d.stage, d.keeps_notes))
    }
    found = {}
    for contact_id in (await tx.conn.execute(select(tables.contacts.c.id))).scalars():
        known = here.get(contact_id)
        if known is not None and known.stage == Stage.DONE:
            continue
        keeps = gone.keeps_notes(contact_id)
        if keeps is None and known is not None and known.stage != Stage.ASKED:
            keeps = known.keeps_notes
        if keeps is not None:
            found[contact_id] = keeps
    return found


async def _delete(tx: Tx, contact_id: UUID, now: datetime, *, keeps_notes: bool) -> None:
    people = await contacts.held(tx, [contact_id])
    talks = await conversations.of_contacts(tx, people)
    ids = [talk.id for talk in talks.values()]
    begun = Deletion(contact_id, Stage.CLEARING, now, None, keeps_notes=keeps_notes, began_at=now)
    await begin(tx, begun, people, talks, now)
    await forgetting.destroy(tx, ids, now, keeps_notes=keeps_notes)
    await forgetting.destroy_address(tx, [contact_id], keeps_notes=keeps_notes)
    await deletions.save(tx, [replace(begun, stage=Stage.DONE, done_at=now)])
    kind = "deleted_part" if keeps_notes else "deleted"
    await events.add(tx, [Event(talk, kind, now) for talk in ids])
