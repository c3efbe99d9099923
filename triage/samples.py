"""Which texts must a script have, and what may be filled in? (wording.md)."""

from collections.abc import Mapping

REQUIRED: Mapping[str, frozenset[str]] = {
    "reprompt": frozenset(),
    "privacy_more": frozenset(),
    "p1": frozenset(),
    "p1_alone": frozenset(),
    "wait": frozenset({"min"}),
    "wait_alone": frozenset(),
    "wait_long": frozenset(),
    "closed": frozenset({"day", "time"}),
    "handover": frozenset({"alias"}),
    "close": frozenset(),
    "follow_up": frozenset(),
    "stop": frozenset(),
    "stop_start": frozenset(),
    "help": frozenset(),
    "delete_ask": frozenset(),
    "delete_noted": frozenset(),
    "deleted": frozenset({"h"}),
    "deleted_part": frozenset(),
    "language": frozenset(),
    "only_text": frozenset(),
    "abuse": frozenset(),
    "voice": frozenset(),
}
"""Every text id that the line uses besides the steps, with the placeholders that it fills."""

OPTIONAL: Mapping[str, frozenset[str]] = {
    "waiting": frozenset({"min"}),
    "on_day": frozenset({"weekday"}),
}
"""Those that a script may lack, where they fill anything in."""

SPOKEN = frozenset({"voice"})
"""Read out on a call: no segments."""

AFTER_OPEN = frozenset({"privacy_more"})
"""Only sent when the gate is open; every other text may be sent before."""

SAMPLES: Mapping[str, str] = {
    "min": "120",
    "day": "on Wednesday",
    "time": "08:00",
    "alias": "Alexandra",
    "h": "720",
    "weekday": "Wednesday",
}
"""A long but likely value of every placeholder."""


def filled(template: str, values: Mapping[str, str] = SAMPLES) -> str:
    """The text with its placeholders filled in; an unknown one stays as it is."""
    for name, value in values.items():
        template = template.replace("{" + name + "}", value)
    return template
