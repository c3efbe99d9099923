"""What somebody wrote, and who wrote it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Channel(StrEnum):
    """The way a message travels."""

    SMS = "sms"


class Author(StrEnum):
    """Who wrote a message. A contact must always be able to tell a machine from a person."""

    CONTACT = "contact"
    MACHINE = "machine"
    COUNSELLOR = "counsellor"


class OptOut(StrEnum):
    """Who stopped us from writing, if anybody.

    OWN: the contact told us, and any later text lifts it. PROVIDER: the carrier or the provider
    blocks us (Twilio's error 21610), and only START lifts it (contract.md).
    """

    NONE = "none"
    OWN = "own"
    PROVIDER = "provider"


@dataclass(frozen=True)
class Media:
    """Something that is not text came along: what it was, never its content or its name."""

    content_type: str
    size: int | None = None
    """Bytes, where the provider says so."""


@dataclass(frozen=True)
class InboundMessage:
    """One message from a contact, whatever channel it came by."""

    channel: Channel
    provider_id: str
    """Unique within the channel: Twilio's MessageSid."""
    sender: str
    to: str
    body: str
    at: datetime
    """When the line, or for a text found afterwards the provider, received it (UTC)."""
    media: tuple[Media, ...] = field(default=())
    provider_opt_out: str | None = None
    """STOP, START or HELP when the provider has handled the word itself (Twilio's OptOutType)."""
    caught_up: bool = False
    """Found by listing what the provider received, not by its webhook."""
