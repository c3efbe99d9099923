"""What goes wrong on purpose between the bot and Telegram, and for how many requests more."""

from dataclasses import dataclass
from typing import Any

from simulator.switches import BadFault, Switch, Switches, check_seconds, is_on, read_switch

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


@dataclass(frozen=True, slots=True)
class Fault(Switch):
    """One switch of Telegram's; `times` of "doubled" counts updates.

    `on` is a method's name, or "all". `seconds` is the delay of "slow", the retry_after of
    "429", and how long "silent" keeps a request that it has accepted before it hangs up.
    `chat` limits the fault to one chat.
    """

    on: str = "sendMessage"
    chat: int | None = None


class TelegramFaults(Switches[Fault]):
    """The switches, and the chats in which the bot is blocked."""

    def __init__(self) -> None:
        super().__init__(KINDS)
        self.blocked: set[int] = set()

    def clear(self) -> None:
        """Everything works again and nobody blocks the bot."""
        super().clear()
        self.blocked.clear()

    def take(self, kind: str, *, method: str = "all", chat: int | None = None) -> Fault | None:
        """Use the fault once where it is on and applies; it ends by itself after its times."""
        fault = self.found(kind)
        if fault is None or fault.on.casefold() not in ("all", method.casefold()):
            return None
        if fault.chat is not None and fault.chat != chat:
            return None
        return self.use(fault)

    def as_json(self) -> dict[str, Any]:
        """What GET /control/telegram/faults tells."""
        return {**self.described(), "blocked": sorted(self.blocked)}

    def replace_with(self, wanted: dict[str, Any]) -> None:
        """Set everything as told; what is not named is off. Raises BadFault, changing nothing."""
        blocked = wanted.get("blocked", [])
        if not isinstance(blocked, list) or not all(isinstance(c, int) for c in blocked):
            raise BadFault("blocked is a list of chat ids")
        switches = {k: v for k, v in wanted.items() if k != "blocked"}
        self.only([fault_from_json(k, v) for k, v in switches.items() if is_on(v)])
        self.blocked = set(blocked)


def fault_from_json(kind: str, told: Any) -> Fault:
    """Read one switch: `true` or an object with the fields of Fault. Raises BadFault."""
    on = "all" if kind in _EVERYWHERE else "sendMessage"
    fault = read_switch(Fault, KINDS, kind, told, on)
    if not isinstance(fault.on, str) or not fault.on.isalpha():
        raise BadFault(f"{fault.kind}: on is a method's name, or all")
    check_seconds(fault, 3600)
    if fault.chat is not None and not isinstance(fault.chat, int):
        raise BadFault(f"{fault.kind}: chat is a chat id")
    return fault
