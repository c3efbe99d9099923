"""What happens while a picture is on its way: somebody else has it by then, or pressed too."""

import asyncio
from dataclasses import replace
from uuid import UUID

import pytest

from domain.message import Media
from handlers.errors import NothingToShow, NotYours
from handlers.house import House
from handlers.receive import receive
from handlers.redact import redact
from handlers.release import release
from handlers.seen import Said
from handlers.show_picture import fetch_picture, see_picture
from senders.media import Fetched, Wanted
from simulator import picture
from tests.world import World


class Held:
    """A provider that answers when it is told to."""

    def __init__(self) -> None:
        self.asked, self.go, self.times = asyncio.Event(), asyncio.Event(), 0

    async def fetch(self, wanted: Wanted) -> Fetched:
        self.times += 1
        self.asked.set()
        await self.go.wait()
        return Fetched(picture.jpeg())

    async def close(self) -> None:
        """Nothing to close."""


async def held(world: World) -> tuple[Held, House, UUID, UUID]:
    media = (Media("image/jpeg", provider_id="ME" + "0" * 32),)
    await receive(world.house, [world.message("", media=media)])
    talk = await world.taken()
    message = next(i for i in (await world.see(talk)).thread if isinstance(i, Said)).id
    fetcher = Held()
    return fetcher, replace(world.house, media=fetcher), talk, message


async def test_who_gave_the_conversation_away_meanwhile_keeps_no_picture(world: World) -> None:
    fetcher, house, talk, message = await held(world)
    press = asyncio.create_task(fetch_picture(house, world.counsellor, talk, message, 0))
    await fetcher.asked.wait()
    await release(house, world.counsellor, talk)
    fetcher.go.set()
    with pytest.raises(NotYours):
        await press
    assert await world.count("pictures") == 0


async def test_a_message_redacted_meanwhile_leaves_no_picture(world: World) -> None:
    fetcher, house, talk, message = await held(world)
    press = asyncio.create_task(fetch_picture(house, world.counsellor, talk, message, 0))
    await fetcher.asked.wait()
    await redact(house, world.counsellor, talk, message)
    fetcher.go.set()
    with pytest.raises(NothingToShow):
        await press
    assert await world.count("pictures") == 0


async def test_two_presses_at_once_keep_one_picture(world: World) -> None:
    fetcher, house, talk, message = await held(world)
    fetcher.go.set()
    await asyncio.gather(
        *(fetch_picture(house, world.counsellor, talk, message, 0) for _ in range(3))
    )
    assert await world.count("pictures") == 1
    found = await see_picture(house, world.counsellor, talk, message, 0)
    assert found.content.startswith(b"\xff\xd8")
