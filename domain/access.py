"""What may each role do? This table decides, and nothing beside it does.

Whether a conversation is theirs, and whether they must stay away from it, is asked besides.
"""

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    """COUNSELLOR and COORDINATOR read conversations; ADMIN and REPORTER never do (domain.md)."""

    COUNSELLOR = "counsellor"
    COORDINATOR = "coordinator"
    ADMIN = "admin"
    REPORTER = "reporter"


class Act(StrEnum):
    """What somebody signed in may be let do. A stranger may do none of it."""

    ENTER = "enter"
    """Their own pages: how many wait, their account and its sessions, signing out."""
    READ = "read"
    """Open conversations, search them, take them, and answer those that are theirs."""
    WORK_SHIFT = "work_shift"
    PAGER = "pager"
    """Say by which ways they are woken."""
    SEE_ROTA = "see_rota"
    SWAP = "swap"
    OWN_LEAVE = "own_leave"
    SEE_PHRASES = "see_phrases"
    TEAM = "team"
    """Open what the team may read: admit colleagues, keep the recovery sheet."""
    BOARD = "board"
    REASSIGN = "reassign"
    STEP_IN = "step_in"
    """Join or take over a colleague's conversation, and write to the colleague alone in it."""
    WRITE_PHRASES = "write_phrases"
    WRITE_ROTA = "write_rota"
    WRITE_LEAVE = "write_leave"
    """Of everybody."""
    ANY_SWAP = "any_swap"
    """Withdraw a swap that a colleague asked for."""
    WRITE_POLICY = "write_policy"
    MOST_EACH = "most_each"
    LIMITS = "limits"
    """Say how much the machine may send in an hour."""
    RETENTION = "retention"
    """Say how long what is kept, and see how much goes."""
    BLOCK = "block"
    """For a day, whoever is theirs or waits; see who is blocked."""
    BLOCK_ANY = "block_any"
    """For a month, also a P1 and a colleague's; lift anybody's block."""
    AUDIT = "audit"
    """See what is written down about staff, have it verified, take it out."""
    KEEP_AWAY = "keep_away"
    """Say that somebody must stay away from a conversation, and lift it."""
    DUTY = "duty"
    """See what has to be reported, raise it, and say what became of it."""
    REGISTER = "register"
    """See the register of disclosures, write down what is asked for, agree to it or refuse it."""
    DISCLOSE = "disclose"
    """Be the one of the two without whom nothing is given, and write down what was."""
    EXPORT = "export"
    """Make a file of all that is held about a contact, for the contact."""
    HOLD = "hold"
    """Keep a conversation from every deletion for a while, and lift that."""
    COORDINATE = "coordinate"
    """Be woken where the coordinators are, and hear what is wrong with everybody's ways."""
    SETTINGS = "settings"
    """See where what is set seldom is; each page there asks for an act of its own."""


_EVERYBODY = frozenset(Role)
_READERS = frozenset({Role.COUNSELLOR, Role.COORDINATOR})
_COORDINATORS = frozenset({Role.COORDINATOR})

TABLE: Mapping[Act, frozenset[Role]] = {
    Act.ENTER: _EVERYBODY,
    Act.READ: _READERS,
    Act.WORK_SHIFT: _READERS,
    Act.PAGER: _READERS,
    Act.SEE_ROTA: _READERS,
    Act.SWAP: _READERS,
    Act.OWN_LEAVE: _READERS,
    Act.SEE_PHRASES: _READERS,
    Act.TEAM: _READERS,
    Act.BOARD: _COORDINATORS,
    Act.REASSIGN: _COORDINATORS,
    Act.STEP_IN: _COORDINATORS,
    Act.WRITE_PHRASES: _COORDINATORS,
    Act.WRITE_ROTA: _COORDINATORS,
    Act.WRITE_LEAVE: _COORDINATORS,
    Act.ANY_SWAP: _COORDINATORS,
    Act.WRITE_POLICY: _COORDINATORS,
    Act.MOST_EACH: _COORDINATORS | {Role.ADMIN},
    Act.LIMITS: _COORDINATORS | {Role.ADMIN},
    Act.RETENTION: _COORDINATORS,
    Act.BLOCK: _READERS,
    Act.BLOCK_ANY: _COORDINATORS,
    Act.AUDIT: _COORDINATORS,
    Act.KEEP_AWAY: _COORDINATORS,
    Act.DUTY: _READERS,
    Act.REGISTER: _READERS,
    Act.DISCLOSE: _COORDINATORS,
    Act.EXPORT: _COORDINATORS,
    Act.HOLD: _COORDINATORS,
    Act.COORDINATE: _COORDINATORS,
    Act.SETTINGS: _READERS | {Role.ADMIN},
}


def may(role: Role | None, act: Act) -> bool:
    """Whether this role may; `None` is a stranger, who may nothing."""
    return role in TABLE[act]


def who_may(act: Act) -> frozenset[Role]:
    """Every role that may."""
    return TABLE[act]


def acts_of(role: Role) -> tuple[Act, ...]:
    """All that this role may do."""
    return tuple(act for act in Act if may(role, act))
