"""What is said of an entry of the log? Codes of ours in words, counts as they are."""

import re

from domain.noted import Noted
from domain.retention import Kept
from staff.words import Words

GROUPS = {
    Noted.INVITED: "role",
    Noted.ROLE: "role",
    Noted.ROLE_FORGED: "role",
    Noted.REFUSED: "audit.asked",
    Noted.REASON: "audit.reason",
    Noted.GATE: "gate",
    Noted.BLOCKED: "block.reason",
    Noted.DELETION_DECLINED: "deletion.reasons",
    Noted.HOLD_PUT: "hold.ground",
    Noted.DUTY_RAISED: "duty.kind",
    Noted.DUTY_CLOSED: "duty.outcome",
    Noted.DISCLOSURE_ASKED: "register.ground",
    Noted.DISCLOSURE_REFUSED: "register.refusal",
    Noted.CONTACT_EXPORTED: "export.ground",
}
"""Where the words of an act's detail stand; else under "audit.detail"."""


def detail(words: Words, act: str, code: str) -> str:
    """Empty where there is nothing more to say than the act."""
    if not code or act == Noted.LINK:
        return ""
    if act == Noted.OPENED:
        return why_read(words, code)
    if act == Noted.VERIFIED:
        number, _, why = code.partition(" ")
        return words.code("audit.found", why or "whole", n=number)
    if act in {Noted.RETENTION, Noted.RETENTION_SET} and (found := _RETENTION.fullmatch(code)):
        return _kept(words, **found.groupdict())
    if act == Noted.REFUSED_MORE:
        number, _, what = code.partition(" ")
        return words.say("audit.refused_times", n=number, what=words.code("audit.asked", what))
    group = GROUPS.get(Noted(act)) if act in set(Noted) else None
    return words.code(group, code) if group else words.code("audit.detail", code, detail=code)


_RETENTION = re.compile(r"(?P<kept>[a-z]+)(:(?P<before>\d+)>(?P<after>\d+))?:(?P<number>\d+)")
"""Of a class: from how many days to how many, where somebody decided so, and how much went."""


def _kept(words: Words, kept: str, before: str | None, after: str | None, number: str) -> str:
    try:
        goes = words.code("retention.count", Kept(kept), n=int(number))
    except ValueError:
        return f"{kept}:{number}"
    if before is None:
        return goes
    said = words.say("retention.from_to", before=before, after=after)
    name = words.code("retention.kept", kept)
    return f"{name}: {said} {words.say('retention.because')} {goes}"


def why_read(words: Words, code: str) -> str:
    """How a conversation stood to whoever opened it, and the reason that they gave."""
    stood, _, reason = code.partition(" ")
    said = words.code("audit.stood", stood)
    return f"{said}: {words.code('audit.reason', reason)}" if reason else said
