"""What a sender promises: to say what surely happened, and to admit what it cannot know."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.message import InboundMessage


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


@dataclass(frozen=True)
class Accepted:
    """The provider has it."""

    provider_id: str


@dataclass(frozen=True)
class Refused:
    """It will never leave like this; `error_code` is the provider's own."""

    error_code: int


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


class Sender(Protocol):
    """A provider, as the handlers know it."""

    async def send(self, letter: Letter) -> Result:
        """Answers in under 10 s, whatever happens."""

    async def sent_since(self, letter: Letter, since: datetime) -> list[str]:
        """Provider ids of what was accepted with this To, From and body since then, oldest first.

        An empty body was redacted meanwhile: then every body will do.
        Raises OutOfReach.
        """

    def received_since(self, since: datetime, to: str) -> AsyncIterator[InboundMessage]:
        """What the provider took in for this number of ours since then, oldest first.

        Raises OutOfReach, after the rest, also when one of them cannot be read.
        """
