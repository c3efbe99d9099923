"""What is written down about staff, and under which heading is it found?"""

from collections.abc import Mapping
from enum import StrEnum


class Noted(StrEnum):
    """The act of an entry of the log."""

    OPENED = "opened"
    REASON = "reason"
    SEARCHED = "searched"
    REDACTED = "redacted"
    REASSIGNED = "reassigned"
    JOINED_TALK = "joined_talk"
    TAKEN_OVER = "taken_over"
    KEPT_AWAY = "kept_away"
    LET_BACK = "let_back"
    GATE = "gate"
    SAFE_HOURS = "safe_hours"
    SAFE_CONTACT = "safe_contact"
    WORDS_DECIDED = "words_decided"
    BLOCKED = "blocked"
    BLOCK_LIFTED = "block_lifted"
    DELETION_CONFIRMED = "deletion_confirmed"
    DELETION_DECLINED = "deletion_declined"
    DELETED = "deleted"
    NUMBERS_FORGOTTEN = "numbers_forgotten"
    HOLD_PUT = "hold_put"
    HOLD_LIFTED = "hold_lifted"
    DUTY_RAISED = "duty_raised"
    DUTY_CLOSED = "duty_closed"
    DISCLOSURE_ASKED = "disclosure_asked"
    DISCLOSURE_READ = "disclosure_read"
    DISCLOSURE_AGREED = "disclosure_agreed"
    DISCLOSURE_REFUSED = "disclosure_refused"
    DISCLOSURE_GIVEN = "disclosure_given"
    CONTACT_EXPORTED = "contact_exported"
    INVITED = "invited"
    LINK = "link"
    """By which somebody invited joins: a mark of it, which leads to nobody."""
    LINK_FORGED = "link_forged"
    """Somebody opened one that stands in another row than it was made for, or otherwise."""
    ROLE = "role"
    """Given to somebody at the command line, or said again once its entry went."""
    ROLE_BELIEVED = "role_believed"
    """They were here before the log, whose first entry went; their row is believed still."""
    ROLE_FORGED = "role_forged"
    JOINED = "joined"
    REVOKED = "revoked"
    KEYS = "keys"
    KEYS_ROTATED = "keys_rotated"
    KEYS_REWRAPPED = "keys_rewrapped"
    KEY_DESTROYED = "key_destroyed"
    PASSKEY = "passkey"
    PASSPHRASE = "passphrase"  # noqa: S105 - the name of an act
    WAY = "way"
    FEED = "feed"
    LINE = "line"
    LIMITS = "limits"
    PHRASE = "phrase"
    MOST_EACH = "most_each"
    POLICY = "policy"
    SCRIPT = "script"
    RETENTION_SET = "retention_set"
    RETENTION = "retention"
    ROTA = "rota"
    ROTA_OF_LINE = "rota_of_line"
    LEAVE = "leave"
    REFUSED = "refused"
    REFUSED_MORE = "refused_more"
    WRONG_SIGN_INS = "wrong_sign_ins"
    EXPORTED = "exported"
    VERIFIED = "verified"
    AUDIT_CUT = "audit_cut"
    RESTORED = "restored"
    LET_WRITE = "let_write"
    ROSTER = "roster_confirmed"


class Heading(StrEnum):
    """What somebody who looks through the log may ask for."""

    READ = "read"
    TALK = "talk"
    STAFF = "staff"
    SET = "set"
    ROTA = "rota"
    REFUSED = "refused"
    LOG = "log"


UNDER: Mapping[Heading, tuple[Noted, ...]] = {
    Heading.READ: (Noted.OPENED, Noted.REASON, Noted.SEARCHED, Noted.DISCLOSURE_READ),
    Heading.TALK: (
        Noted.REDACTED,
        Noted.REASSIGNED,
        Noted.JOINED_TALK,
        Noted.TAKEN_OVER,
        Noted.KEPT_AWAY,
        Noted.LET_BACK,
        Noted.GATE,
        Noted.SAFE_HOURS,
        Noted.SAFE_CONTACT,
        Noted.WORDS_DECIDED,
        Noted.BLOCKED,
        Noted.BLOCK_LIFTED,
        Noted.DELETION_CONFIRMED,
        Noted.DELETION_DECLINED,
        Noted.DELETED,
        Noted.NUMBERS_FORGOTTEN,
        Noted.HOLD_PUT,
        Noted.HOLD_LIFTED,
        Noted.DUTY_RAISED,
        Noted.DUTY_CLOSED,
        Noted.DISCLOSURE_ASKED,
        Noted.DISCLOSURE_AGREED,
        Noted.DISCLOSURE_REFUSED,
        Noted.DISCLOSURE_GIVEN,
        Noted.CONTACT_EXPORTED,
    ),
    Heading.STAFF: (
        Noted.INVITED,
        Noted.LINK,
        Noted.ROLE,
        Noted.ROLE_BELIEVED,
        Noted.JOINED,
        Noted.REVOKED,
        Noted.KEYS,
        Noted.KEYS_ROTATED,
        Noted.KEYS_REWRAPPED,
        Noted.KEY_DESTROYED,
        Noted.PASSKEY,
        Noted.PASSPHRASE,
        Noted.WAY,
        Noted.FEED,
    ),
    Heading.SET: (
        Noted.LINE,
        Noted.LIMITS,
        Noted.PHRASE,
        Noted.MOST_EACH,
        Noted.POLICY,
        Noted.SCRIPT,
        Noted.RETENTION_SET,
        Noted.RETENTION,
    ),
    Heading.ROTA: (Noted.ROTA, Noted.ROTA_OF_LINE, Noted.LEAVE),
    Heading.REFUSED: (
        Noted.REFUSED,
        Noted.REFUSED_MORE,
        Noted.ROLE_FORGED,
        Noted.LINK_FORGED,
        Noted.WRONG_SIGN_INS,
    ),
    Heading.LOG: (
        Noted.EXPORTED,
        Noted.VERIFIED,
        Noted.AUDIT_CUT,
        Noted.RESTORED,
        Noted.ROSTER,
        Noted.LET_WRITE,
    ),
}
