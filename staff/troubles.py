"""What is said when something cannot be done? Every error of ours is mapped here, once."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from domain.contact_rules import ASKABLE, Refusal
from handlers import errors
from staff.forms import FormTooLarge
from staff.times import Times
from staff.words import Words


class NotOurForm(Exception):
    """A form that no page of ours made for this visitor."""


class WrongHost(Exception):
    """A page was asked for by a name that is not ours."""


class WrongMethod(Exception):
    """An address of ours was asked in a way that it does not answer."""


class Unexpected(Exception):
    """Something failed that nobody foresaw; its own words are for the log alone."""

    def __init__(self, number: str) -> None:
        """`number` is the error's id in the log."""
        super().__init__(number)
        self.number = number


@dataclass(frozen=True)
class Trouble:
    """An HTTP status and words: what happened, what is safe, what to do.

    `spot`: the form's field that is to be put right, if one is; `number`: the error's, in the log.
    """

    status: int
    title: str
    happened: str
    safe: str
    next: str
    spot: str | None = None
    number: str = ""
    words: tuple[str, ...] = ()
    """Those that betray, of which a counsellor is warned."""


@dataclass(frozen=True)
class _Entry:
    status: int
    key: str
    values: dict[str, str] = field(default_factory=dict)
    spot: str | None = None
    number: str = ""


Saying = tuple[Words, Times]


def _taken(error: errors.AlreadyTaken, _: Saying) -> _Entry:
    if error.owner is None:
        return _Entry(409, "already_closed")
    return _Entry(409, "already_taken", {"owner": error.owner})


def _caseload_full(error: errors.CaseloadFull, _: Saying) -> _Entry:
    if error.name is not None:
        return _Entry(409, "caseload_theirs", {"name": error.name}, "to")
    return _Entry(409, f"caseload_{error.why}", {"held": str(error.held), "most": str(error.most)})


def _not_there(error: errors.NotThere, _: Saying) -> _Entry:
    key = "works_here_no_more" if error.revoked else "gone_home"
    return _Entry(409, key, {"name": error.name}, "to")


def _stays_away(error: errors.StaysAway, _: Saying) -> _Entry:
    return _Entry(409, "stays_away", {"name": error.name}, "to")


def _offered(error: errors.OfferedFirst, saying: Saying) -> _Entry:
    return _Entry(409, "offered_first", {"name": error.name, "time": saying[1].clock(error.until)})


def _swap_gone(error: errors.SwapGone, _: Saying) -> _Entry:
    if error.taker is None:
        return _Entry(409, "swap_withdrawn")
    return _Entry(409, "swap_taken", {"name": error.taker})


def _decided(error: errors.AlreadyDecided, _: Saying) -> _Entry:
    if error.by is None:
        return _Entry(409, "decided_meanwhile")
    return _Entry(409, "decided_by", {"name": error.by})


def _moved(error: errors.Moved, _: Saying) -> _Entry:
    if error.owner is None:
        return _Entry(409, "moved_away")
    return _Entry(409, "moved", {"owner": error.owner})


def _may_not_leave(error: errors.MayNotLeave, saying: Saying) -> _Entry:
    if error.reason is Refusal.BETRAYS:
        return _Entry(409, "betrays", {"words": ", ".join(error.words)}, "reply")
    key = "ask_first" if error.reason in ASKABLE else "may_not_leave"
    return _Entry(409, key, {"reason": saying[0].code("refusal", error.reason)}, "reply")


def _bad_input(error: errors.BadInput, saying: Saying) -> _Entry:
    problem = saying[0].code("field", f"{error.field}_{error.problem}")
    if error.problem in {"wrong", "unconfirmed"}:
        return _Entry(422, "not_signed_in", {"problem": problem}, error.field)
    if error.field == "words":
        return _Entry(422, "not_searched", {"problem": problem}, error.field)
    if error.field == "passkey":
        return _Entry(422, "not_entered", {"problem": problem})
    if error.field == "old":
        return _Entry(422, "bad_input", {"problem": problem}, error.field)
    key = "no_account" if error.field in {"passphrase", "repeated"} else "bad_input"
    return _Entry(422, key, {"problem": problem}, error.field)


def _no_picture(error: errors.NothingToShow, saying: Saying) -> _Entry:
    return _Entry(409, "no_picture", {"reason": saying[0].code("no_picture", error.why)})


def _too_many(error: errors.TooManyAttempts, saying: Saying) -> _Entry:
    wait = saying[1].length(timedelta(seconds=error.seconds))
    return _Entry(429, "too_many_attempts", {"length": wait})


def _searches(error: errors.TooManySearches, saying: Saying) -> _Entry:
    wait = saying[1].length(timedelta(seconds=error.seconds))
    return _Entry(429, "too_many_searches", {"length": wait})


def _mistyped(error: errors.SheetMistyped, _: Saying) -> _Entry:
    groups = ", ".join(str(group) for group in error.groups)
    return _Entry(422, "sheet_mistyped", {"groups": groups}, "sheet")


def _spent(error: errors.SheetSpent, saying: Saying) -> _Entry:
    key = "sheet_used" if error.used else "sheet_replaced"
    return _Entry(409, key, {"time": saying[1].exact(error.at)}, "sheet")


def _unexpected(error: Unexpected, _: Saying) -> _Entry:
    return _Entry(500, "unexpected", number=error.number)


TABLE: dict[type[Exception], _Entry | Callable[..., _Entry]] = {
    errors.NotFound: _Entry(404, "not_found"),
    errors.NotAllowed: _Entry(403, "not_allowed"),
    errors.NotAdmitted: _Entry(403, "not_admitted"),
    errors.MustStayAway: _Entry(403, "must_stay_away"),
    errors.StaysAway: _stays_away,
    errors.NeedsReason: _Entry(409, "needs_reason"),
    errors.KeyChanged: _Entry(409, "key_changed"),
    errors.SheetMistyped: _mistyped,
    errors.SheetSpent: _spent,
    errors.OnlyCoordinators: _Entry(403, "only_coordinators"),
    errors.AlreadyTaken: _taken,
    errors.Moved: _moved,
    errors.CaseloadFull: _caseload_full,
    errors.NotThere: _not_there,
    errors.OfferedFirst: _offered,
    errors.NotYours: _Entry(409, "not_yours"),
    errors.StillYours: _Entry(409, "still_yours"),
    errors.JustWritten: _Entry(409, "just_written"),
    errors.WrittenMeanwhile: _Entry(409, "written_meanwhile"),
    errors.MayNotLeave: _may_not_leave,
    errors.BadInput: _bad_input,
    errors.SwapGone: _swap_gone,
    errors.AlreadyDecided: _decided,
    errors.StillToReport: _Entry(409, "still_to_report"),
    errors.StillHeld: _Entry(409, "still_held"),
    errors.NothingToShow: _no_picture,
    errors.TooManyAttempts: _too_many,
    errors.TooManySearches: _searches,
    errors.Busy: _Entry(503, "busy"),
    errors.NeedsPassphrase: _Entry(422, "needs_passphrase"),
    errors.LinkSpent: _Entry(410, "link_spent"),
    errors.CannotStore: _Entry(503, "cannot_store"),
    FormTooLarge: _Entry(413, "too_large"),
    NotOurForm: _Entry(403, "form_not_ours"),
    WrongHost: _Entry(400, "wrong_host"),
    WrongMethod: _Entry(405, "method"),
    Unexpected: _unexpected,
}

KNOWN = tuple(TABLE)
"""What a page catches."""


def explain(error: Exception, words: Words, times: Times) -> Trouble:
    """The words for one of KNOWN."""
    found = TABLE[type(error)]
    entry = found if isinstance(found, _Entry) else found(error, (words, times))
    title, happened, safe, then = (
        words.say(f"trouble.{entry.key}.{part}", **entry.values)
        for part in ("title", "happened", "safe", "next")
    )
    betraying = error.words if isinstance(error, errors.MayNotLeave) else ()
    return Trouble(entry.status, title, happened, safe, then, entry.spot, entry.number, betraying)
