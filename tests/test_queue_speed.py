"""However long the queue or the thread, the pages ask the database as often."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from handlers.house import House
from handlers.receive import receive
from handlers.see_conversation import see_conversation
from handlers.see_queue import see_queue
from tests.world import World


@contextmanager
def counted(house: House) -> Iterator[list[str]]:
    statements: list[str] = []

    def heard(_c: Any, _cur: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    readers = house.db._pages.sync_engine
    event.listen(readers, "before_cursor_execute", heard)
    try:
        yield statements
    finally:
        event.remove(readers, "before_cursor_execute", heard)


async def test_the_queue_asks_as_often_for_sixty_as_for_one(world: World) -> None:
    await world.text("hej")
    with counted(world.house) as few:
        await see_queue(world.house, world.counsellor)
    texts = [world.message("hej", f"+467017406{n}") for n in range(30, 90)]
    await receive(world.house, texts)
    with counted(world.house) as many:
        queue = await see_queue(world.house, world.counsellor)
    assert len(queue.waiting) == 61
    assert 0 < len(many) == len(few)


async def test_a_thread_asks_as_often_for_a_hundred_texts_as_for_one(world: World) -> None:
    await world.text("hej")
    await world.queue()  # by which they have a name
    conversation = await world.only()
    with counted(world.house) as few:
        await see_conversation(world.house, world.counsellor, conversation, opening=False)
    await receive(world.house, [world.message(f"text {n}") for n in range(100)])
    with counted(world.house) as many:
        talk = await see_conversation(world.house, world.counsellor, conversation, opening=False)
    assert len(talk.thread) >= 101
    assert 0 < len(many) == len(few)
