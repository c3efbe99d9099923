"""Which scripts come with the line? Read from the package's files: triage itself reads nothing."""

from functools import cache
from pathlib import Path

from triage.danger_rules import Rules, compile_rules
from triage.loader import load
from triage.script import Script

FOLDER = Path(__file__).parent.parent / "triage" / "scripts"
_DANGER, _BETRAYING, _WATCHED = "danger", "betraying", "watched"
_NO_SCRIPTS = frozenset({_DANGER, _BETRAYING, _WATCHED})


def names() -> tuple[str, ...]:
    """The names of the shipped scripts."""
    return tuple(sorted(p.stem for p in FOLDER.glob("*.yaml") if p.stem not in _NO_SCRIPTS))


def source(name: str) -> str:
    """The text of a shipped script. Raises KeyError for a name that is not in `names()`."""
    if name not in names():
        raise KeyError(name)
    return (FOLDER / f"{name}.yaml").read_text("utf-8")


@cache
def script(name: str) -> Script:
    """A shipped script, read once. Raises KeyError for an unknown name."""
    return load(source(name))


def danger_source() -> str:
    """The text of the shipped danger signs."""
    return (FOLDER / f"{_DANGER}.yaml").read_text("utf-8")


@cache
def danger_rules() -> Rules:
    """The shipped danger signs, compiled once. Raises ScriptError when the file is broken."""
    return compile_rules(danger_source())


def betraying_source() -> str:
    """The text of the shipped list of words that betray."""
    return (FOLDER / f"{_BETRAYING}.yaml").read_text("utf-8")


def watched_source() -> str:
    """The text of what contacts say whose telephone may be watched."""
    return (FOLDER / f"{_WATCHED}.yaml").read_text("utf-8")
