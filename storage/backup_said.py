"""What contacts and staff have said that must outlive the database: STOP, "not safe", a block, a
redaction, that somebody works here no more. Sealed, in files of a day beside the list of who was
deleted; each is kept for as long as back-ups are.

Blocks of lines, as in `backup_gone`: the key, wrapped by UTVAG_SECRET_KEY, then a sealed line for
each. What was said last of somebody counts.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from storage import backup_gone
from storage.encryption import SealBroken, Wrapper, WrongSecretKey, open_under, seal_under

PREFIX = "utvag-said-"
LINE = b"said "
A_DAY = timedelta(days=1)

CONTACT, MEMBER, KEPT = "contact", "member", "kept"
"""Of whom something is said; that the list was kept at that moment."""


@dataclass(frozen=True)
class Word:
    """What is true of somebody since then."""

    at: datetime
    kind: str
    of: UUID
    so: Mapping[str, Any]

    def packed(self) -> bytes:
        """As it is sealed."""
        said = {"at": self.at.isoformat(), "kind": self.kind, "of": self.of.hex, "so": self.so}
        return json.dumps(said, sort_keys=True).encode()

    @classmethod
    def read(cls, packed: bytes) -> "Word":
        """What `packed` made."""
        said = json.loads(packed)
        return cls(
            datetime.fromisoformat(said["at"]), said["kind"], UUID(hex=said["of"]), said["so"]
        )


def kept(now: datetime) -> Word:
    """Until then everything stands on the list."""
    return Word(now, KEPT, UUID(int=0), {})


def file_name(now: datetime) -> str:
    """Of the list of that day."""
    return f"{PREFIX}{now.astimezone(UTC):%Y%m%d}"


def block(generation: int, wrapped: bytes, key: bytes, words: Iterable[Word]) -> bytes:
    """Some of it, as it is written."""
    lines = [b"", b"key %d %s" % (generation, wrapped.hex().encode())]
    lines += [LINE + seal_under(key, word.packed(), "said").hex().encode() for word in words]
    return b"\n".join([*lines, b""])


class Heard:
    """What several lists say."""

    def __init__(self, *wrappers: Wrapper) -> None:
        """Nothing yet. `wrappers`: one for each secret that is known."""
        self._wrappers = wrappers
        self._last: dict[tuple[str, UUID], Word] = {}
        self.sealed = 0
        """How many lines lie under a secret that is not known, or are broken."""

    @property
    def until(self) -> datetime | None:
        """When it was kept last."""
        return max((word.at for word in self._last.values()), default=None)

    def last(self, kind: str, of: UUID) -> Word | None:
        """What was said of them last."""
        return self._last.get((kind, of))

    def since(self, kind: str, at: datetime) -> list[Word]:
        """What was said then or later, of each the last."""
        found = [w for (k, _), w in self._last.items() if k == kind and w.at >= at]
        return sorted(found, key=lambda word: (word.at, word.of))

    def read(self, content: bytes) -> None:
        """Take in one more list."""
        key: bytes | None = None
        for line in content.split(b"\n"):
            if line.startswith(b"key "):
                key = self._unwrapped(line)
            elif line.startswith(LINE):
                self._hear(key, line)

    def _unwrapped(self, line: bytes) -> bytes | None:
        _, generation, wrapped = (*line.decode("ascii", "replace").split(" "), "", "")[:3]
        for wrapper in self._wrappers:
            try:
                return wrapper.unwrap("backup", int(generation), bytes.fromhex(wrapped))
            except ValueError:
                return None
            except WrongSecretKey:
                continue
        return None

    def _hear(self, key: bytes | None, line: bytes) -> None:
        try:
            sealed = bytes.fromhex(line.removeprefix(LINE).decode("ascii", "replace"))
            word = Word.read(open_under(key or b"", sealed, "said")) if key else None
        except (SealBroken, ValueError):
            word = None
        if word is None:
            self.sealed += 1
            return
        before = self._last.get((word.kind, word.of))
        if before is None or before.at <= word.at:
            self._last[word.kind, word.of] = word


def lists_in(folder: Path) -> Iterator[Path]:
    """Each day's, the oldest first."""
    yield from sorted(folder.glob(f"{PREFIX}*"))


def merge(source: Path, folder: Path) -> None:
    """The folder's lists know all that another folder's know. Raises OSError."""
    for path in lists_in(source):
        there = folder / path.name
        known = set(backup_gone.listed(there).split(b"\n"))
        key, fresh, said = b"", [b""], False
        for line in backup_gone.listed(path).split(b"\n"):
            if line.startswith(b"key "):
                key = line
                fresh.append(key)
            elif line.startswith(LINE) and line not in known and key:
                fresh.append(line)
                said = True
        if said:
            backup_gone.add(there, b"\n".join([*fresh, b""]))


def retire(folder: Path, now: datetime, held: timedelta) -> None:
    """Lists of days before the oldest back-up go. Raises OSError."""
    oldest = file_name(now - held - A_DAY)
    for path in lists_in(folder):
        if path.name < oldest:
            path.unlink(missing_ok=True)
