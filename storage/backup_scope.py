"""What of a database goes into which half of a back-up, and what into none."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from storage.encryption import SealBroken
from storage.pair_tables import APART

__all__ = ["APART", "OMITTED", "About", "NotEmpty"]

OMITTED = ("sessions", "spent_challenges", "sign_in_failures", "code_uses", "way_links", "leases")
"""Whatever lets somebody in, and what only counts for the process that wrote it. The tables are
there, and empty."""


@dataclass(frozen=True)
class About:
    """What a half says of itself."""

    engine: str
    """sqlite or postgresql."""
    revision: str
    """The migration at which it stands."""
    made_at: str
    rows: Mapping[str, int] = field(default_factory=dict)
    """By table: how many the whole back-up has."""
    columns: Mapping[str, list[str]] = field(default_factory=dict)
    """By table that is kept apart."""

    def packed(self) -> bytes:
        """As it is written."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def read(cls, written: bytes) -> "About":
        """What `packed` wrote. Raises SealBroken."""
        try:
            return cls(**json.loads(written))
        except (ValueError, TypeError) as error:
            raise SealBroken from error


class NotEmpty(Exception):
    """Where it should go there are tables already."""

    def __init__(self, tables: int) -> None:
        """How many."""
        super().__init__(str(tables))
        self.tables = tables
