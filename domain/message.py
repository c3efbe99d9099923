"""What somebody wrote, and who wrote it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Channel(StrEnum):
    """The way a message travels."""

    SMS = "sms"
    WHATSAPP = "whatsapp"
    TELEGRAM = "telegram"


PAGE_READ = "!"
"""Instead of a question's name, where the button under a counsellor's page was pressed."""


class Author(StrEnum):
    """Who wrote a message. A contact must always be able to tell a machine from a person."""

    CONTACT = "contact"
    MACHINE = "machine"
    COUNSELLOR = "counsellor"


class OptOut(StrEnum):
    """Who stopped us from writing, if anybody.

    OWN: the contact told us, and any later text lifts it. PROVIDER: the carrier or the provider
    blocks us (Twilio's error 21610), and only START lifts it (contract.md). BLOCKED: the contact
    has blocked the bot; whoever writes again has lifted it.
    """

    NONE = "none"
    OWN = "own"
    PROVIDER = "provider"
    BLOCKED = "blocked"


@dataclass(frozen=True)
class Media:
    """Something that is not text came along: what it was, never its content or its name."""

    content_type: str
    size: int | None = None
    """Bytes, where the provider says so, or once it was fetched."""
    provider_id: str | None = None
    """By which it can be asked for at the provider (Twilio's media id), where that was told."""


@dataclass(frozen=True)
class InboundMessage:
    """One message from a contact, whatever channel it came by."""

    channel: Channel
    provider_id: str
    """Twilio's MessageSid; Telegram's number of the message within its chat."""
    sender: str
    to: str
    """Our number; on Telegram what may be the code of a card by which the contact came, and with
    which the body begins, else empty."""
    body: str
    at: datetime
    """When the line, or for a text found afterwards the provider, received it (UTC)."""
    media: tuple[Media, ...] = field(default=())
    provider_opt_out: str | None = None
    """STOP, START or HELP when the provider has handled the word itself (Twilio's OptOutType)."""
    caught_up: bool = False
    """Found by listing what the provider received, not by its webhook."""
    answers_to: str | None = None
    """The text under whose buttons the contact pressed one; `body` is that button's digit."""
    language: str | None = None
    """What the contact's own telephone speaks, where the channel tells; a hint, never kept."""

    @property
    def wordless(self) -> bool:
        """Something that is not text, with no words beside it."""
        return bool(self.media) and not self.body.strip()

    @property
    def identity(self) -> str:
        """Unique within the channel: Telegram counts its messages by chat, and the same button
        twice is one answer."""
        if self.channel is Channel.TELEGRAM:
            pressed = f"/{self.body}" if self.answers_to is not None else ""
            return f"{self.sender}/{self.provider_id}{pressed}"
        return self.provider_id
