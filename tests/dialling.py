"""People who call a line that does not hear of it, and the listing that finds them."""

from datetime import timedelta
from secrets import token_hex
from typing import Any

from domain.call import Call
from handlers.called import called
from handlers.catch_up_calls import catch_up_calls
from handlers.house import House
from handlers.seen import Row
from simulator.calls import Call as Listed
from tests.sending import Out
from tests.world import LINE, PHONE

OTHER = "+46701740611"


def dials(
    out: Out, phone: str = PHONE, ago: timedelta | None = None, to: str = LINE, **more: Any
) -> Listed:
    """Somebody calls the line, which does not hear of it."""
    began = out.world.clock.now() - (ago or timedelta(0))
    status = more.pop("status", "failed")
    call = Listed(f"CA{token_hex(16)}", phone, to, began, status, ended=began, **more)
    return out.provider.calls.keep(call)


async def webhook(out: Out, call: Listed, house: House | None = None) -> None:
    told = Call(call.sid, call.sender, call.to, out.world.clock.now())
    await called(house or out.house, told)


async def again(out: Out, house: House | None = None) -> int:
    return await catch_up_calls(house or out.house, out.sender)


async def waiting(out: Out) -> Row:
    (row,) = (await out.world.queue()).waiting
    return row
