"""What of a database goes into which half of a back-up, and what into none.

Every table stands in exactly one of `KEPT`, `OMITTED` and `pair_tables.APART`, with its reason.
Whoever adds one asks: what could somebody do with its rows who has the back-up, and what would it
mean that they are as they were some days ago?
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from storage.encryption import SealBroken
from storage.pair_tables import APART

__all__ = ["APART", "OMITTED", "About", "NotEmpty"]

OMITTED: Mapping[str, str] = {
    "sessions": "a cookie opens it, and with it what its member reads",
    "spent_challenges": "an answer to one counts once: what was spent since would be unspent",
    "sign_in_failures": "counts minutes",
    "code_uses": "counts a day",
    "way_links": "whoever has the link gets somebody's pages",
    "leases": "counts for the process that wrote it",
}
"""Whatever lets somebody in, and what only counts for a while or for a process. The tables are
there, and empty."""

KEPT: Mapping[str, tuple[str, ...]] = {
    "what people wrote: sealed to those who may read it": (
        *("messages", "revisions", "notes", "drafts", "note_drafts", "pictures", "triages"),
        *("plans", "debriefs", "register_words", "stranger_words", "quiet_words"),
    ),
    "what became of it; what was said since is listed beside (backup_said), or held in doubt": (
        *("contacts", "conversations", "outbox", "events", "openings", "waits", "pages", "helps"),
        *("aliases", "blocks", "conflicts", "reading_reasons", "decided_words", "searches"),
        *("noted_troubles", "spending", "gap_notices"),
    ),
    "what the law or a promise needs, and providers' copies that are to be removed": (
        *("deletions", "exports", "duties", "disclosures", "agreements", "holds"),
        *("provider_copies", "swept"),
    ),
    "what came in is known again by it": ("receipts", "listings"),
    "who works here and when; nobody signs in before the roster is confirmed": (
        *("members", "worked_shifts", "shifts", "rotas", "rota_patterns", "leaves", "swaps"),
        *("team_news", "team_news_noted", "ways", "calendar_feeds"),
    ),
    "keys, each wrapped by what the back-up does not hold": (
        *("keys", "member_keys", "member_wraps", "teams", "roster", "sheets"),
    ),
    "what the line goes by": (
        *("lines", "scripts", "limits", "policies", "phrases", "retention_terms", "backup_marks"),
    ),
    "how far work on these very rows has come": ("rekeying", "resealing", "retention_nights"),
    "the log about staff, which is chained, and what is gathered for it": (
        *("audit", "audit_anchors", "refusals"),
    ),
}
"""By their reason: the tables that a back-up holds as they are."""


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
