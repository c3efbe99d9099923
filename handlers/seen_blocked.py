"""Which texts of a thread came while their sender was blocked? Nobody was called by them."""

from dataclasses import replace
from datetime import datetime

from domain.message import Author
from handlers.house import House
from handlers.seen import Conversation, Happened, Said
from storage import blocks
from storage.blocks import Block


async def with_blocked(house: House, talk: Conversation) -> Conversation:
    """The same, in which they say so, as long as the block holds and once it is over."""
    happened = [it for it in talk.thread if isinstance(it, Happened)]
    if not any(it.kind == "sender_blocked" for it in happened):
        return talk
    broken = [it.at for it in happened if it.kind == "block_broken"]
    async with house.db.read() as tx:
        known = await blocks.of_conversation(tx, talk.row.id)
    held = [(one.began_at, _ended(one, broken)) for one in known]
    thread = tuple(
        replace(it, while_blocked=True) if isinstance(it, Said) and _came_within(it, held) else it
        for it in talk.thread
    )
    return replace(talk, thread=thread)


def _ended(one: Block, broken: list[datetime]) -> datetime:
    """Lifted, ended by a word of danger, or run out."""
    over = [at for at in broken if at >= one.began_at]
    return min([one.ends_at, *([one.lifted_at] if one.lifted_at else []), *over])


def _came_within(said: Said, held: list[tuple[datetime, datetime]]) -> bool:
    if said.author is not Author.CONTACT:
        return False
    return any(began <= said.at < ended for began, ended in held)
