"""The table of what was done about back-ups last."""

from sqlalchemy import Column, String, Table, Text

from storage.moments import Moment
from storage.tables import metadata

backup_marks = Table(
    "backup_marks",
    metadata,
    # backup, drill, restore or roster: the last of each.
    Column("kind", String(16), primary_key=True),
    Column("at", Moment, nullable=False),
    # Of a drill or a restore: when the back-up was made.
    Column("made_at", Moment),
    # Of a back-up: where it lies.
    Column("folder", Text),
    # Of a restore: since when the line writes to contacts again. Of a roster: since when it is
    # known who works here still, and they may sign in.
    Column("lets_write_at", Moment),
)
