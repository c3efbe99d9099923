"""Who was deleted, as keyed hashes: a list that outlives the database and names nobody.

Blocks of lines: the key, wrapped by UTVAG_SECRET_KEY, then a hash for each contact. Blocks are only
added, each with one write; what a killed process left of one is passed over.
"""

import os
from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path
from uuid import UUID

from storage.encryption import Wrapper, WrongSecretKey

NAME = "utvag-deleted"
"""Of the file, in the folder of back-ups and in that of the data."""


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

    def __init__(self) -> None:
        """Nobody yet."""
        self._by_key: dict[bytes, set[str]] = {}
        self.sealed = 0
        """Of how many blocks the key does not open with this UTVAG_SECRET_KEY."""

    def __len__(self) -> int:
        return sum(len(hashes) for hashes in self._by_key.values())

    def read(self, content: bytes, wrapper: Wrapper) -> None:
        """Take in one more list."""
        hashes: set[str] | None = None
        for line in content.decode("ascii", "replace").splitlines():
            word, _, rest = line.partition(" ")
            if word == "key":
                key = self._key(rest, wrapper)
                hashes = None if key is None else self._by_key.setdefault(key, set())
            elif len(line) == 64 and hashes is not None:
                hashes.add(line)

    def _key(self, said: str, wrapper: Wrapper) -> bytes | None:
        generation, _, wrapped = said.partition(" ")
        try:
            return wrapper.unwrap("backup", int(generation), bytes.fromhex(wrapped))
        except ValueError:
            return None
        except WrongSecretKey:
            self.sealed += 1
            return None

    def keeps_notes(self, contact_id: UUID) -> bool | None:
        """None: this contact is not among them; else whether the notes about them stay."""
        for key, hashes in self._by_key.items():
            for keeps in (False, True):
                if _hash(key, contact_id, keeps_notes=keeps) in hashes:
                    return keeps
        return None


def unknown(block_or_list: bytes, known: bytes) -> bytes:
    """What of a list another one does not have; nothing where it has all of it.

    Hashes under different keys differ, so that each line stands for itself."""
    there = set(known.split(b"\n"))
    kept, fresh = [], 0
    for line in block_or_list.split(b"\n"):
        if len(line) == 64 and b" " not in line:
            if line in there:
                continue
            fresh += 1
        kept.append(line)
    return b"\n".join([b"", *kept, b""]) if fresh else b""


def listed(path: Path) -> bytes:
    """The file's content; nothing where there is none."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def add(path: Path, content: bytes) -> None:
    """Add a block, on the disk before this returns. Raises OSError."""
    opened = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(opened, content)
        os.fsync(opened)
    finally:
        os.close(opened)
