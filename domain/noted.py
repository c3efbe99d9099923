"""What is written down about staff, and under which heading is it found?"""

from collections.abc import Mapping
from enum import StrEnum


class Noted(StrEnum):
    """The act of an entry of the log."""

    OPENED = "opened"
    SEARCHED = "searched"
    DELETION_CONFIRMED = "deletion_confirmed"
    DELETION_DECLINED = "deletion_declined"
    INVITED = "invited"
    JOINED = "joined"
    REVOKED = "revoked"
    PHRASE = "phrase"
    MOST_EACH = "most_each"
    POLICY = "policy"
    SCRIPT = "script"
    ROTA = "rota"
    ROTA_OF_LINE = "rota_of_line"
    LEAVE = "leave"
    REFUSED = "refused"
    WRONG_SIGN_INS = "wrong_sign_ins"
    EXPORTED = "exported"
    VERIFIED = "verified"
    AUDIT_CUT = "audit_cut"


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
    Heading.READ: (Noted.OPENED, Noted.SEARCHED),
    Heading.TALK: (Noted.DELETION_CONFIRMED, Noted.DELETION_DECLINED),
    Heading.STAFF: (Noted.INVITED, Noted.JOINED, Noted.REVOKED),
    Heading.SET: (Noted.PHRASE, Noted.MOST_EACH, Noted.POLICY, Noted.SCRIPT),
    Heading.ROTA: (Noted.ROTA, Noted.ROTA_OF_LINE, Noted.LEAVE),
    Heading.REFUSED: (Noted.REFUSED, Noted.WRONG_SIGN_INS),
    Heading.LOG: (Noted.EXPORTED, Noted.VERIFIED, Noted.AUDIT_CUT),
}
