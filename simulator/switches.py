"""Switches for what goes wrong on purpose, each on for some requests more or until switched off."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Generic, TypeVar


class BadFault(ValueError):
    """The switch was set to something that does not exist."""


@dataclass(frozen=True, slots=True)
class Switch:
    """One switch that is on. `times`: for how many requests more, None until switched off.

    `on`: which requests, or "all". `seconds`: of a delay, or that a client is asked to wait.
    `accept_first`: whether a slow request is accepted before or after the wait.
    """

    kind: str
    times: int | None = None
    on: str = "all"
    seconds: float = 3.0
    accept_first: bool = False


S = TypeVar("S", bound=Switch)


class Switches(Generic[S]):
    """Those that are on, one of a kind at most."""

    def __init__(self, kinds: Sequence[str]) -> None:
        self._kinds = kinds
        self._on: dict[str, S] = {}

    def set(self, switch: S) -> None:
        """Switch one on, in place of what it was set to."""
        self._on[switch.kind] = switch

    def switch_off(self, kind: str) -> None:
        """Switch one off; nothing happens where it was not on."""
        self._on.pop(kind, None)

    def clear(self) -> None:
        """Everything works again."""
        self._on.clear()

    def active(self) -> list[S]:
        """The switches that are on, in the order of the list of kinds."""
        return [self._on[kind] for kind in self._kinds if kind in self._on]

    def found(self, kind: str) -> S | None:
        """The switch, None where it is off."""
        return self._on.get(kind)

    def use(self, switch: S) -> S:
        """Use it once; it ends by itself after its times."""
        if switch.times is not None:
            if switch.times <= 1:
                del self._on[switch.kind]
            else:
                self._on[switch.kind] = replace(switch, times=switch.times - 1)
        return switch

    def described(self) -> dict[str, Any]:
        """By their kind, the fields of those that are on."""
        told = {switch.kind: asdict(switch) for switch in self.active()}
        for named in told.values():
            del named["kind"]
        return told

    def only(self, switches: Sequence[S]) -> None:
        """These are on, and no other."""
        self._on = {switch.kind: switch for switch in switches}


def is_on(told: Any) -> bool:
    """Whether a switch is wanted: neither false nor nothing was told of it."""
    return told is not False and told is not None


def read_switch(make: type[S], kinds: Sequence[str], kind: str, told: Any, on: str) -> S:
    """Read one switch: `true` or an object with its fields; `on` where it names none.

    Raises BadFault. What `on` and `seconds` may be is left to the caller.
    """
    if kind not in kinds:
        raise BadFault(f"no fault {kind!r}; there are {', '.join(kinds)}")
    told = {} if told is True else told
    if not isinstance(told, dict):
        raise BadFault(f"{kind}: true, false or an object")
    unknown = set(told) - ({field.name for field in fields(make)} - {"kind"})
    if unknown:
        raise BadFault(f"{kind}: unknown field {', '.join(sorted(unknown))}")
    given: dict[str, Any] = {"on": on} | told
    switch = make(kind, **given)
    if switch.times is not None and (not isinstance(switch.times, int) or switch.times < 1):
        raise BadFault(f"{kind}: times is a whole number above 0")
    return switch


def check_seconds(switch: Switch, most: float) -> None:
    """Raises BadFault where it is told to wait for longer, or for no number at all."""
    if not isinstance(switch.seconds, int | float) or not 0 <= switch.seconds <= most:
        raise BadFault(f"{switch.kind}: seconds is between 0 and {most:g}")
