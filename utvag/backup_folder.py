"""A folder of back-ups: which are whole, how one takes its place in it, which have had their time.

A back-up is three files of one name: `.main`, `.apart` and, written last, `.manifest`, which says
how long the others are, their checksums, and bears a tag keyed as they are. Without its manifest
it is none.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

from storage.backup_stream import BackupBroken, Half, Head, Why
from storage.encryption import Wrapper

PREFIX = "utvag-"
MANIFEST, PART = ".manifest", ".part"
A_DAY = timedelta(days=1)
_READ = 2**20


class CannotWrite(Exception):
    """The folder, or its disk, does not take it; the message is the system's own."""


@contextmanager
def to_disk() -> Iterator[None]:
    """What the system says of a file is said as CannotWrite: of the database it says so, too."""
    try:
        yield
    except OSError as error:
        raise CannotWrite(error.strerror or type(error).__name__) from error


class Busy(Exception):
    """Another `utvag backup` writes to this folder."""


@dataclass(frozen=True)
class Sum:
    """What a file must be."""

    size: int
    blake2b: str


@dataclass(frozen=True)
class Manifest:
    """What a back-up says of itself."""

    name: str
    set_id: UUID
    made_at: datetime
    engine: str
    generation: int
    wrapped: bytes = field(repr=False)
    files: dict[Half, Sum] = field(default_factory=dict)

    def packed(self, backup_key: bytes) -> bytes:
        """As it is written, with its tag."""
        said: dict[str, Any] = {
            "version": 1,
            "name": self.name,
            "set": self.set_id.hex,
            "made_at": self.made_at.isoformat(),
            "engine": self.engine,
            "generation": self.generation,
            "wrapped": self.wrapped.hex(),
            "files": {
                half: {"bytes": one.size, "blake2b": one.blake2b}
                for half, one in sorted(self.files.items())
            },
        }
        return json.dumps(said | {"tag": _tag(said, backup_key)}, indent=1).encode() + b"\n"

    def head(self, half: Half) -> Head:
        """That of one of its files."""
        return Head(half, self.set_id, self.generation, self.wrapped)


def _tag(said: dict[str, Any], backup_key: bytes) -> str:
    content = json.dumps(said, sort_keys=True).encode()
    return blake2b(content, key=backup_key, digest_size=32, person=b"utvag manifest").hexdigest()


def read_manifest(path: Path) -> Manifest:
    """What it says; nobody has looked at its tag. Raises BackupBroken."""
    try:
        said = json.loads(path.read_bytes())
        return Manifest(
            said["name"],
            UUID(said["set"]),
            datetime.fromisoformat(said["made_at"]),
            said["engine"],
            said["generation"],
            bytes.fromhex(said["wrapped"]),
            {Half(h): Sum(one["bytes"], one["blake2b"]) for h, one in said["files"].items()},
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BackupBroken(path.name, Why.CHANGED) from error


def check_manifest(path: Path, wrapper: Wrapper) -> Manifest:
    """What it says, which is what was written. Raises BackupBroken and WrongSecretKey."""
    found = read_manifest(path)
    key = wrapper.unwrap("backup", found.generation, found.wrapped)
    if path.read_bytes() != found.packed(key) or path.name != found.name + MANIFEST:
        raise BackupBroken(path.name, Why.CHANGED)
    return found


def check_file(folder: Path, manifest: Manifest, half: Half) -> Path:
    """Where it lies, as long as it was and with its checksum. Raises BackupBroken."""
    path = folder / f"{manifest.name}.{half}"
    wanted = manifest.files[half]
    if not path.exists() or path.stat().st_size < wanted.size:
        raise BackupBroken(path.name, Why.HALF)
    counted = blake2b(digest_size=32)
    with path.open("rb") as file:
        while read := file.read(_READ):
            counted.update(read)
    if path.stat().st_size > wanted.size or counted.hexdigest() != wanted.blake2b:
        raise BackupBroken(path.name, Why.CHANGED)
    return path


def names(folder: Path) -> list[str]:
    """Of the back-ups that have a manifest, the newest first."""
    found = [path.name.removesuffix(MANIFEST) for path in folder.glob(f"{PREFIX}*{MANIFEST}")]
    return sorted(found, reverse=True)


def made_before(folder: Path, moment: datetime) -> list[str]:
    """Of those that were begun before it, the newest first."""
    return [name for name in names(folder) if name < _begins(moment)]


def _begins(made_at: datetime) -> str:
    return f"{PREFIX}{made_at.astimezone(UTC):%Y%m%dT%H%M%S%fZ}"


def name_of(made_at: datetime, set_id: UUID) -> str:
    """In the order in which they were made."""
    return f"{_begins(made_at)}-{set_id.hex[:8]}"


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Nobody else writes here until the end of the block. Raises Busy, CannotWrite."""
    with to_disk():
        folder.mkdir(mode=0o700, exist_ok=True)
        opened = os.open(folder / ".utvag-lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Busy from error
        yield
    finally:
        os.close(opened)


@dataclass
class Counted:
    """A file that is written, and what it must be afterwards."""

    file: BinaryIO
    size: int = 0

    def __post_init__(self) -> None:
        self._sum = blake2b(digest_size=32)

    def write(self, content: bytes) -> int:
        """As a file's."""
        self._sum.update(content)
        self.size += len(content)
        with to_disk():
            return self.file.write(content)

    @property
    def sum(self) -> Sum:
        """Of what was written."""
        return Sum(self.size, self._sum.hexdigest())


@contextmanager
def written(path: Path) -> Iterator[Counted]:
    """A new file for us alone, on the disk at the end of the block; gone if that fails."""
    with to_disk():
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(opened, "wb") as file:
            yield Counted(file)
            with to_disk():
                file.flush()
                os.fsync(file.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def put(folder: Path, temporary: Path, name: str) -> None:
    """The file takes its place, whole."""
    with to_disk():
        temporary.replace(folder / name)
        sync(folder)


def sync(folder: Path) -> None:
    """What was renamed in it is on the disk."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def sweep(folder: Path) -> None:
    """Remove what a killed command left: halves without a manifest."""
    whole = set(names(folder))
    for path in folder.iterdir():
        left = path.name.startswith(f".{PREFIX}") and path.name.endswith(PART)
        half = path.name.startswith(PREFIX) and path.suffix in {f".{h}" for h in Half}
        if left or (half and path.stem not in whole):
            path.unlink(missing_ok=True)


def retire(folder: Path, now: datetime, kept: timedelta) -> list[str]:
    """Remove those that would be too old a day from now; the newest stays. Their names.

    What opens and leads to contacts goes first; without a manifest the rest is none.
    """
    over = [name for name in names(folder)[1:] if _made_at(name) <= now - kept + A_DAY]
    for name in over:
        for ending in (f".{Half.APART}", MANIFEST, f".{Half.MAIN}"):
            (folder / f"{name}{ending}").unlink(missing_ok=True)
    if over:
        sync(folder)
    return over


def _made_at(name: str) -> datetime:
    """Of a name that nobody made by hand; such a one is of now, and stays."""
    try:
        said = name.removeprefix(PREFIX).partition("-")[0]
        return datetime.strptime(said, "%Y%m%dT%H%M%S%fZ").replace(tzinfo=UTC)
    except ValueError:
        return datetime.max.replace(tzinfo=UTC)
