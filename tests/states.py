"""Where a conversation can stand when a text comes, and how it gets there."""

from collections.abc import Awaitable, Callable

import pytest

from domain.conversation import Outcome, State
from handlers.close import close
from handlers.seen import Said
from storage import conversations, tables
from storage.conversations import Conversation
from tests.world import World


async def stored(world: World) -> Conversation:
    """The only conversation, open or not."""
    async with world.house.db.read() as tx:
        row = (await tx.conn.execute(tables.conversations.select())).one()
        found = await conversations.by_id(tx, row.id)
    assert found is not None
    return found


async def machine_said(world: World) -> list[str]:
    return await world.said((await stored(world)).id)


async def last_words(world: World) -> str:
    said = [item.body for item in (await world.see()).thread if isinstance(item, Said)]
    return said[-1] or ""


async def asked(world: World) -> None:
    await world.text("hej")


async def waiting(world: World) -> None:
    await world.text("hej")
    await world.text("9")


async def owned(world: World) -> None:
    await world.text("hej")
    await world.taken()


async def closed(world: World) -> None:
    await owned(world)
    await close(world.house, world.counsellor, await world.only(), Outcome.OTHER)


async def returning(world: World) -> None:
    await closed(world)
    await world.text("hej igen")


async def gate_closed(world: World) -> None:
    await world.text("hej")
    await world.text("2")


async def opted_out(world: World) -> None:
    await world.text("hej")
    await world.text("STOPP")


async def blocked(world: World) -> None:
    await world.text("hej")
    await world.text("STOP", provider_opt_out="STOP")


State_ = Callable[[World], Awaitable[None]]
EVERY: tuple[State_, ...] = (
    asked, waiting, owned, closed, returning, gate_closed, opted_out, blocked
)  # fmt: skip
EXPECTED: dict[State_, State] = {owned: State.OWNED, closed: State.CLOSED}
every_state = pytest.mark.parametrize("state", EVERY, ids=lambda state: state.__name__)


async def new_words(
    world: World, state: State_, body: str, provider_opt_out: str | None = None
) -> list[str]:
    """What the machine said because of this text, withheld in brackets."""
    await state(world)
    before = await machine_said(world)
    await world.text(body, provider_opt_out=provider_opt_out)
    return (await machine_said(world))[len(before) :]
