"""Many conversations that wait for somebody, and for nothing else."""

import secrets
from itertools import islice, product

from benchmarks.serving import AREAS, LINE
from domain.message import Channel, InboundMessage
from handlers.receive import receive
from storage import tables
from utvag.clock import utc_now
from utvag.line import NobodyToWake, open_house
from utvag.settings import Settings

AT_ONCE = 64


async def fill(settings: Settings, many: int) -> list[str]:
    """So many have written, were greeted, and have fallen silent; their numbers."""
    numbers = [f"+1{a}55501{n:02d}" for a, n in islice(product(AREAS, range(100)), many)]
    async with open_house(settings, NobodyToWake()) as house:
        for start in range(0, many, AT_ONCE):
            some = numbers[start : start + AT_ONCE]
            now = utc_now()
            await receive(house, [
                InboundMessage(Channel.SMS, secrets.token_hex(17), one, LINE, "hej", now)
                for one in some
            ])  # fmt: skip
        async with house.db.write() as tx:  # nobody is asked and nothing leaves: they only wait
            t = tables.triages.update().values(
                answer_due_at=None, answer_latest_at=None, silence_due_at=None, ended_at=utc_now()
            )
            await tx.conn.execute(t)
    return numbers
