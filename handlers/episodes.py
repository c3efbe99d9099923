"""When was this contact here before? One conversation holds all of it (decision 5)."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from handlers.seen import Episode
from storage.conversations import Conversation
from storage.events import Event
from storage.messages import Message


def episodes(
    talk: Conversation,
    happened: Iterable[Event],
    said: Sequence[Message],
    names: Mapping[UUID, str],
) -> tuple[Episode, ...]:
    """Each time from its first text to Close, the newest first; not the one that still goes on."""
    found: list[Episode] = []
    began, after = talk.opened_at, None
    for event in happened:
        if event.kind == "reopened":
            began = event.at
        elif event.kind == "closed":
            theirs = (m.id for m in said if after is None or m.at > after)
            by = names.get(event.member_id) if event.member_id else None
            found.append(Episode(began, event.at, event.detail, by, next(theirs, None)))
            began = after = event.at
    return tuple(reversed(found))
