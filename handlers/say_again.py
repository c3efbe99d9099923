"""What was said after a back-up is said once more to the line that was restored from it."""

from collections.abc import Callable, Mapping
from datetime import datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from domain.conversation import Outcome, State
from domain.pace import Pace
from handlers.invite import end_member
from handlers.pass_on import pass_on
from storage import (
    conflicts,
    contacts,
    conversations,
    copies,
    messages,
    notes,
    pictures,
    revisions,
    said_since,
    tables,
)
from storage.backup_said import CONTACT, MEMBER, Heard, Word
from storage.conversations import Conversation
from storage.database import Tx
from storage.door_tables import blocks
from storage.events import Event
from storage.rows import insert_new

AT_ONCE = 500

MOMENTS: Mapping[str, Callable[[str], object]] = {
    "watched_at": datetime.fromisoformat,
    "safe_from": time.fromisoformat,
    "safe_to": time.fromisoformat,
}

M, R, Talk = tables.members.c, tables.triages.c, tables.conversations.c


async def say_again(tx: Tx, heard: Heard, made_at: datetime, now: datetime) -> tuple[int, int]:
    """Of how many contacts something was, and how many members are out by it."""
    staff = set((await tx.conn.execute(select(M.id))).scalars())
    said, count = heard.since(CONTACT, made_at), 0
    for begin in range(0, len(said), AT_ONCE):
        some = {word.of: word for word in said[begin : begin + AT_ONCE]}
        people = await contacts.held(tx, some)
        talks = await conversations.of_contacts(tx, people)
        for contact_id in people:
            await contacts.note(tx, contact_id, _columns(some[contact_id]))
            if (talk := talks.get(contact_id)) is not None:
                await _of_talk(tx, talk, some[contact_id].so, staff, now)
        count += len(people)
    out = [word.of for word in heard.since(MEMBER, made_at) if word.of in staff]
    return count, sum([await end_member(tx, each, now, Pace()) for each in out])


def _columns(word: Word) -> dict[str, Any]:
    kept = {name: word.so[name] for name in said_since.SAID if name in word.so}
    for name, read in MOMENTS.items():
        if kept.get(name):
            kept[name] = read(kept[name])
    return kept


async def _of_talk(
    tx: Tx, talk: Conversation, so: Mapping[str, Any], staff: set[UUID], now: datetime
) -> None:
    for row in map(UUID, so.get("messages", ())):
        await messages.redact(tx, talk.id, row, now)
        await copies.redact(tx, row)
        await pictures.destroy(tx, row)
        await revisions.redact(tx, row)
    for row in map(UUID, so.get("notes", ())):
        await notes.redact(tx, talk.id, row, now)
    if so.get("messages"):  # nobody reads here which of their answers held the words
        run = update(tables.triages).where(R.conversation_id == talk.id)
        await tx.conn.execute(run.values(state_sealed=None))
    for member, by in so.get("away", ()):
        if {UUID(member), UUID(by)} <= staff:
            await conflicts.begin(tx, [talk.contact_id], UUID(member), UUID(by), now)
            await _not_theirs(tx, talk, UUID(member), now)
    if (block := so.get("block")) is not None and UUID(block["member_id"]) in staff:
        await _block(tx, talk, block, now)


async def _not_theirs(tx: Tx, talk: Conversation, member_id: UUID, now: datetime) -> None:
    if talk.state is State.OWNED and talk.owner_id == member_id:
        await pass_on(tx, talk, None, Event(talk.id, "released", now, member_id), Pace())


async def _block(tx: Tx, talk: Conversation, block: Mapping[str, str], now: datetime) -> None:
    """As it was; one that has run out meanwhile is over."""
    ends_at = datetime.fromisoformat(block["ends_at"])
    if ends_at <= now:
        return
    row = {
        "id": UUID(block["id"]),
        "conversation_id": talk.id,
        "member_id": UUID(block["member_id"]),
        "reason": block["reason"],
        "began_at": datetime.fromisoformat(block["began_at"]),
        "ends_at": ends_at,
    }
    await insert_new(tx, blocks, [row], "id")
    shut: dict[str, Any] = {
        "state": State.CLOSED,
        "owner_id": None,
        "waiting_since": None,
        "page_due_at": None,
    }
    shut |= {"blocked_until": ends_at, "offered_until": None, "handed_over_at": None}
    if talk.state is not State.CLOSED:
        shut |= {"closed_at": now, "outcome": Outcome.PRANK}
    change = update(tables.conversations).where(Talk.id == talk.id)
    await tx.conn.execute(change.values(**shut))
