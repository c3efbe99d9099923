"""The tables of working a shift: who is at work, who asked for help, who is to debrief."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Table, Uuid

from storage import tables
from storage.moments import Moment
from storage.partial_index import partial_index

metadata = tables.metadata
"""Of all tables."""


def _member(name: str, *, nullable: bool = False) -> Column[object]:
    return Column(name, Uuid, ForeignKey("members.id"), nullable=nullable)


worked_shifts = Table(
    "worked_shifts",
    metadata,
    Column("id", Uuid, primary_key=True),
    _member("member_id"),
    Column("began_at", Moment, nullable=False),
    Column("ended_at", Moment),
    partial_index("ix_worked_shifts_current", "member_id", where="ended_at IS NULL", unique=True),
)

helps = Table(
    "helps",
    metadata,
    Column("conversation_id", Uuid, ForeignKey("conversations.id"), primary_key=True),
    # Whose conversation it is, or was when it was taken over; it holds as long as they own it.
    Column("counsellor_id", Uuid, ForeignKey("members.id"), primary_key=True),
    Column("asked_at", Moment),
    _member("helper_id", nullable=True),
    Column("joined_at", Moment),
    # Until the counsellor has said that they know.
    Column("taken_over_at", Moment),
    Index(None, "counsellor_id"),
)

debriefs = Table(
    "debriefs",
    metadata,
    Column("id", Uuid, primary_key=True),
    _member("member_id"),
    Column("asked_at", Moment, nullable=False),
    Column("answered_at", Moment),
    Column("done", Boolean),
    partial_index("ix_debriefs_open", "member_id", where="answered_at IS NULL"),
)
