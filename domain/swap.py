"""Somebody asks to be freed of a shift, or to have another one for it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.rota import ShiftRole


class State(StrEnum):
    """A swap that was accepted or withdrawn stays so."""

    ASKED = "asked"
    ACCEPTED = "accepted"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Exchange:
    """What the asker would take instead, on the wall clock."""

    member: UUID
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Swap:
    """Somebody asks to be freed of a stretch, on the wall clock."""

    id: UUID
    rota_id: UUID
    role: ShiftRole
    asker: UUID
    start: datetime
    end: datetime
    wanted: Exchange | None
    """None: whoever can take it."""
    state: State = State.ASKED
    taken_by: UUID | None = None
