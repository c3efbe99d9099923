"""Row ids that sort by the moment of their making (UUID version 7, RFC 9562 section 6.2)."""

import secrets
import threading
from datetime import UTC, datetime
from uuid import UUID

_lock = threading.Lock()
_last = (0, 0)


def new_id(now: datetime) -> UUID:
    """A new id; ids made by one process always sort in the order of their making."""
    global _last  # noqa: PLW0603 - the order of ids is the process's, so its memory is too
    with _lock:
        moment = max(int(now.timestamp() * 1000), _last[0])
        tail = _last[1] + 1 if moment == _last[0] else secrets.randbits(73)
        _last = (moment, tail)
    high, low = tail >> 62 & 0xFFF, tail & (1 << 62) - 1
    return UUID(int=(moment & (1 << 48) - 1) << 80 | 0x7 << 76 | high << 64 | 0x2 << 62 | low)


def moment_of(made: UUID) -> datetime:
    """When it was made, to the millisecond."""
    return datetime.fromtimestamp((made.int >> 80) / 1000, UTC)
