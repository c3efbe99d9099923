"""What goes wrong on purpose, and for how many requests more."""

from dataclasses import dataclass
from typing import Any

from simulator.switches import BadFault, Switch, Switches, check_seconds, is_on, read_switch

REQUEST_FAULTS = (
    "slow",
    "429",
    "500",
    "drop-before-accepting",
    "drop-after-accepting",
    "down",
)
MESSAGE_FAULTS = ("out-of-order", "doubled", "no-callbacks", "undelivered")
MEDIA_FAULTS = ("media-404", "media-slow", "media-endless", "media-html")
KINDS = REQUEST_FAULTS + MESSAGE_FAULTS + MEDIA_FAULTS
OPT_OUT_MODES = ("off", "default", "advanced")


@dataclass(frozen=True, slots=True)
class Fault(Switch):
    """One switch of the provider.

    `on` is "create" (only new messages) or "all" (reading too). `seconds` is the delay of
    "slow" and "media-slow" and the Retry-After of "429". `to` limits the fault to one phone's
    messages, and to the media that it sent.
    """

    on: str = "create"
    accept_first: bool = True
    to: str | None = None


class Faults(Switches[Fault]):
    """The switches, the numbers that opted out, and how the provider handles STOP by itself."""

    def __init__(self) -> None:
        super().__init__(KINDS)
        self.opted_out: set[str] = set()
        self.opt_out_mode = "off"

    def clear(self) -> None:
        """Everything works again and nobody is opted out."""
        super().clear()
        self.opted_out.clear()
        self.opt_out_mode = "off"

    def take(self, kind: str, *, operation: str = "create", to: str | None = None) -> Fault | None:
        """Use the fault once where it is on and applies; it ends by itself after its times."""
        fault = self.found(kind)
        if fault is None or fault.on not in ("all", operation):
            return None
        if fault.to is not None and fault.to != to:
            return None
        return self.use(fault)

    def as_json(self) -> dict[str, Any]:
        """What GET /control/faults tells."""
        return {
            **self.described(),
            "opted_out": sorted(self.opted_out),
            "opt_out_mode": self.opt_out_mode,
        }

    def replace_with(self, wanted: dict[str, Any]) -> None:
        """Set everything as told; what is not named is off. Raises BadFault, changing nothing."""
        opted_out = wanted.get("opted_out", [])
        mode = wanted.get("opt_out_mode", "off")
        if not isinstance(opted_out, list) or not all(isinstance(n, str) for n in opted_out):
            raise BadFault("opted_out is a list of numbers")
        if mode not in OPT_OUT_MODES:
            raise BadFault(f"opt_out_mode is one of {', '.join(OPT_OUT_MODES)}")
        switches = {k: v for k, v in wanted.items() if k not in ("opted_out", "opt_out_mode")}
        self.only([fault_from_json(k, v) for k, v in switches.items() if is_on(v)])
        self.opted_out = set(opted_out)
        self.opt_out_mode = mode


def fault_from_json(kind: str, told: Any) -> Fault:
    """Read one switch: `true` or an object with the fields of Fault. Raises BadFault."""
    fault = read_switch(Fault, KINDS, kind, told, "all" if kind == "down" else "create")
    if fault.on not in ("create", "all"):
        raise BadFault(f"{fault.kind}: on is create or all")
    check_seconds(fault, 600)
    return fault
