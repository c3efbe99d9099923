"""Twilio's status callbacks, over real HTTP, on both databases."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select, text
from structlog.testing import capture_logs

from domain.delivery import Delivery
from domain.message import OptOut
from handlers.send import Sent, lease, record
from handlers.step_triage import step_triage
from senders.sender import Accepted
from storage import tables
from tests.edge import Edge, serving
from tests.world import World

SID = "SM" + "a" * 32


@pytest.fixture
async def edge(world: World) -> AsyncIterator[Edge]:
    async with serving(world.house) as made:
        yield made


@pytest.fixture
async def code(world: World, edge: Edge) -> str:
    """The greeting has been accepted by the provider; its row's code."""
    await edge.text("hej")
    world.clock.advance(seconds=2)
    while await step_triage(world.house):
        pass
    (leased,) = await lease(world.house)
    await record(world.house, [Sent(leased.row, Accepted(SID))])
    return leased.row.code


async def tell(edge: Edge, code: str, status: str, **more: str) -> int:
    fields = {"MessageSid": SID, "MessageStatus": status, "SmsStatus": status} | more
    return (await edge.post(f"/webhooks/twilio/status/{code}", fields)).status_code


async def state(world: World) -> tuple[Delivery, int | None]:
    async with world.house.db.read() as tx:
        query = select(tables.outbox.c.state, tables.outbox.c.error_code)
        (row,) = (await tx.conn.execute(query)).all()
    return Delivery(row.state), row.error_code


@pytest.mark.parametrize(
    "told",
    [
        ["sent", "delivered"],
        ["delivered", "sent"],
        ["delivered", "queued", "sending", "accepted", "sent"],
        ["queued", "sent", "delivered", "delivered"],
        ["delivered", "something new", ""],
    ],
)
async def test_in_whatever_order_callbacks_come_the_state_never_goes_back(
    world: World, edge: Edge, code: str, told: list[str]
) -> None:
    assert [await tell(edge, code, status) for status in told] == [200] * len(told)
    assert await state(world) == (Delivery.DELIVERED, None)


async def test_what_did_not_arrive_keeps_its_error_code(
    world: World, edge: Edge, code: str
) -> None:
    assert await tell(edge, code, "undelivered", ErrorCode="30003") == 200
    assert await tell(edge, code, "sent") == 200
    assert await state(world) == (Delivery.UNDELIVERED, 30003)


async def test_21610_means_that_the_contact_opted_out_at_the_provider(
    world: World, edge: Edge, code: str
) -> None:
    assert await tell(edge, code, "failed", ErrorCode="21610") == 200
    assert (await world.see()).row.opt_out is OptOut.PROVIDER


@pytest.mark.parametrize("error", ["", "x", "²", "-1", "9" * 30])
async def test_an_error_code_that_is_none_does_no_harm(
    world: World, edge: Edge, code: str, error: str
) -> None:
    assert await tell(edge, code, "undelivered", ErrorCode=error) == 200
    assert await state(world) == (Delivery.UNDELIVERED, None)


@pytest.mark.parametrize("other", ["nobody", "x" * 2000, "%00", "%C3%A5", "a%2Fb", "..%2f..", "'"])
async def test_a_code_that_nobody_knows_is_200_and_changes_nothing(
    world: World, edge: Edge, code: str, other: str
) -> None:
    before = await state(world)
    assert await tell(edge, other, "delivered") in {200, 404}
    assert await tell(edge, "unknown", "delivered") == 200
    assert await state(world) == before


async def test_a_wrong_signature_changes_nothing_and_is_counted(
    world: World, edge: Edge, code: str
) -> None:
    before = await state(world)
    fields = {"MessageSid": SID, "MessageStatus": "delivered"}
    with capture_logs() as lines:
        answer = await edge.post(f"/webhooks/twilio/status/{code}", fields, signature="x")
    assert answer.status_code == 403
    assert edge.counted("utvag_webhooks_refused", why="signature") == 1
    assert lines == [{"event": "webhook_refused", "why": "signature", "log_level": "warning"}]
    assert await state(world) == before


async def test_what_cannot_be_noted_is_503_so_that_twilio_tells_it_again(
    world: World, edge: Edge, code: str
) -> None:
    async with world.house.db.write() as tx:
        await tx.conn.execute(text("ALTER TABLE events RENAME TO events_away"))
    assert await tell(edge, code, "delivered") == 503
    async with world.house.db.write() as tx:
        await tx.conn.execute(text("ALTER TABLE events_away RENAME TO events"))
    assert (await state(world))[0] is Delivery.SENT
    assert await tell(edge, code, "delivered") == 200
    assert (await state(world))[0] is Delivery.DELIVERED
