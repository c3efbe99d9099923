"""What can go wrong in a use case. These know no HTTP: each edge maps them once."""

from datetime import datetime
from uuid import UUID

from domain.access import Act
from domain.caseload import Full
from domain.contact_rules import Refusal


class UseCaseError(Exception):
    """Something was asked for that may not or cannot be done; nothing was changed."""


class NotFound(UseCaseError):
    """There is no such thing, or the asker may not know of it."""


class NotAllowed(UseCaseError):
    """The asker's role does not permit this."""

    def __init__(self, act: Act | None = None) -> None:
        """`act`: what was refused, where it is one of the table's."""
        super().__init__(act or "")
        self.act = act


class OnlyCoordinators(NotAllowed):
    """Something that coordinators alone do."""


class NotAdmitted(NotAllowed):
    """Something that only who was admitted to the team does."""


class MustStayAway(NotAllowed):
    """A conflict of interest closes this conversation to the asker."""

    def __init__(self, conversation_id: UUID) -> None:
        """`conversation_id`: which one."""
        super().__init__()
        self.conversation_id = conversation_id


class StaysAway(UseCaseError):
    """Whoever was to be given a conversation must stay away from it."""

    def __init__(self, name: str) -> None:
        """`name` is theirs."""
        super().__init__("the colleague must stay away from it")
        self.name = name


class NeedsReason(UseCaseError):
    """What is neither theirs nor waiting is opened for a reason alone."""

    def __init__(self, conversation_id: UUID) -> None:
        """`conversation_id`: which one."""
        super().__init__("a reason is asked for first")
        self.conversation_id = conversation_id


class KeyChanged(UseCaseError):
    """A colleague's key, or the team's, is another than the one that was compared."""


class SheetMistyped(UseCaseError):
    """Groups of a recovery sheet that are not what was printed."""

    def __init__(self, groups: tuple[int, ...]) -> None:
        """`groups`: which ones, counted from 1."""
        super().__init__("a recovery sheet was mistyped")
        self.groups = groups


class SheetSpent(UseCaseError):
    """A recovery sheet that was used, or replaced by a newer one."""

    def __init__(self, at: datetime, *, used: bool) -> None:
        """`at`: when (UTC)."""
        super().__init__("a recovery sheet holds no more")
        self.at, self.used = at, used


class AlreadyTaken(UseCaseError):
    """Somebody else has the conversation."""

    def __init__(self, owner: str | None) -> None:
        """`owner` is the colleague's name; None when it is closed."""
        super().__init__("the conversation is taken or closed")
        self.owner = owner


class Moved(UseCaseError):
    """Somebody else has the conversation by now, or nobody."""

    def __init__(self, owner: str | None) -> None:
        """`owner` is the name of whoever has it; None when it waits or is closed."""
        super().__init__("the conversation has changed hands")
        self.owner = owner


class CaseloadFull(UseCaseError):
    """Somebody has as many conversations as one may have, or a P1, which wants all of them."""

    def __init__(self, why: Full, held: int, most: int, name: str | None) -> None:
        """`held` of at most `most`; `name` is the colleague's, None for the asker themselves."""
        super().__init__(why.value)
        self.why, self.held, self.most, self.name = why, held, most, name


class NotThere(UseCaseError):
    """Whoever was to be given a conversation has gone meanwhile."""

    def __init__(self, name: str, *, revoked: bool) -> None:
        """`name` is theirs; `revoked`: for good. Otherwise they have ended their shift."""
        super().__init__("the colleague has gone")
        self.name, self.revoked = name, revoked


class OfferedFirst(UseCaseError):
    """A contact who came back is offered to their counsellor first."""

    def __init__(self, name: str, until: datetime) -> None:
        """`name` is the counsellor's; from `until` on anybody may."""
        super().__init__("the conversation is offered to the counsellor who had it")
        self.name, self.until = name, until


class NotYours(UseCaseError):
    """Only the owner of the conversation may do this."""


class StillYours(UseCaseError):
    """A shift cannot end while its counsellor has a conversation."""

    def __init__(self, held: int) -> None:
        """`held`: how many."""
        super().__init__(f"{held} conversations")
        self.held = held


class JustWritten(UseCaseError):
    """The contact has written something that the page did not show yet."""


class WrittenMeanwhile(JustWritten):
    """The same, where a conversation was to be handed over."""


class MayNotLeave(UseCaseError):
    """The contact rules forbid this text now."""

    def __init__(self, reason: Refusal, words: tuple[str, ...] = ()) -> None:
        """`reason` says which rule; `words`: those that betray, of which nobody was warned."""
        super().__init__(reason.value)
        self.reason, self.words = reason, words


class BadInput(UseCaseError):
    """A field does not hold what it must."""

    def __init__(self, field: str, problem: str) -> None:
        """`field` is the form's field; `problem` a code such as empty, too_long, mismatch."""
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


class AlreadyDecided(UseCaseError):
    """A duty to report that is closed, or a request that was decided, and not as was asked here."""

    def __init__(self, by: str | None) -> None:
        """`by` is the name of whoever decided it; None where nobody knows."""
        super().__init__("decided meanwhile")
        self.by = by


class StillToReport(UseCaseError):
    """A contact cannot be deleted while something has to be reported."""


class StillHeld(UseCaseError):
    """A contact cannot be deleted while the law, or a court, keeps what they told."""


class SwapGone(UseCaseError):
    """A swap that somebody else has accepted, or that was withdrawn."""

    def __init__(self, taker: str | None) -> None:
        """`taker` is the name of whoever accepted it; None when it was withdrawn."""
        super().__init__("the swap is accepted or withdrawn")
        self.taker = taker


class NothingToShow(UseCaseError):
    """A picture cannot be looked at."""

    def __init__(self, why: str) -> None:
        """`why`: gone, too_large, out_of_reach, other_type, broken, refused or redacted."""
        super().__init__(why)
        self.why = why


class Busy(UseCaseError):
    """More ask for the same at once than can be served; nothing was counted against anybody."""

    def __init__(self, seconds: int) -> None:
        """`seconds` until it is worth trying again."""
        super().__init__(f"again in {seconds} s")
        self.seconds = seconds


class TooManyAttempts(UseCaseError):
    """Sign-in is slowed down for a while."""

    def __init__(self, seconds: int) -> None:
        """`seconds` until the next attempt is heard."""
        super().__init__(f"wait {seconds} s")
        self.seconds = seconds


class TooManySearches(UseCaseError):
    """One member has searched too often in a short while."""

    def __init__(self, seconds: int) -> None:
        """`seconds` until the next search is looked through."""
        super().__init__(f"wait {seconds} s")
        self.seconds = seconds


class NeedsPassphrase(UseCaseError):
    """A passkey has said who somebody is, and cannot open their key."""

    def __init__(self, name: str) -> None:
        """`name` is theirs."""
        super().__init__("the passphrase, too")
        self.name = name


class LinkSpent(UseCaseError):
    """An invitation that was used, has expired or never was."""


class CannotStore(UseCaseError):
    """The database did not take it; the sender must try again."""


class DatabaseAway(CannotStore):
    """The database does not answer, is locked or has no line yet: nothing else would be stored now
    either."""
