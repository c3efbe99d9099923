"""Who was deleted, as keyed hashes: a list that outlives the database and names nobody.

Blocks of lines: the key, wrapped by UTVAG_SECRET_KEY, then a hash for each contact. Blocks are only
added, each with one write; what a killed process left of one is passed over.
"""

import errno
import os
import stat
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from pathlib import Path
from uuid import UUID

from storage.encryption import Wrapper, WrongSecretKey

NAME = "utvag-deleted"
"""Of the file, in the folder of back-ups and in that of the data."""


LARGEST = 2**27
"""Bytes of a list: two million deletions."""

_LENGTH = 64
"""Of a hash, as it is written."""


def _hash(key: bytes, contact_id: UUID, *, keeps_notes: bool) -> str:
    said = f"{contact_id}|{'notes' if keeps_notes else ''}".encode()
    return blake2b(said, key=key, digest_size=32, person=b"utvag deleted").hexdigest()


def block(generation: int, wrapped: bytes, key: bytes, gone: Iterable[tuple[UUID, bool]]) -> bytes:
    """These contacts, each with whether the notes about them had to stay."""
    lines = ["", f"key {generation} {wrapped.hex()}"]
    lines += [_hash(key, contact, keeps_notes=keeps) for contact, keeps in gone]
    return "\n".join([*lines, ""]).encode()


class Gone:
    """What several lists say."""

    def __init__(self, *wrappers: Wrapper) -> None:
        """Nobody yet. `wrappers`: one for each secret that is known."""
        self._wrappers = wrappers
        self._by_key: dict[bytes, set[str]] = {}
        self._sealed: set[str] = set()

    def __len__(self) -> int:
        return sum(len(hashes) for hashes in self._by_key.values())

    @property
    def sealed(self) -> int:
        """How many deletions stand under a secret that is not known, and nowhere else."""
        return len(self._sealed.difference(*self._by_key.values()))

    def read(self, content: bytes) -> None:
        """Take in one more list."""
        hashes: set[str] = set()
        for line in content.decode("ascii", "replace").splitlines():
            word, _, rest = line.partition(" ")
            if word == "key":
                hashes = self._under(rest)
            elif len(line) == _LENGTH:
                hashes.add(line)

    def _under(self, said: str) -> set[str]:
        generation, _, wrapped = said.partition(" ")
        for wrapper in self._wrappers:
            try:
                key = wrapper.unwrap("backup", int(generation), bytes.fromhex(wrapped))
            except ValueError:
                return set()
            except WrongSecretKey:
                continue
            return self._by_key.setdefault(key, set())
        return self._sealed

    def keeps_notes(self, contact_id: UUID) -> bool | None:
        """None: this contact is not among them; else whether the notes about them stay."""
        for key, hashes in self._by_key.items():
            for keeps in (False, True):
                if _hash(key, contact_id, keeps_notes=keeps) in hashes:
                    return keeps
        return None


def unknown(more: bytes, known: bytes) -> bytes:
    """What of a list another one does not have; nothing where it has all of it. Once the key is
    wrapped by another secret it stands there once more, to be read by that one alone."""
    there, fresh, kept = _entries(known), 0, [b""]
    for key, line in _in_order(more):
        if line == key:
            kept.append(key)
        elif (key, line) not in there:
            kept.append(line)
            fresh += 1
    return b"\n".join([*kept, b""]) if fresh else b""


def _entries(content: bytes) -> set[tuple[bytes, bytes]]:
    return set(_in_order(content))


def _in_order(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Each line with the key under which it stands; a key with itself."""
    key = b""
    for line in content.split(b"\n"):
        if line.startswith(b"key "):
            key = line
            yield key, key
        elif len(line) == _LENGTH:
            yield key, line


def listed(path: Path) -> bytes:
    """The file's content; nothing where there is none. Raises OSError."""
    try:
        opened = _opened(path, os.O_RDONLY)
    except FileNotFoundError:
        return b""
    with os.fdopen(opened, "rb") as file:
        return file.read()


def add(path: Path, content: bytes) -> None:
    """Add a block, on the disk before this returns. Raises OSError."""
    opened = _opened(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        os.write(opened, content)
        os.fsync(opened)
    finally:
        os.close(opened)


def _opened(path: Path, how: int) -> int:
    """A file that lies there itself: whoever writes into the folder may have put a link there, to
    have us write elsewhere, or a pipe, for which the serving line would wait for ever."""
    opened = os.open(path, how | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
    found = os.fstat(opened)
    if not stat.S_ISREG(found.st_mode) or found.st_size > LARGEST:
        os.close(opened)
        raise OSError(errno.EINVAL, "no list of ours", str(path))
    return opened
