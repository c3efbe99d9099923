"""What must be reported stands until somebody has said what became of it, and is told once."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError

from domain.conversation import Outcome as Ended
from domain.duty import BY_ITSELF, Kind, Outcome, Recipient, Within
from domain.member import Role
from domain.wall import on_the_wall
from handlers.close import close
from handlers.close_duty import Closing, close_duty
from handlers.errors import AlreadyDecided, BadInput, NotFound
from handlers.house import House
from handlers.raise_duty import raise_duty
from handlers.see_board import see_board
from handlers.see_duties import see_duty, see_open
from handlers.see_handover import see_ending, see_handover
from handlers.see_queue import beside
from handlers.seen import Happened
from handlers.seen_duties import SeenDuty
from storage import audit
from storage.audit_tables import audit as log
from storage.register_tables import duties
from storage.texts import NO_WORDS
from tests.sealed import Sealed
from tests.states import owned
from tests.world import World

CIAS = "+46701740653"
WHY = "en tolvåring hos kontakten <script>alert(1)</script>"


def reported(world: World, **other: object) -> Closing:
    wall = on_the_wall(world.clock.now(), world.house.zone)
    said = Closing(Outcome.REPORTED, Recipient.SOCIAL_SERVICES, wall, "nr 17")
    return replace(said, **other)  # type: ignore[arg-type] # fields by name


NOT_NEEDED = Closing(Outcome.NOT_NEEDED, None, None, "den är tjugo år")


async def raised(world: World, talk: UUID | None = None) -> SeenDuty:
    talk = talk or await world.only()
    await raise_duty(world.house, world.counsellor, talk, Kind.CHILD, Within.HOUR, WHY)
    (one,) = await see_open(world.house, world.counsellor, talk)
    return one


async def acts(world: World) -> list[tuple[str, str]]:
    async with world.house.db.read() as tx:
        rows = await tx.conn.execute(select(log.c.act, log.c.detail).order_by(log.c.number))
        return [(r.act, r.detail) for r in rows if r.act.startswith("duty")]


async def happened(world: World, talk: UUID) -> list[str]:
    return [i.kind for i in (await world.see(talk)).thread if isinstance(i, Happened)]


async def test_it_stands_on_every_page_until_it_is_closed(world: World) -> None:
    await owned(world)
    talk, cia = await world.only(), await World.hired(world.house, "Cia", Role.COORDINATOR)
    one = await raised(world)
    assert one.due_at - one.raised_at == timedelta(hours=1)
    for who in (world.counsellor, cia):
        assert [d.id for d in (await world.queue(who)).duties] == [one.id]
        assert (await beside(world.house, who)).tasks == 1
    assert [d.id for d in (await see_board(world.house, cia)).duties] == [one.id]
    assert not (await see_board(world.house, cia)).calm
    handover = await see_handover(world.house, world.counsellor, talk)
    assert [d.id for d in handover.duties] == [one.id]
    assert [d.id for d in (await see_ending(world.house, world.counsellor)).duties] == [one.id]
    await close(world.house, world.counsellor, talk, Ended.OTHER)
    assert [d.id for d in (await world.queue()).duties] == [one.id], "closed or not"
    await close_duty(world.house, world.counsellor, one.id, reported(world))
    assert (await world.queue()).duties == (await see_board(world.house, cia)).duties == ()
    assert (await beside(world.house, cia)).tasks == 0
    assert {"duty_raised", "duty_closed"} <= set(await happened(world, talk))
    assert await acts(world) == [("duty_raised", "child"), ("duty_closed", "reported")]


async def test_a_colleagues_is_not_a_counsellors_task_unless_they_raised_it(world: World) -> None:
    await owned(world)
    elis, noor = [
        await World.hired(world.house, name, role)
        for name, role in (("Elis", Role.COUNSELLOR), ("Noor", Role.ADMIN))
    ]
    await raised(world)
    assert (await world.queue(elis)).duties == (await world.queue(noor)).duties == ()
    await raise_duty(world.house, elis, await world.only(), Kind.AVERT, Within.DAY, "")
    assert [d.kind for d in (await world.queue(elis)).duties] == [Kind.AVERT]
    assert [d.kind for d in (await world.queue()).duties] == [Kind.CHILD, Kind.AVERT]


async def test_whoever_says_that_they_are_under_18_raises_it(world: World, twin: House) -> None:
    for text in ("hej", "1", "3", "3", "1", "1"):
        await world.text(text)
    talk = await world.only()
    (one,) = await see_open(world.house, world.counsellor, talk)
    assert (one.kind, one.raised_by) == (Kind.CHILD, None)
    assert one.due_at - one.raised_at == BY_ITSELF.length
    assert "duty_raised" in await happened(world, talk)
    await raise_duty(world.house, world.counsellor, talk, Kind.CHILD, Within.HOUR, WHY)
    assert len(await see_open(twin, world.counsellor, talk)) == 1, "one of a kind at a time"
    assert await acts(world) == [], "nobody of us did it"


async def test_pressed_twice_and_by_two_at_once_it_is_one(world: World, twin: House) -> None:
    await world.text("hej")
    talk = await world.only()
    await asyncio.gather(
        *(
            raise_duty(house, world.counsellor, talk, Kind.CHILD, Within.HOUR, WHY)
            for house in (world.house, twin, world.house, twin)
        )
    )
    assert await world.count("duties") == await world.count("register_words") == 1
    assert await acts(world) == [("duty_raised", "child")]


@pytest.mark.parametrize(
    ("closing", "wrong"),
    [
        (replace(NOT_NEEDED, words=" \n"), ("why", "empty")),
        (replace(NOT_NEEDED, words="x" * 5001), ("why", "too_long")),
        (
            Closing(Outcome.REPORTED, None, datetime.fromisoformat("2026-03-02T12:00"), ""),
            ("recipient", "unknown"),
        ),
        (Closing(Outcome.REPORTED, Recipient.POLICE, None, ""), ("at", "unclear")),
        (
            Closing(
                Outcome.REPORTED, Recipient.POLICE, datetime.fromisoformat("2100-01-01T12:00"), ""
            ),
            ("at", "ahead"),
        ),
        (
            Closing(
                Outcome.REPORTED, Recipient.POLICE, datetime.fromisoformat("2001-01-01T12:00"), ""
            ),
            ("at", "long_ago"),
        ),
    ],
)
async def test_without_a_whole_outcome_it_stays_open(
    world: World, closing: Closing, wrong: tuple[str, str]
) -> None:
    await world.text("hej")
    one = await raised(world)
    with pytest.raises(BadInput) as refused:
        await close_duty(world.house, world.counsellor, one.id, closing)
    assert (refused.value.field, refused.value.problem) == wrong
    assert (await see_duty(world.house, world.counsellor, one.id)).closed_at is None


async def test_of_two_who_close_it_one_does_and_the_other_hears_who(
    world: World, twin: House
) -> None:
    await world.text("hej")
    one, cia = await raised(world), await World.hired(world.house, "Cia", Role.COORDINATOR)
    done = await asyncio.gather(
        close_duty(world.house, world.counsellor, one.id, reported(world)),
        close_duty(twin, cia, one.id, NOT_NEEDED),
        return_exceptions=True,
    )
    (lost,) = [error for error in done if error is not None]
    assert isinstance(lost, AlreadyDecided)
    seen = await see_duty(world.house, world.counsellor, one.id)
    assert lost.by == seen.closed_by
    won = reported(world).words if seen.outcome is Outcome.REPORTED else NOT_NEEDED.words
    assert (seen.why.body, seen.closing.body) == (WHY, won)
    assert [act for act, _ in await acts(world)] == ["duty_raised", "duty_closed"]
    with pytest.raises(NotFound):
        await close_duty(world.house, cia, uuid4(), NOT_NEEDED)


async def test_the_database_keeps_an_entry_as_it_was_decided(world: World) -> None:
    await world.text("hej")
    one = await raised(world)
    await close_duty(world.house, world.counsellor, one.id, NOT_NEEDED)
    for statement in (
        delete(duties),
        update(duties).values(outcome=Outcome.REPORTED),
        update(duties).values(closed_at=None),
    ):
        with pytest.raises(DBAPIError):
            async with world.house.db.write() as tx:
                await tx.conn.execute(statement)
    assert (await see_duty(world.house, world.counsellor, one.id)).outcome is Outcome.NOT_NEEDED


async def test_its_words_are_sealed_to_the_team_and_bound_to_their_entry(sealed: Sealed) -> None:
    await sealed.text("hej")
    talk = await sealed.only()
    for kind, why in ((Kind.CHILD, "det ena"), (Kind.CARE, "det andra")):
        await raise_duty(sealed.desk, sealed.counsellor, talk, kind, Within.HOUR, why)
    assert set(await sealed.versions("register_words")) == {2}
    first, second = await see_open(sealed.desk, sealed.counsellor, talk)
    assert (await see_duty(sealed.desk, sealed.counsellor, first.id)).why.body == "det ena"
    house, bodil = await sealed.stranger()
    assert (await see_duty(house, bodil, first.id)).why == NO_WORDS._replace(sealed=True)
    words = duties.metadata.tables["register_words"]
    async with sealed.house.db.write() as tx:  # as somebody who holds the database
        swapped = {first.id: uuid4(), second.id: first.id}
        for entry, other in swapped.items():
            await tx.conn.execute(
                update(words).where(words.c.entry_id == entry).values(entry_id=other)
            )
    seen = await see_duty(sealed.desk, sealed.counsellor, first.id)
    assert seen.why == NO_WORDS._replace(unreadable=True)


async def test_reading_its_words_is_an_opening_that_is_logged(world: World) -> None:
    await world.text("hej")
    one, elis = await raised(world), await World.hired(world.house, "Elis")
    before = await world.count("openings")
    await see_duty(world.house, elis, one.id)
    await see_duty(world.house, elis, one.id)
    assert await world.count("openings") == before + 1


async def test_the_chain_of_the_log_holds(world: World) -> None:
    await world.text("hej")
    one = await raised(world)
    await close_duty(world.house, world.counsellor, one.id, NOT_NEEDED)
    async with world.house.db.read() as tx:
        assert isinstance(await audit.verify(tx), audit.Head)
