"""What a sender promises: to say what surely happened, and to admit what it cannot know."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from domain.call import Call
from domain.message import Channel, InboundMessage, OptOut


@dataclass(frozen=True)
class Press:
    """A button under a text, where the channel has any."""

    label: str
    carries: str
    """What comes back when it is pressed."""


@dataclass(frozen=True)
class Letter:
    """One text on its way out."""

    to: str
    sender: str
    """Which of our numbers it comes from."""
    body: str
    """Empty where it was redacted after its sending began."""
    code: str
    """Names the row in the provider's status callbacks."""
    text_id: str = ""
    """Which of the script's texts it is: what it asks may be shown as buttons."""
    channel: Channel = Channel.SMS
    topic: str = ""
    """A later letter of the same topic takes this one's place where it has not arrived."""
    presses: tuple[Press, ...] = ()
    """Buttons of its own, instead of those for what its text asks."""
    template: str | None = None
    """What the provider is to send instead of a body: an approved template, by its id there."""


@dataclass(frozen=True)
class Accepted:
    """The provider has it."""

    provider_id: str


@dataclass(frozen=True)
class Refused:
    """It will never leave like this; `error_code` is the provider's own.

    `opt_out`: nor will anything else, for this reason.
    """

    error_code: int
    opt_out: OptOut = OptOut.NONE


@dataclass(frozen=True)
class TryLater:
    """It surely did not leave. `after`: seconds that the provider asked us to wait, if it did."""

    after: float | None = None


@dataclass(frozen=True)
class Unsure:
    """It may or may not have left: a time-out, or a connection that broke after the request."""


Result = Accepted | Refused | TryLater | Unsure


class OutOfReach(Exception):
    """The provider does not answer; nothing can be concluded."""


class CannotBeAsked(Exception):
    """The provider keeps no list of what it sent: nobody but a person can settle it."""


class Sender(Protocol):
    """A provider, as the handlers know it."""

    async def send(self, letter: Letter) -> Result:
        """Answers in under 10 s, whatever happens."""

    async def sent_since(self, letter: Letter, since: datetime) -> list[str]:
        """Provider ids of what was accepted with this To, From and body since then, oldest first.

        An empty body was redacted meanwhile: then every body will do.
        Raises OutOfReach, CannotBeAsked.
        """

    async def close(self) -> None:
        """Give back connections."""


@dataclass(frozen=True)
class Kept:
    """A message of which the provider has a copy."""

    provider_id: str
    """As it was accepted, or came."""
    chat: str = ""
    """In which it is, where the channel has chats."""
    words_only: bool = False
    """The message stands there on, without its words, so that what came can be listed."""


@dataclass(frozen=True)
class Gone:
    """The provider has it no more, or never had it."""


Removal = Gone | Refused | TryLater


@runtime_checkable
class Remover(Protocol):
    """A provider that can be asked to destroy its copies."""

    async def remove(self, kept: Kept) -> Removal:
        """Answers in under 10 s, whatever happens; asked again it does no harm. What is on its way
        still is to be asked about later."""


Removers = Mapping[Channel, Remover]
"""By channel; what a channel that is off keeps is asked about when it is on."""


Senders = Mapping[Channel, Sender]
"""What leaves, by channel; a channel that is off has none, and its texts wait."""


class Push(Protocol):
    """What lets browsers be paged."""

    at_home: bool
    """It reaches this machine alone, and so no push service of any browser's maker."""

    @property
    def key(self) -> str:
        """By which browsers know this line: public, base64url."""

    def endpoint_of(self, told: str) -> str | None:
        """Where a browser that told this of itself is reached; None where it cannot be."""

    def is_same(self, kept: str, given: str) -> bool:
        """Whether both are one browser's words: its address and its secret are the same."""


Pagers = Mapping[str, Sender]
"""What pages counsellors, by the kind of their way."""


class Lister(Protocol):
    """A provider that can be asked what it took in."""

    def received_since(
        self, since: datetime, to: str, channel: Channel
    ) -> AsyncIterator[InboundMessage]:
        """What the provider took in for this number of ours by this channel, oldest first.

        Raises OutOfReach, after the rest, also when one of them cannot be read.
        """


class CallLister(Protocol):
    """A provider that can be asked who called."""

    def called_since(self, since: datetime, to: str) -> AsyncIterator[Call]:
        """The calls to this number of ours that began then or later, oldest first.

        However they ended, also those that still ring. Raises OutOfReach, after the rest, also
        when one of them cannot be read.
        """
