"""What a fetcher of media promises: bytes within bounds, or why there are none."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

LARGEST = 10 * 1024 * 1024
"""Bytes; WhatsApp's pictures are at most 5 MB, an MMS is smaller."""


LARGEST_CALENDAR = 1_000_000
"""Bytes: what a page can carry back in a form."""


class Why(StrEnum):
    """Why there is nothing to show. Only OUT_OF_REACH passes by itself."""

    GONE = "gone"
    TOO_LARGE = "too_large"
    OUT_OF_REACH = "out_of_reach"
    NOT_PUBLIC = "not_public"
    """The address is none that anybody may be asked for."""


class NotFetched(Exception):
    """Nothing came, or too much."""

    def __init__(self, why: Why) -> None:
        """`why` is all that is known of it; the provider's own words are not kept."""
        super().__init__(why.value)
        self.why = why


@dataclass(frozen=True)
class Wanted:
    """One file of a message, as the provider knows it."""

    message_id: str
    place: int
    """Which of the message's files, from 0."""
    media_id: str | None
    """None where only the message was listed: the provider is asked which files it has."""


@dataclass(frozen=True)
class Fetched:
    """The bytes as they came: nobody's word for what they are."""

    content: bytes = field(repr=False)


class Fetcher(Protocol):
    """Where files that contacts sent lie."""

    async def fetch(self, wanted: Wanted) -> Fetched:
        """Within 20 s and LARGEST bytes. Raises NotFetched."""

    async def close(self) -> None:
        """Give back connections."""


class Calendars(Protocol):
    """Where calendars that others publish are fetched."""

    async def fetch(self, address: str) -> Fetched:
        """From a public host by https, within 20 s and LARGEST_CALENDAR bytes. Raises
        NotFetched."""

    async def close(self) -> None:
        """Give back connections."""
