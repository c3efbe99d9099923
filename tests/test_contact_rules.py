"""What may leave, and why not: each rule and each exception of contract.md."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.contact_rules import (
    ASKABLE,
    TEMPLATE,
    WHATSAPP_WINDOW,
    Refusal,
    SafeHours,
    Standing,
    refusal,
    window_ends,
)
from domain.gate import Gate
from domain.message import Author, Channel, OptOut

ZONE = ZoneInfo("Europe/Stockholm")
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
FINE = Standing(
    gate=Gate.OPEN,
    opt_out=OptOut.NONE,
    answerable=True,
    owned=False,
    last_inbound_at=NOW - timedelta(minutes=1),
)
NIGHT = SafeHours(time(22), time(6))
EXCEPTIONS = ("stop", "stop_start", "not_safe", "delete_ask")
TEXTS = (*EXCEPTIONS, "greet", "reprompt", "wait", "p1", "help", "privacy", "privacy_more", "")

standings = st.builds(
    Standing,
    gate=st.sampled_from(Gate),
    opt_out=st.sampled_from(OptOut),
    answerable=st.booleans(),
    owned=st.booleans(),
    last_inbound_at=st.timedeltas(timedelta(), timedelta(days=200)).map(lambda ago: NOW - ago),
    safe_hours=st.none() | st.builds(SafeHours, st.times(), st.times()),
)


def machine(standing: Standing, text_id: str = "greet", now: datetime = NOW) -> Refusal | None:
    return refusal(standing, Author.MACHINE, text_id, now, ZONE, asked=False)


def counsellor(standing: Standing, *, asked: bool = False, now: datetime = NOW) -> Refusal | None:
    return refusal(standing, Author.COUNSELLOR, "", now, ZONE, asked=asked)


def test_an_open_gate_lets_everything_leave() -> None:
    assert machine(FINE, "privacy_more") is None
    assert counsellor(FINE) is None


def test_what_whatsapp_has_refused_since_they_wrote_is_not_sent_again() -> None:
    talk = replace(FINE, channel=Channel.WHATSAPP)
    ends = talk.last_inbound_at + WHATSAPP_WINDOW
    before, after = (talk.last_inbound_at + timedelta(seconds=s) for s in (-1, 1))
    assert window_ends(replace(talk, window_refused_at=before)) == ends
    assert counsellor(replace(talk, window_refused_at=before)) is None
    shut = replace(talk, window_refused_at=after)
    assert window_ends(shut) == after
    assert counsellor(shut) is machine(shut) is Refusal.WINDOW_CLOSED
    assert refusal(shut, Author.COUNSELLOR, TEMPLATE, NOW, ZONE, asked=True) is None
    assert counsellor(replace(shut, channel=Channel.SMS)) is None


@pytest.mark.parametrize("text_id", ["greet", "wait", "p1", "help", "reprompt", "language"])
def test_an_unknown_gate_lets_neutral_automatic_texts_leave(text_id: str) -> None:
    assert machine(replace(FINE, gate=Gate.UNKNOWN), text_id) is None


@pytest.mark.parametrize("text_id", ["privacy", "privacy_more"])
def test_what_says_who_we_are_needs_an_open_gate(text_id: str) -> None:
    assert machine(replace(FINE, gate=Gate.UNKNOWN), text_id) is Refusal.GATE_UNKNOWN


def test_an_unknown_gate_lets_a_counsellor_write_after_a_warning() -> None:
    unknown = replace(FINE, gate=Gate.UNKNOWN)
    assert counsellor(unknown) is Refusal.GATE_UNKNOWN
    assert Refusal.GATE_UNKNOWN in ASKABLE
    assert counsellor(unknown, asked=True) is None


def test_a_closed_gate_lets_nobody_write() -> None:
    shut = replace(FINE, gate=Gate.CLOSED)
    assert machine(shut) is Refusal.GATE_CLOSED
    assert counsellor(shut, asked=True) is Refusal.GATE_CLOSED
    assert Refusal.GATE_CLOSED not in ASKABLE


def test_an_owner_silences_the_machine_and_not_the_counsellor() -> None:
    owned = replace(FINE, owned=True)
    assert machine(owned) is Refusal.OWNED
    assert counsellor(owned) is None


def test_an_opt_out_of_the_contacts_own_lets_nobody_write() -> None:
    out = replace(FINE, opt_out=OptOut.OWN)
    assert machine(out) is Refusal.OPTED_OUT
    assert counsellor(out, asked=True) is Refusal.OPTED_OUT


@pytest.mark.parametrize("text_id", EXCEPTIONS)
def test_the_exceptions_leave_through_gate_opt_out_owner_and_safe_hours(text_id: str) -> None:
    shut = Standing(Gate.CLOSED, OptOut.OWN, True, True, NOW - timedelta(hours=9), NIGHT)
    assert machine(shut, text_id) is None


@given(standing=standings, text_id=st.sampled_from(TEXTS), asked=st.booleans())
def test_nothing_reaches_whom_the_provider_blocks_or_who_has_no_number(
    standing: Standing, text_id: str, asked: bool
) -> None:
    for author in (Author.MACHINE, Author.COUNSELLOR):
        found = refusal(standing, author, text_id, NOW, ZONE, asked)
        if not standing.answerable:
            assert found is Refusal.NOT_ANSWERABLE
        elif standing.opt_out is OptOut.PROVIDER:
            assert found is Refusal.OPTED_OUT_AT_PROVIDER


@given(standing=standings, text_id=st.sampled_from(TEXTS), asked=st.booleans())
def test_only_the_exceptions_leave_through_a_closed_gate_an_opt_out_or_an_owner(
    standing: Standing, text_id: str, asked: bool
) -> None:
    if text_id in EXCEPTIONS:
        return
    shut = standing.gate is Gate.CLOSED or standing.opt_out is not OptOut.NONE
    for author in (Author.MACHINE, Author.COUNSELLOR):
        blocked = shut or (standing.owned and author is Author.MACHINE)
        assert not blocked or refusal(standing, author, text_id, NOW, ZONE, asked) is not None


@given(standing=standings)
def test_a_warning_read_never_forbids_what_was_allowed_without_it(standing: Standing) -> None:
    first, then = counsellor(standing), counsellor(standing, asked=True)
    assert then is None if first is None else then in {None, *Refusal}
    assert then not in ASKABLE


def test_safe_hours_do_not_bind_within_four_hours_of_the_last_text() -> None:
    night_only = replace(FINE, safe_hours=NIGHT)
    assert counsellor(night_only) is None
    assert machine(replace(night_only, last_inbound_at=NOW - timedelta(minutes=239))) is None


def test_after_four_hours_safe_hours_bind_everybody() -> None:
    night_only = replace(FINE, safe_hours=NIGHT, last_inbound_at=NOW - timedelta(hours=4))
    assert machine(night_only) is Refusal.OUTSIDE_SAFE_HOURS
    assert counsellor(night_only, asked=True) is Refusal.OUTSIDE_SAFE_HOURS
    assert machine(night_only, "follow_up", now=NOW + timedelta(hours=10)) is None


def test_safe_hours_are_the_wall_clocks_of_the_lines_city() -> None:
    silent = FINE.last_inbound_at - timedelta(hours=9)
    early = replace(FINE, safe_hours=SafeHours(time(13), time(14)), last_inbound_at=silent)
    assert machine(early, "follow_up") is None
    summer = datetime(2026, 7, 2, 12, tzinfo=UTC)
    long_ago = summer - timedelta(hours=9)
    late = replace(early, last_inbound_at=long_ago)
    assert machine(late, "follow_up", now=summer) is Refusal.OUTSIDE_SAFE_HOURS


@pytest.mark.parametrize(
    ("at", "safe"),
    [(time(22), True), (time(23, 59), True), (time(0), True), (time(5, 59), True),
     (time(6), False), (time(12), False), (time(21, 59), False)],
)  # fmt: skip
def test_safe_hours_may_pass_midnight(at: time, safe: bool) -> None:
    assert NIGHT.holds(at) is safe


def test_after_four_hours_of_silence_a_counsellor_is_asked_and_may_go_on() -> None:
    silent = replace(FINE, last_inbound_at=NOW - timedelta(hours=4))
    assert counsellor(silent) is Refusal.LONG_SILENCE
    assert counsellor(silent, asked=True) is None
    assert counsellor(replace(silent, last_inbound_at=NOW - timedelta(minutes=239))) is None


def test_after_four_hours_of_silence_the_machine_says_only_what_was_agreed() -> None:
    live = replace(FINE, last_inbound_at=NOW - timedelta(hours=4) + timedelta(seconds=1))
    silent = replace(FINE, last_inbound_at=NOW - timedelta(hours=4))
    assert machine(live, "greet") is None
    assert machine(silent, "greet") is Refusal.LONG_SILENCE
    assert machine(silent, "follow_up") is None
    assert machine(silent, "delete_ask") is None


def test_after_ninety_days_of_silence_nobody_writes_first() -> None:
    old = replace(FINE, last_inbound_at=NOW - timedelta(days=90))
    assert machine(old, "follow_up") is Refusal.NUMBER_MAY_BE_REUSED
    assert counsellor(old, asked=True) is Refusal.NUMBER_MAY_BE_REUSED
