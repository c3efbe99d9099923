"""The tables. Columns named `*_sealed` hold ciphertexts, `*_index` and `*_hash` keyed hashes.

A partial index serves only queries that say its condition to the letter: "= 1" on SQLite.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    Time,
    UniqueConstraint,
    Uuid,
)

from storage.moments import Moment
from storage.partial_index import partial_index

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id() -> Column[object]:
    return Column("id", Uuid, primary_key=True)


def _to(name: str, target: str, *, nullable: bool = False) -> Column[object]:
    return Column(name, Uuid, ForeignKey(target), nullable=nullable)


def _sealed(name: str, *, nullable: bool = False) -> Column[object]:
    return Column(name, LargeBinary, nullable=nullable)


def _at(name: str, *, nullable: bool = False) -> Column[object]:
    return Column(name, Moment, nullable=nullable)


keys = Table(
    "keys",
    metadata,
    _id(),
    Column("purpose", String(16), nullable=False),
    Column("generation", Integer, nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    _at("made_at"),
    UniqueConstraint("purpose", "generation"),
)

members = Table(
    "members",
    metadata,
    _id(),
    _sealed("name_sealed"),
    Column("name_index", LargeBinary, nullable=False, unique=True),
    Column("role", String(16), nullable=False),
    Column("passphrase_hash", LargeBinary),
    Column("invitation_hash", LargeBinary, unique=True),
    _at("invitation_ends_at", nullable=True),
    _at("invited_at"),
    _at("joined_at", nullable=True),
    _at("revoked_at", nullable=True),
)

lines = Table(
    "lines",
    metadata,
    _id(),
    _sealed("address_sealed"),
    Column("address_index", LargeBinary, nullable=False, unique=True),
    _sealed("name_sealed"),
    Column("languages", JSON, nullable=False),
    Column("script", String(64), nullable=False),
    Column("provider_stops", Boolean, nullable=False),
    # Pictures of this line's contacts are never fetched; empty means that they may be.
    Column("media_refused", Boolean),
    # What WhatsApp has approved for writing after its window has closed.
    Column("whatsapp_template", String(64)),
    # Whose shifts it goes by; empty: everybody is on call.
    _to("rota_id", "rotas.id", nullable=True),
    # How many conversations one counsellor may have who takes from it; empty: domain.caseload's.
    Column("most_each", SmallInteger),
    _at("added_at"),
)

scripts = Table(
    "scripts",
    metadata,
    Column("version", String(64), primary_key=True),
    Column("name", String(64), nullable=False),
    Column("source", Text, nullable=False),
    _at("seen_at"),
)

contacts = Table(
    "contacts",
    metadata,
    _id(),
    _to("line_id", "lines.id"),
    Column("channel", String(16), nullable=False),
    Column("our_address_index", LargeBinary, nullable=False),
    _sealed("our_address_sealed"),
    Column("answerable", Boolean, nullable=False),
    Column("language", String(8), nullable=False),
    Column("language_chosen", Boolean, nullable=False),
    Column("gate", String(16), nullable=False),
    Column("opt_out", String(16), nullable=False),
    Column("safe_from", Time),
    Column("safe_to", Time),
    _at("first_inbound_at"),
    _at("last_inbound_at"),
    _at("delete_asked_at", nullable=True),
    _at("delete_requested_at", nullable=True),
    _at("window_refused_at", nullable=True),
    # Since when somebody else may read what comes to their telephone.
    _at("watched_at", nullable=True),
    # By which ways they may be reached, and whether we may write first; empty: nothing was said.
    Column("agreed_ways", String(48)),
    Column("writes_first", Boolean),
    partial_index(
        "ix_contacts_delete_requested",
        "delete_requested_at",
        where="delete_requested_at IS NOT NULL",
    ),
)

conversations = Table(
    "conversations",
    metadata,
    _id(),
    _to("contact_id", "contacts.id"),
    _to("line_id", "lines.id"),
    Column("state", String(16), nullable=False),
    _to("owner_id", "members.id", nullable=True),
    Column("tier", SmallInteger, nullable=False),
    Column("provisional", Boolean, nullable=False),
    Column("reasons", JSON, nullable=False),
    Column("marks", JSON, nullable=False),
    Column("came_back", Boolean, key="returning", nullable=False),
    _to("earlier_owner_id", "members.id", nullable=True),
    _at("opened_at"),
    _at("waiting_since", nullable=True),
    _at("p1_said_at", nullable=True),
    # Since when counsellors are paged about it, how far that has come, and when they are next.
    _at("page_from", nullable=True),
    _at("page_at", nullable=True),
    Column("page_done", String(255)),
    Column("page_edition", Integer, nullable=False, server_default="0"),
    _at("page_due_at", nullable=True),
    # Until then it is for the counsellor who had it before.
    _at("offered_until", nullable=True),
    # With a note that whoever has it next has not answered upon yet.
    _at("handed_over_at", nullable=True),
    _at("blocked_until", nullable=True),
    Column("alike", LargeBinary),
    _at("close_asked_at", nullable=True),
    _at("closed_at", nullable=True),
    Column("outcome", String(32)),
    partial_index("ix_conversations_open", "state", where="state <> 'closed'"),
    partial_index("ix_conversations_page_due", "page_due_at", where="page_due_at IS NOT NULL"),
    partial_index(
        "ix_conversations_unanswered",
        "waiting_since",
        where="state = 'owned' AND waiting_since IS NOT NULL",
    ),
    Index("uq_conversations_contact_id", "contact_id", unique=True),
)

triages = Table(
    "triages",
    metadata,
    _id(),
    _to("conversation_id", "conversations.id"),
    Column("script_version", String(64), ForeignKey("scripts.version"), nullable=False),
    Column("came_back", Boolean, key="returning", nullable=False),
    _sealed("state_sealed", nullable=True),
    Column("danger", Boolean, nullable=False),
    # The outbox row that carries the question asked last.
    Column("question_row_id", Uuid),
    _at("began_at"),
    _at("answer_due_at", nullable=True),
    _at("answer_latest_at", nullable=True),
    _at("silence_due_at", nullable=True),
    _at("ended_at", nullable=True),
    partial_index("ix_triages_current", "conversation_id", where="ended_at IS NULL", unique=True),
    partial_index("ix_triages_answer_due", "answer_due_at", where="answer_due_at IS NOT NULL"),
    partial_index("ix_triages_silence_due", "silence_due_at", where="silence_due_at IS NOT NULL"),
    Index("ix_triages_conversation", "conversation_id"),
)

messages = Table(
    "messages",
    metadata,
    _id(),
    _to("conversation_id", "conversations.id"),
    Column("author", String(16), nullable=False),
    Column("text_id", String(32)),
    _to("member_id", "members.id", nullable=True),
    Column("provider_id", String(64)),
    _sealed("body_sealed", nullable=True),
    _sealed("copy_sealed", nullable=True),  # storage.copies
    Column("media", JSON, nullable=False),
    Column("answers_to", String(32)),  # the text under whose buttons this one was pressed
    Column("wants_answer", Boolean),  # of a text to the contact
    Column("form_key", Uuid, unique=True),
    Column("caught_up", Boolean, nullable=False),
    # Not read by the machine yet: the triage step takes these.
    Column("for_triage", Boolean, nullable=False),
    _at("at"),
    _at("read_at", nullable=True),
    _at("redacted_at", nullable=True),
    Index(None, "conversation_id", "id"),
    partial_index(
        "ix_messages_for_triage", "conversation_id", where="for_triage", on_sqlite="for_triage = 1"
    ),
    partial_index("ix_messages_unread", "conversation_id", where="read_at IS NULL"),
)

outbox = Table(
    "outbox",
    metadata,
    _id(),
    _to("message_id", "messages.id"),
    _to("contact_id", "contacts.id"),
    _to("conversation_id", "conversations.id"),
    Column("channel", String(16), nullable=False),
    Column("code", String(48), nullable=False, unique=True),
    # A copy of its own, wiped when its message is redacted.
    _sealed("body_sealed", nullable=True),
    Column("state", String(16), nullable=False),
    # Holds back what was written to the same contact later.
    Column("pending", Boolean, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("misses", Integer, nullable=False),
    Column("provider_id", String(64), unique=True),
    Column("error_code", Integer),
    Column("refusal", String(32)),
    # A counsellor decided to send it, and whether they were asked first if it is safe.
    Column("by_hand", Boolean, nullable=False),
    Column("asked", Boolean, nullable=False),
    Column("form_key", Uuid, unique=True),
    _at("made_at"),
    _at("due_at"),
    _at("first_leased_at", nullable=True),
    _at("leased_until", nullable=True),
    _at("accepted_at", nullable=True),
    _at("changed_at"),
    Index(None, "message_id"),
    partial_index(
        "ix_outbox_pending", "contact_id", "id", where="pending", on_sqlite="pending = 1"
    ),
    partial_index("ix_outbox_in_order", "id", where="pending", on_sqlite="pending = 1"),
    Index("ix_outbox_conversation", "conversation_id"),
)

notes = Table(
    "notes",
    metadata,
    _id(),
    _to("conversation_id", "conversations.id"),
    _to("member_id", "members.id"),
    _sealed("body_sealed", nullable=True),
    # What it was written for, where it is more than a note (storage.notes).
    Column("purpose", String(16)),
    # Nobody but its writer and they read it.
    _to("only_for", "members.id", nullable=True),
    Column("form_key", Uuid, nullable=False, unique=True),
    _at("at"),
    _at("redacted_at", nullable=True),
    Index(None, "conversation_id"),
)

drafts = Table(
    "drafts",
    metadata,
    Column("conversation_id", Uuid, ForeignKey("conversations.id"), primary_key=True),
    Column("member_id", Uuid, ForeignKey("members.id"), primary_key=True),
    _sealed("body_sealed"),
    _at("at"),
)

openings = Table(
    "openings",
    metadata,
    _id(),
    _to("conversation_id", "conversations.id"),
    _to("member_id", "members.id"),
    _at("at"),
    Index(None, "conversation_id"),
)

events = Table(
    "events",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    _to("conversation_id", "conversations.id"),
    Column("kind", String(32), nullable=False),
    _to("member_id", "members.id", nullable=True),
    Column("detail", String(64)),
    _at("at"),
    # Who took how many P1s, for the rota's table of load.
    partial_index("ix_events_taken_p1", "at", where="kind = 'taken' AND detail = 'P1'"),
    Index(None, "conversation_id"),
    sqlite_autoincrement=True,
)
