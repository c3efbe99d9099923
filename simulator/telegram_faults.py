"""What goes wrong on purpose between the bot and Telegram, and for how many requests more."""

from dataclasses import asdict, dataclass, replace
from typing import Any

KINDS = (
    "slow",
    "429",
    "403",
    "deactivated",
    "500",
    "502",
    "silent",
    "drop-before-accepting",
    "drop-after-accepting",
    "down",
    "query-too-old",
    "doubled",
)
_EVERYWHERE = ("down", "doubled", "query-too-old")


class BadFault(ValueError):
    """The switch was set to something that does not exist."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One switch. `times`: for how many requests (of "doubled": updates) more, None until off.

    `on` is a method's name, or "all". `seconds` is the delay of "slow", the retry_after of
    "429", and how long "silent" keeps a request that it has accepted before it hangs up.
    `accept_first`: whether a slow request is accepted before or after the wait. `chat` limits
    the fault to one chat.
    """

    kind: str
    times: int | None = None
    on: str = "sendMessage"
    seconds: float = 3.0
    accept_first: bool = False
    chat: int | None = None


class TelegramFaults:
    """The switches, and the chats in which the bot is blocked."""

    def __init__(self) -> None:
        self._on: dict[str, Fault] = {}
        self.blocked: set[int] = set()

    def set(self, fault: Fault) -> None:
        """Switch one fault on, in place of what it was set to."""
        self._on[fault.kind] = fault

    def switch_off(self, kind: str) -> None:
        """Switch one fault off; nothing happens where it was not on."""
        self._on.pop(kind, None)

    def clear(self) -> None:
        """Everything works again and nobody blocks the bot."""
        self._on.clear()
        self.blocked.clear()

    def active(self) -> list[Fault]:
        """The switches that are on, in the order of the list of kinds."""
        return [self._on[kind] for kind in KINDS if kind in self._on]

    def take(self, kind: str, *, method: str = "all", chat: int | None = None) -> Fault | None:
        """Use the fault once where it is on and applies; it ends by itself after its times."""
        fault = self._on.get(kind)
        if fault is None or fault.on.casefold() not in ("all", method.casefold()):
            return None
        if fault.chat is not None and fault.chat != chat:
            return None
        if fault.times is not None:
            if fault.times <= 1:
                del self._on[kind]
            else:
                self._on[kind] = replace(fault, times=fault.times - 1)
        return fault

    def as_json(self) -> dict[str, Any]:
        """What GET /control/telegram/faults tells."""
        described = {fault.kind: asdict(fault) for fault in self.active()}
        for fields in described.values():
            del fields["kind"]
        return {**described, "blocked": sorted(self.blocked)}

    def replace_with(self, wanted: dict[str, Any]) -> None:
        """Set everything as told; what is not named is off. Raises BadFault, changing nothing."""
        blocked = wanted.get("blocked", [])
        if not isinstance(blocked, list) or not all(isinstance(c, int) for c in blocked):
            raise BadFault("blocked is a list of chat ids")
        read = [
            fault_from_json(kind, fields)
            for kind, fields in wanted.items()
            if kind != "blocked" and fields is not False and fields is not None
        ]
        self._on = {fault.kind: fault for fault in read}
        self.blocked = set(blocked)


def fault_from_json(kind: str, fields: Any) -> Fault:
    """Read one switch: `true` or an object with the fields of Fault. Raises BadFault."""
    if kind not in KINDS:
        raise BadFault(f"no fault {kind!r}; there are {', '.join(KINDS)}")
    fields = {} if fields is True else fields
    if not isinstance(fields, dict):
        raise BadFault(f"{kind}: true, false or an object")
    unknown = set(fields) - {"times", "on", "seconds", "accept_first", "chat"}
    if unknown:
        raise BadFault(f"{kind}: unknown field {', '.join(sorted(unknown))}")
    told: dict[str, Any] = {"on": "all" if kind in _EVERYWHERE else "sendMessage"} | fields
    fault = Fault(kind, **told)
    _check(fault)
    return fault


def _check(fault: Fault) -> None:
    if fault.times is not None and (not isinstance(fault.times, int) or fault.times < 1):
        raise BadFault(f"{fault.kind}: times is a whole number above 0")
    if not isinstance(fault.on, str) or not fault.on.isalpha():
        raise BadFault(f"{fault.kind}: on is a method's name, or all")
    if not isinstance(fault.seconds, int | float) or not 0 <= fault.seconds <= 3600:
        raise BadFault(f"{fault.kind}: seconds is between 0 and 3600")
    if fault.chat is not None and not isinstance(fault.chat, int):
        raise BadFault(f"{fault.kind}: chat is a chat id")
