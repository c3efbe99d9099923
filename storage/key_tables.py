"""The tables of signing in: sessions, each member's pair, and what it is wrapped under."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Uuid,
)

from storage import tables
from storage.moments import Moment
from storage.partial_index import partial_index

metadata = tables.metadata
"""Of all tables."""

member_keys = Table(
    "member_keys",
    metadata,
    Column("member_id", Uuid, ForeignKey("members.id"), primary_key=True),
    Column("generation", Integer, primary_key=True, autoincrement=False),
    Column("public", LargeBinary, nullable=False),
    Column("made_at", Moment, nullable=False),
)

member_wraps = Table(
    "member_wraps",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("member_id", Uuid, ForeignKey("members.id"), nullable=False),
    Column("kind", String(16), nullable=False),
    # Of the pair whose private half is wrapped, and the wrapped half; both empty for a passkey that
    # says who somebody is and opens nothing.
    Column("generation", Integer),
    Column("wrapped", LargeBinary),
    # Of the server's pepper.
    Column("pepper", Integer, nullable=False),
    Column("salt", LargeBinary, nullable=False),
    # A passphrase's: how much work and memory argon2id takes.
    Column("opslimit", Integer),
    Column("memlimit", Integer),
    # A passkey's.
    Column("name_sealed", LargeBinary),
    Column("credential_id", LargeBinary, unique=True),
    Column("credential_public", LargeBinary),
    Column("sign_count", BigInteger),
    # Since when its counter says that there are two of it.
    Column("doubled_at", Moment),
    Column("made_at", Moment, nullable=False),
    Column("used_at", Moment),
    ForeignKeyConstraint(
        ["member_id", "generation"], ["member_keys.member_id", "member_keys.generation"]
    ),
    Index(None, "member_id"),
    partial_index(
        "ix_member_wraps_passphrase", "member_id", where="kind = 'passphrase'", unique=True
    ),
)

rekeying = Table(
    "rekeying",
    metadata,
    # Of which table.
    Column("name", String(32), primary_key=True),
    # For which generation of the text key; of an earlier one it is begun again.
    Column("generation", Integer, nullable=False),
    # Up to this row it was looked through this time; empty before the first one.
    Column("after", Uuid),
    # Something was exchanged this time: it is looked through once more.
    Column("found", Boolean, nullable=False),
    Column("done_at", Moment),
)
"""How far what lies under the server's keys was exchanged for the newest ones."""

spent_challenges = Table(
    "spent_challenges",
    metadata,
    Column("challenge_hash", LargeBinary, primary_key=True),
    Column("ends_at", Moment, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    # By this one its member names it.
    Column("id", Uuid, nullable=False, unique=True),
    Column("member_id", Uuid, ForeignKey("members.id"), nullable=False),
    # The member's private key, empty where they have none, under a key that the token and the
    # server's make, bound to whose it is, when it locks and when it ends.
    Column("generation", Integer),
    Column("key_sealed", LargeBinary),
    # What family it is and on what; never an address or a version.
    Column("browser", String(32), nullable=False),
    Column("began_at", Moment, nullable=False),
    Column("used_at", Moment, nullable=False),
    # Unless it is used before: moved by every use, and never past its end.
    Column("locks_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False),
    Index(None, "member_id"),
)

sign_in_failures = Table(
    "sign_in_failures",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name_index", LargeBinary, nullable=False),
    Column("source_hash", LargeBinary, nullable=False),
    Column("at", Moment, nullable=False),
    Index(None, "at"),
)
