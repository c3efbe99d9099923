"""What the provider has accepted and received: in memory only, oldest forgotten first."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Media:
    """A picture or another file that came with a text; `size` in bytes.

    Once `gone` the provider has no `content` any more; the phone still shows that there was one.
    """

    sid: str
    content_type: str
    size: int
    content: bytes = field(default=b"", repr=False)
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `text` is what the phone shows; `body` is what the provider still keeps.

    `seq` is the order in which messages were accepted, `revision` grows with each change.
    Times are UTC. `webhook` tells how the line answered a text: None while nobody knows.
    `content_sid` is the template that it was sent with. A WhatsApp message has no segments
    and no encoding.
    """

    sid: str
    direction: str
    sender: str
    to: str
    text: str
    body: str
    created: datetime
    updated: datetime
    status: str
    segments: int
    encoding: str
    sent: datetime | None = None
    media: tuple[Media, ...] = ()
    callback: str | None = None
    error_code: int | None = None
    deleted: bool = False
    webhook: str | None = None
    content_sid: str | None = None
    seq: int = 0
    revision: int = 0


class Book:
    """All messages by sid, by order and by phone."""

    def __init__(self, cap: int) -> None:
        self._cap = max(cap, 1)
        self._by_seq: dict[int, Message] = {}
        self._seq_of: dict[str, int] = {}
        self._by_number: dict[str, list[int]] = {}
        self._last_seq = 0
        self.revision = 0

    def __len__(self) -> int:
        return len(self._by_seq)

    @property
    def last_seq(self) -> int:
        """The order of the newest message, 0 before the first."""
        return self._last_seq

    def add(self, message: Message) -> Message:
        """Keep a message; returns it with its order."""
        self._last_seq += 1
        self.revision += 1
        kept = replace(message, seq=self._last_seq, revision=self.revision)
        self._by_seq[kept.seq] = kept
        self._seq_of[kept.sid] = kept.seq
        for number in {kept.sender, kept.to}:
            self._by_number.setdefault(number, []).append(kept.seq)
        if len(self._by_seq) > self._cap:
            self._forget_oldest()
        return kept

    def get(self, sid: str) -> Message | None:
        """The message, or None where it was never seen or is forgotten."""
        seq = self._seq_of.get(sid)
        return None if seq is None else self._by_seq[seq]

    def change(self, sid: str, **fields: Any) -> Message | None:
        """Change some fields; returns the message as it is now, None where it is forgotten."""
        message = self.get(sid)
        if message is None:
            return None
        self.revision += 1
        changed = replace(message, revision=self.revision, **fields)
        self._by_seq[changed.seq] = changed
        return changed

    def newest_first(self, *numbers: str, before: int | None = None) -> Iterator[Message]:
        """Messages with all the numbers as sender or receiver, with an order below `before`."""
        if not numbers:
            lists: list[list[int]] = [list(self._by_seq)]
        else:
            lists = [self._by_number.get(number, []) for number in numbers]
        seqs = min(lists, key=len)
        end = len(seqs) if before is None else bisect_left(seqs, before)
        wanted = set(numbers)
        for place in range(end - 1, -1, -1):
            message = self._by_seq.get(seqs[place])
            if message is not None and wanted <= {message.sender, message.to}:
                yield message

    def oldest_first(self, *numbers: str, after: int = 0) -> list[Message]:
        """The same messages in the order in which they were accepted, above `after`."""
        found = []
        for message in self.newest_first(*numbers):
            if message.seq <= after:
                break
            found.append(message)
        return found[::-1]

    def clear(self) -> None:
        """Forget all messages; order and revisions go on."""
        self._by_seq.clear()
        self._seq_of.clear()
        self._by_number.clear()
        self.revision += 1

    def _forget_oldest(self) -> None:
        seq = next(iter(self._by_seq))
        message = self._by_seq.pop(seq)
        del self._seq_of[message.sid]
        for number in {message.sender, message.to}:
            seqs = self._by_number[number]
            if seqs[len(seqs) // 2] <= seq:
                del seqs[: bisect_left(seqs, seq + 1)]
            if not seqs:
                del self._by_number[number]
