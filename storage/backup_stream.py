"""One file of a back-up, sealed as a stream: nothing of it is cut off, turned round or exchanged
without being noticed.

A head that anybody may read, then frames: a length (4 bytes) and a ciphertext of libsodium's
secretstream (https://doc.libsodium.org/secret-key_cryptography/secretstream), each bound to the
head and to the frame before it; the last one says that it is the last. The head holds the key that
sealed it, wrapped by UTVAG_SECRET_KEY: with that secret a file opens by itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b
from typing import BinaryIO, Protocol
from uuid import UUID

from nacl.bindings import (
    crypto_secretstream_xchacha20poly1305_HEADERBYTES,
    crypto_secretstream_xchacha20poly1305_init_pull,
    crypto_secretstream_xchacha20poly1305_init_push,
    crypto_secretstream_xchacha20poly1305_pull,
    crypto_secretstream_xchacha20poly1305_push,
    crypto_secretstream_xchacha20poly1305_state,
    crypto_secretstream_xchacha20poly1305_TAG_FINAL,
    crypto_secretstream_xchacha20poly1305_TAG_MESSAGE,
)
from nacl.exceptions import CryptoError

from storage.encryption import Wrapper

FRAME = 2**18
"""Bytes of a frame at most, before it is sealed."""

_MAGIC = b"utvagBU1"
_WRAPPED = 72
_NAMED, _GOES_ON = b"P", b"D"
_LONGEST = FRAME + 1024
_STREAM = crypto_secretstream_xchacha20poly1305_HEADERBYTES


class Half(StrEnum):
    """APART: the contacts' keys. MAIN: everything else."""

    MAIN = "main"
    APART = "apart"


class Why(StrEnum):
    """What is wrong with a back-up."""

    HALF = "half"
    CHANGED = "changed"
    FOREIGN = "foreign"
    """Not what `utvag backup` writes, or of another version of it."""


class BackupBroken(Exception):
    """A back-up, or a file of it, is not as it was written."""

    def __init__(self, name: str, why: Why) -> None:
        """`name`: of the file."""
        super().__init__(f"{name}: {why}")
        self.name, self.why = name, why


@dataclass(frozen=True)
class Head:
    """What anybody may read of a file."""

    half: Half
    set_id: UUID
    """Of the back-up whose half it is."""
    generation: int
    wrapped: bytes
    """The key of this generation, wrapped by UTVAG_SECRET_KEY."""

    def packed(self) -> bytes:
        """As it stands at the beginning of the file."""
        half = b"\1" if self.half is Half.APART else b"\0"
        number = self.generation.to_bytes(2, "big")
        return _MAGIC + half + self.set_id.bytes + number + self.wrapped

    def key(self, backup_key: bytes) -> bytes:
        """Of this file alone."""
        return blake2b(
            self.packed(), key=backup_key, digest_size=32, person=b"utvag backup"
        ).digest()


_HEAD = len(_MAGIC) + 1 + 16 + 2 + _WRAPPED


class Writes(Protocol):
    """Takes what is written, in order."""

    def write(self, content: bytes, /) -> int:
        """As a file's."""


class Sealing:
    """Writes one file."""

    def __init__(self, file: Writes, head: Head, backup_key: bytes) -> None:
        """Writes the head."""
        self._file, self._bound = file, head.packed()
        self._state = crypto_secretstream_xchacha20poly1305_state()
        begins = crypto_secretstream_xchacha20poly1305_init_push(self._state, head.key(backup_key))
        self._part = ""
        file.write(self._bound + begins)

    def write(self, part: str, content: bytes) -> None:
        """More of this part, in frames."""
        if part != self._part:
            self._push(_NAMED + part.encode())
            self._part = part
        for begin in range(0, len(content), FRAME):
            self._push(_GOES_ON + content[begin : begin + FRAME])

    def end(self) -> None:
        """The last frame; without it the file is half a file."""
        self._push(b"", crypto_secretstream_xchacha20poly1305_TAG_FINAL)

    def _push(
        self, plain: bytes, tag: int = crypto_secretstream_xchacha20poly1305_TAG_MESSAGE
    ) -> None:
        sealed = crypto_secretstream_xchacha20poly1305_push(self._state, plain, self._bound, tag)
        self._file.write(len(sealed).to_bytes(4, "big") + sealed)


def head_of(file: BinaryIO, name: str) -> Head:
    """Reads the head alone. Raises BackupBroken."""
    read = file.read(_HEAD)
    if not _MAGIC.startswith(read[: len(_MAGIC)]) or (len(read) > 8 and read[8] > 1):
        raise BackupBroken(name, Why.FOREIGN)
    if len(read) < _HEAD:
        raise BackupBroken(name, Why.HALF)
    half = Half.APART if read[8] else Half.MAIN
    return Head(half, UUID(bytes=read[9:25]), int.from_bytes(read[25:27], "big"), read[27:])


def opened(file: BinaryIO, name: str, wrapper: Wrapper) -> Iterator[tuple[str, bytes]]:
    """Each part's name with some of its content, in order.

    Nothing that was changed is handed out, but what stands before it is: read to the end before
    any of it is used. Raises BackupBroken, and WrongSecretKey.
    """
    head = head_of(file, name)
    key = head.key(wrapper.unwrap("backup", head.generation, head.wrapped))
    begins = file.read(_STREAM)
    if len(begins) < _STREAM:
        raise BackupBroken(name, Why.HALF)
    state = crypto_secretstream_xchacha20poly1305_state()
    crypto_secretstream_xchacha20poly1305_init_pull(state, begins, key)
    part = ""
    while (frame := _pulled(file, name, state, head.packed())) is not None:
        if frame[:1] == _NAMED:
            part = frame[1:].decode()
        else:
            yield part, frame[1:]
    if file.read(1):
        raise BackupBroken(name, Why.CHANGED)


def _pulled(
    file: BinaryIO, name: str, state: crypto_secretstream_xchacha20poly1305_state, bound: bytes
) -> bytes | None:
    """One frame; None after the last."""
    said = file.read(4)
    length = int.from_bytes(said, "big")
    if length > _LONGEST:
        raise BackupBroken(name, Why.CHANGED)
    sealed = file.read(length)
    if len(said) < 4 or len(sealed) < length:
        raise BackupBroken(name, Why.HALF)
    try:
        plain, tag = crypto_secretstream_xchacha20poly1305_pull(state, sealed, bound)
    except (CryptoError, TypeError, ValueError) as error:
        raise BackupBroken(name, Why.CHANGED) from error
    last: bool = tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL
    return None if last else bytes(plain)
