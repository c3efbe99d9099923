"""What goes wrong on purpose, and for how many requests more."""

from dataclasses import asdict, dataclass, replace
from typing import Any

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


class BadFault(ValueError):
    """The switch was set to something that does not exist."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One switch. `times`: for how many requests more, None until switched off.

    `on` is "create" (only new messages) or "all" (reading too). `seconds` is the delay of
    "slow" and "media-slow" and the Retry-After of "429". `accept_first` tells whether a slow
    request is accepted before or after the wait. `to` limits the fault to one phone's messages,
    and to the media that it sent.
    """

    kind: str
    times: int | None = None
    on: str = "create"
    seconds: float = 3.0
    accept_first: bool = True
    to: str | None = None


class Faults:
    """The switches, the numbers that opted out, and how the provider handles STOP by itself."""

    def __init__(self) -> None:
        self._on: dict[str, Fault] = {}
        self.opted_out: set[str] = set()
        self.opt_out_mode = "off"

    def set(self, fault: Fault) -> None:
        """Switch one fault on, in place of what it was set to."""
        self._on[fault.kind] = fault

    def switch_off(self, kind: str) -> None:
        """Switch one fault off; nothing happens where it was not on."""
        self._on.pop(kind, None)

    def clear(self) -> None:
        """Everything works again and nobody is opted out."""
        self._on.clear()
        self.opted_out.clear()
        self.opt_out_mode = "off"

    def active(self) -> list[Fault]:
        """The switches that are on, in the order of the list of kinds."""
        return [self._on[kind] for kind in KINDS if kind in self._on]

    def take(self, kind: str, *, operation: str = "create", to: str | None = None) -> Fault | None:
        """Use the fault once where it is on and applies; it ends by itself after its times."""
        fault = self._on.get(kind)
        if fault is None or fault.on not in ("all", operation):
            return None
        if fault.to is not None and fault.to != to:
            return None
        if fault.times is not None:
            if fault.times <= 1:
                del self._on[kind]
            else:
                self._on[kind] = replace(fault, times=fault.times - 1)
        return fault

    def as_json(self) -> dict[str, Any]:
        """What GET /control/faults tells."""
        described = {fault.kind: asdict(fault) for fault in self.active()}
        for fields in described.values():
            del fields["kind"]
        return {
            **described,
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
        read = [
            fault_from_json(kind, fields)
            for kind, fields in switches.items()
            if fields is not False and fields is not None
        ]
        self._on = {fault.kind: fault for fault in read}
        self.opted_out = set(opted_out)
        self.opt_out_mode = mode


def fault_from_json(kind: str, fields: Any) -> Fault:
    """Read one switch: `true` or an object with the fields of Fault. Raises BadFault."""
    if kind not in KINDS:
        raise BadFault(f"no fault {kind!r}; there are {', '.join(KINDS)}")
    fields = {} if fields is True else fields
    if not isinstance(fields, dict):
        raise BadFault(f"{kind}: true, false or an object")
    unknown = set(fields) - {"times", "on", "seconds", "accept_first", "to"}
    if unknown:
        raise BadFault(f"{kind}: unknown field {', '.join(sorted(unknown))}")
    told: dict[str, Any] = {"on": "all" if kind == "down" else "create"} | fields
    fault = Fault(kind, **told)
    _check(fault)
    return fault


def _check(fault: Fault) -> None:
    if fault.times is not None and (not isinstance(fault.times, int) or fault.times < 1):
        raise BadFault(f"{fault.kind}: times is a whole number above 0")
    if fault.on not in ("create", "all"):
        raise BadFault(f"{fault.kind}: on is create or all")
    if not isinstance(fault.seconds, int | float) or not 0 <= fault.seconds <= 600:
        raise BadFault(f"{fault.kind}: seconds is between 0 and 600")
