"""A row of the queue is made once for all to whom it says the same, and anew for all others."""

from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID, uuid4

import pytest

from domain.before import Before
from domain.conversation import State
from domain.gate import Gate
from domain.message import Channel, OptOut
from domain.priority import Tier, Wait
from handlers.seen import Row
from staff import row_view as view
from staff.row_view import row_view
from staff.static_files import StaticFiles
from staff.visit import Desk, SignedIn
from tests.world import World


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    view._kept.clear()


def visit(world: World, language: str = "sv", secret: str = "one secret", **more: Any) -> SignedIn:
    desk = Desk(world.house, cast(Any, SimpleNamespace()), cast(StaticFiles, None))
    now = world.clock.now()
    made = SignedIn(desk, cast(Any, None), language, "light", secret, now, world.counsellor)
    return replace(made, **more)


def row(world: World, **so: Any) -> Row:
    since = world.clock.now() - timedelta(minutes=1)
    made = Row(
        id=UUID(int=1),
        alias="Björk 14",
        state=State.OWNED,
        tier=Tier.P3,
        reasons=("new",),
        wait=Wait(Tier.P3, since, world.clock.now()),
        answered=False,
        language="sv",
        channel=Channel.SMS,
        line="Card 2026",
        unread=1,
        returning=False,
        earlier_counsellor=None,
        owner="Elis",
        marks=frozenset(),
        opt_out=OptOut.NONE,
        gate=Gate.OPEN,
        trouble=0,
    )
    return replace(made, **so)


OTHERWISE: dict[str, object] = {
    "id": uuid4(),
    "alias": "Tall 2",
    "state": State.WAITING,
    "tier": Tier.P1,
    "reasons": ("danger_now",),
    "answered": True,
    "language": "en",
    "channel": Channel.TELEGRAM,
    "line": "Card 2027",
    "unread": 2,
    "returning": True,
    "earlier_counsellor": "Bo",
    "owner": "Bo",
    "marks": frozenset({"under_18"}),
    "opt_out": OptOut.OWN,
    "gate": Gate.CLOSED,
    "trouble": 1,
    "offered_until": datetime(2026, 1, 31, 12, tzinfo=UTC),
    "help_asked": True,
    "helper": "Bo",
    "handed_over": True,
    "before": (Before(Tier.P2, "danger_today", date(2026, 3, 1)),),
}


def test_whatever_differs_is_made_anew(world: World) -> None:
    assert {*OTHERWISE, "wait"} == {field.name for field in fields(Row)}
    before = row_view(visit(world), None)(row(world))
    for name, value in OTHERWISE.items():
        assert row_view(visit(world), None)(row(world, **{name: value})) != before, name
    assert row_view(visit(world), None)(row(world)) == before


@pytest.mark.parametrize(
    ("tier", "lasted"),
    [(Tier.P3, timedelta(minutes=2)), (Tier.P3, timedelta(seconds=75)), (Tier.P2, None)],
)
def test_another_wait_is_made_anew(world: World, tier: Tier, lasted: timedelta | None) -> None:
    now, first = world.clock.now(), row(world)
    since = now - lasted if lasted else first.wait.since
    second = row(world, wait=Wait(tier, since, now))
    made = row_view(visit(world), None)
    assert made(first) != made(second)


def test_a_wait_that_is_said_the_same_is_not_made_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = row(world)
    before = row_view(visit(world), None)(first)
    monkeypatch.setattr(view, "_made", None)
    later = replace(first.wait, now=first.wait.now + timedelta(seconds=1))
    assert row_view(visit(world), None)(replace(first, wait=later)) == before


def test_pages_that_differ_have_rows_of_their_own(world: World) -> None:
    shown = row(world)
    pages = [
        row_view(visit(world), None),
        row_view(visit(world, "en"), None),
        row_view(visit(world), shown.id),
        row_view(visit(world), UUID(int=9)),
        row_view(visit(world, member=replace(world.counsellor, name="Elis")), None),
    ]
    made = [page(shown) for page in pages]
    assert len(set(made)) == len(made)
    assert [page(shown) for page in pages] == made


def test_each_page_has_its_own_token_and_nobody_elses(world: World) -> None:
    waiting = row(world, state=State.WAITING, owner=None)
    for secret in ("one secret", "another secret"):
        asked = visit(world, secret=secret)
        html = row_view(asked, None)(waiting)
        assert f'value="{asked.form_token}"' in html
        assert view.PLACE not in html


def test_what_is_kept_stays_small(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view, "MOST_KEPT", 5)
    made = row_view(visit(world), None)
    for n in range(20):
        made(row(world, id=UUID(int=n)))
        assert len(view._kept) <= 5
    for unread in range(20):
        made(row(world, unread=unread))
    assert len(view._kept) <= 5


def test_words_in_a_row_are_escaped(world: World) -> None:
    assert "<b>" not in row_view(visit(world), None)(row(world, line="<b>Card</b>"))
