"""The calls that phones have made: in memory only, oldest forgotten first."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from itertools import dropwhile, islice
from typing import Any

from simulator.twiml import Said

_MOST = 1000


@dataclass(frozen=True, slots=True)
class Call:
    """One call. `status` is Twilio's; `failure` says why nothing of the line was heard.

    `sender` may be no number at all: "anonymous". Times are UTC. `webhook_status` is the
    HTTP status that the line answered, None while it has not or where it never did.
    """

    sid: str
    sender: str
    to: str
    began: datetime
    status: str = "ringing"
    webhook_status: int | None = None
    twiml: str = ""
    said: tuple[Said, ...] = ()
    verbs: tuple[str, ...] = ()
    hung_up: bool = False
    failure: str | None = None
    ended: datetime | None = None
    direction: str = "inbound"

    def as_json(self) -> dict[str, Any]:
        """What the control API tells of it."""
        return {
            "call_sid": self.sid,
            "from": self.sender,
            "to": self.to,
            "began_at": self.began.timestamp(),
            "status": self.status,
            "webhook_status": self.webhook_status,
            "twiml": self.twiml,
            "said": [asdict(one) for one in self.said],
            "verbs": list(self.verbs),
            "hung_up": self.hung_up,
            "failure": self.failure,
        }


class Calls:
    """All calls by sid, in the order in which they began."""

    def __init__(self) -> None:
        self._by_sid: dict[str, Call] = {}

    def keep(self, call: Call) -> Call:
        """Keep a call."""
        self._by_sid[call.sid] = call
        if len(self._by_sid) > _MOST:
            del self._by_sid[next(iter(self._by_sid))]
        return call

    def change(self, call: Call, **fields: Any) -> Call:
        """Change some fields; returns the call as it is now, kept unless it was forgotten."""
        changed = replace(call, **fields)
        if call.sid in self._by_sid:
            self._by_sid[call.sid] = changed
        return changed

    def get(self, sid: str) -> Call | None:
        """The call, or None where there was none or it is forgotten."""
        return self._by_sid.get(sid)

    def oldest_first(self) -> list[Call]:
        """All that are kept."""
        return list(self._by_sid.values())

    def newest_first(self, before: str | None = None) -> Iterator[Call]:
        """Those that began before the call named, or all; none where it is forgotten."""
        calls = reversed(list(self._by_sid.values()))
        if before is None:
            return calls
        return islice(dropwhile(lambda one: one.sid != before, calls), 1, None)

    def clear(self) -> None:
        """Forget all."""
        self._by_sid.clear()
