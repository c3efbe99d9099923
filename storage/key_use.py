"""Does anything still lie under one generation of the server's text key? Then it is not destroyed.

A ciphertext of either version names its generation in its second and third bytes.
"""

from sqlalchemy import Column, LargeBinary, func, literal, select

from storage import (
    channel_tables,
    desk_tables,
    key_tables,
    pair_tables,  # noqa: F401 - its columns are among them
    plan_tables,
    safe_tables,
    tables,
    team_tables,
)
from storage.database import Tx

UNDER_THE_TEXT_KEY: tuple[Column[object], ...] = (
    tables.messages.c.body_sealed,
    tables.messages.c.copy_sealed,
    tables.outbox.c.body_sealed,
    tables.notes.c.body_sealed,
    tables.drafts.c.body_sealed,
    desk_tables.note_drafts.c.body_sealed,
    tables.triages.c.state_sealed,
    channel_tables.revisions.c.body_sealed,
    channel_tables.pictures.c.content_sealed,
    plan_tables.plans.c.body_sealed,
    safe_tables.quiet_words.c.word_sealed,
    desk_tables.phrases.c.name_sealed,
    desk_tables.phrases.c.body_sealed,
    tables.members.c.name_sealed,
    key_tables.member_wraps.c.name_sealed,
    tables.lines.c.name_sealed,
    team_tables.teams.c.public_sealed,
    team_tables.roster.c.tag_sealed,
    team_tables.sheets.c.tag_sealed,
    team_tables.sheets.c.check_sealed,
)


async def needed_by(tx: Tx, generation: int) -> list[str]:
    """Where something lies under this generation of the text key, as table.column; nowhere: it can
    be destroyed. Reads everything."""
    named = literal(generation.to_bytes(2, "big"), LargeBinary())
    found = []
    for column in UNDER_THE_TEXT_KEY:
        there = select(column).where(column.is_not(None), func.substr(column, 2, 2) == named)
        if (await tx.conn.execute(there.limit(1))).first() is not None:
            found.append(str(column))
    return found
