"""Who may ask us for something about a contact, on what ground, and who must agree to it?
(domain.md: nothing leaves the system without a recorded decision: who, on what ground.)"""

from enum import StrEnum


class Authority(StrEnum):
    """Who asks."""

    POLICE = "police"
    PROSECUTOR = "prosecutor"
    COURT = "court"
    SOCIAL_SERVICES = "social_services"
    PROBATION = "probation"
    HEALTH_CARE = "health_care"
    SUPERVISION = "supervision"
    """The authority that supervises social services, or data protection."""
    CONTACT = "contact"
    """The contact, or somebody with their power of attorney."""
    OTHER = "other"


class Ground(StrEnum):
    """Which rule lets it be given, as far as it does; the words name the paragraph.

    A draft for a municipality's lawyer: what is not here is `OTHER`, with words."""

    CONSENT = "consent"
    """OSL 10:1 and 12:2."""
    NECESSARY = "necessary"
    """OSL 10:2."""
    YOUNG = "young"
    """OSL 10:18 a: somebody under 21, to prevent crime."""
    CRIME_AGAINST_CHILD = "crime_against_child"
    """OSL 10:21."""
    GRAVE_CRIME = "grave_crime"
    """OSL 10:23."""
    DUTY = "duty"
    """OSL 10:28: a duty by law, such as to report a child at risk."""
    CARE = "care"
    """OSL 26:9."""
    SEIZED = "seized"
    """Rättegångsbalken 27 and 28: it is taken, whether we agree or not."""
    OTHER = "other"


class Scope(StrEnum):
    """What is asked for and given; more than one may be."""

    EXISTS = "exists"
    """Whether they have been in contact at all. Of somebody whom the line does not know there is
    nothing else to give; that they are not known here tells something, too."""
    NUMBER = "number"
    TIMES = "times"
    TEXTS = "texts"
    NOTES = "notes"
    ANSWERS = "answers"


class Refusal(StrEnum):
    """Why nothing was given."""

    NO_GROUND = "no_ground"
    NOT_HERE = "not_here"
    """We have nothing of it."""
    TOO_MUCH = "too_much"
    TAKEN_BACK = "taken_back"
    UNCLEAR = "unclear"
    MOVED = "moved"
    """They are known here after all: it is written down with their conversation instead."""


class State(StrEnum):
    """ASKED: nobody has agreed. HALF: one has. APPROVED: two have, and nothing was given yet.

    Whoever wrote it down is none of the two, nor is who does not work here any more."""

    ASKED = "asked"
    HALF = "half"
    APPROVED = "approved"
    GIVEN = "given"
    REFUSED = "refused"


OPEN = frozenset({State.ASKED, State.HALF, State.APPROVED})
"""Somebody still has to decide or to write down what was given."""
