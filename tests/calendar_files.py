"""Calendar files as rota programs write them."""

from collections.abc import Iterable


def entry(name: str, start: str, end: str, *, uid: str = "", more: Iterable[str] = ()) -> str:
    """One entry. Times as DTSTART takes them after its name: `;TZID=…:20260105T080000`, `:…Z`."""
    lines = [
        "BEGIN:VEVENT", f"UID:{uid or name + start + end}", f"SUMMARY:{name}",
        f"DTSTART{start}", *([f"DTEND{end}"] if end else []), *more, "END:VEVENT",
    ]  # fmt: skip
    return "\r\n".join(lines)


def stockholm(at: str) -> str:
    return f";TZID=Europe/Stockholm:{at}"


def shift(name: str, start: str, end: str, **more: object) -> str:
    """On Stockholm's wall clock, as `20260105T0800`."""
    return entry(name, stockholm(f"{start}00"), stockholm(f"{end}00"), **more)  # type: ignore[arg-type] # by name


def calendar(*entries: str) -> bytes:
    """A whole file."""
    head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Rota//EN"]
    return "\r\n".join([*head, *entries, "END:VCALENDAR", ""]).encode()
