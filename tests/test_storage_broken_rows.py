"""A row that does not open any more stops nobody else's."""

import pytest
from sqlalchemy import Table, update

from domain.delivery import Delivery
from handlers.receive import receive
from handlers.send import Sent, lease, record
from handlers.step_triage import step_triage
from senders.sender import Refused
from storage import outbox, tables
from storage.pair_tables import contact_keys
from tests.world import PHONE, World

OTHER = "+46701740611"


@pytest.mark.parametrize(
    ("table", "column"),
    [(tables.outbox, "body_sealed"), (contact_keys, "address_sealed")],
)
async def test_what_waits_for_the_others_still_leaves(
    world: World, table: Table, column: str
) -> None:
    await receive(world.house, [world.message("hej", PHONE)])
    world.clock.advance(seconds=2)
    await step_triage(world.house)
    broken = (await world.queue()).waiting[0].id
    async with world.house.db.write() as tx:
        await tx.conn.execute(update(table).values({column: b"\x01\x00\x01" + b"x" * 60}))
    await receive(world.house, [world.message("hej", OTHER)])
    world.clock.advance(seconds=2)
    await step_triage(world.house)
    leased = await lease(world.house)
    letters = {one.letter.to: one.letter.body for one in leased}
    assert letters[OTHER].startswith("Hej, bra att du skrev.")
    theirs = [one for one in leased if one.row.conversation_id == broken]
    if table is contact_keys:  # the provider says that there is no such address
        (bad,) = theirs
        assert bad.letter.to == ""
        await record(world.house, [Sent(bad.row, Refused(21211))])
    else:
        assert not theirs, "what does not belong there is never sent"
    async with world.house.db.read() as tx:
        (row,) = (await outbox.of_conversation(tx, broken)).values()
    assert row.state is Delivery.FAILED
    assert (await world.see(broken)).row.trouble == 1
