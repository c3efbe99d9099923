"""The tables of members' own key pairs."""

from sqlalchemy import Column, ForeignKey, Integer, LargeBinary, Table, Uuid

from storage.moments import Moment
from storage.tables import metadata

member_keys = Table(
    "member_keys",
    metadata,
    Column("member_id", Uuid, ForeignKey("members.id"), primary_key=True),
    Column("generation", Integer, primary_key=True, autoincrement=False),
    Column("public", LargeBinary, nullable=False),
    Column("made_at", Moment, nullable=False),
)
"""Of a member's pairs the public halves; the newest generation holds."""
