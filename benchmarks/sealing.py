"""What does it cost that texts are sealed to their contacts?

    .venv/bin/python -m benchmarks.sealing [--messages 500] [--texts 400] [--rounds 9]

Two SQLite databases, one without a team and one with; the same conversation in each, every message
in a transaction of its own and under a key of its own, as if a minute lay between. First the
conversation is opened, by a counsellor who was admitted. Then texts of known contacts come in, 16
to a transaction, in turn here and there: what the processor does for them, which others on the
machine do not lengthen. Numbers are from the series set aside for fiction.
"""

import argparse
import asyncio
import secrets
import statistics
import tempfile
import time
from dataclasses import replace
from itertools import islice, product
from uuid import UUID

from sqlalchemy import select

from benchmarks.desk import AREAS, LINE, clock, opened
from domain.member import Member, Role
from domain.message import Channel, InboundMessage
from handlers.house import House
from handlers.invite import invite
from handlers.receive import receive
from handlers.see_conversation import see_conversation
from handlers.take import take
from storage import members, tables, team
from storage.key_tables import member_keys
from storage.pairs import new_pair
from storage.reading import MemberKey, Reader
from storage.rows import insert

TOGETHER = 16
"""Texts of one transaction, as a busy line gathers them."""


async def joined(house: House) -> Member:
    """A counsellor."""
    token = await invite(house, "Alva", Role.COUNSELLOR)
    async with house.db.write() as tx:
        await members.join(tx, tx.keys.index("invitation", token), b"none", house.now())
        entry = await members.by_name(tx, "Alva")
    if entry is None:
        raise SystemExit("nobody joined")
    return entry.member


async def reading(house: House, member: Member) -> House:
    """The house as the counsellor is handed it, who has made the team."""
    key = MemberKey(member.id, 1, new_pair())
    row = {"member_id": member.id, "generation": 1, "public": key.pair.public}
    async with house.db.write() as tx:
        await insert(tx, member_keys, [row | {"made_at": house.now()}])
        if not await team.make(tx, key, house.now()):
            raise SystemExit("there is a team already")
        found = await team.opened_by(tx, key)
    return replace(house, db=house.db.reading(Reader(key, found)))


async def write(house: House, texts: list[tuple[str, str]], together: int) -> float:
    """Seconds of the processor for these texts."""
    took = 0.0
    for start in range(0, len(texts), together):
        given = [
            InboundMessage(Channel.SMS, secrets.token_hex(17), sender, LINE, body, clock())
            for sender, body in texts[start : start + together]
        ]
        house.db.forget()
        began = time.process_time()
        await receive(house, given)
        took += time.process_time() - began
    return took


async def conversation(house: House, member: Member, number: str, messages: int) -> UUID:
    """One with so many messages, which the counsellor has."""
    await write(house, [(number, "hej")], 1)
    async with house.db.read() as tx:
        talk: UUID = (await tx.conn.execute(select(tables.conversations.c.id))).scalar_one()
    await take(house, member, talk)
    body = "jag vet inte hur jag ska göra, de ringer hela tiden"
    await write(house, [(number, f"{body} {n}") for n in range(messages - 1)], 1)
    return talk


async def opening(house: House, member: Member, talk: UUID, rounds: int) -> float:
    """Milliseconds, the median."""
    taken = []
    for _ in range(rounds + 1):
        began = time.perf_counter()
        await see_conversation(house, member, talk, opening=False)
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken[1:])


async def run(messages: int, texts: int, rounds: int) -> None:
    """Measure and print."""
    numbers = [f"+1{area}55501{n:02d}" for area, n in islice(product(AREAS, range(100)), texts)]
    with tempfile.TemporaryDirectory() as here, tempfile.TemporaryDirectory() as there:
        plain, sealed = await opened(here), await opened(there)
        try:
            alva = await joined(plain)
            bodil = await joined(sealed)
            desk = await reading(sealed, bodil)
            talks = [
                await conversation(house, member, numbers[0], messages)
                for house, member in ((plain, alva), (sealed, bodil))
            ]
            print(f"| opening {messages} messages | ms |\n|---|---|")
            print(
                f"| under the server's key | {await opening(plain, alva, talks[0], rounds):.0f} |"
            )
            print(f"| sealed to the contact | {await opening(desk, bodil, talks[1], rounds):.0f} |")
            await coming_in(plain, sealed, numbers, rounds)
        finally:
            await plain.db.close()
            await sealed.db.close()


async def coming_in(plain: House, sealed: House, numbers: list[str], rounds: int) -> None:
    """Texts of known contacts, in turn without and with a team."""
    for house in (plain, sealed):
        await write(house, [(number, "hej") for number in numbers], TOGETHER)
    taken: dict[bool, list[float]] = {True: [], False: []}
    for turn in range(2 * rounds):
        house = sealed if turn % 2 else plain
        took = await write(house, [(number, f"text {turn}") for number in numbers], TOGETHER)
        taken[bool(turn % 2)].append(took / len(numbers) * 1e6)
    before, after = (statistics.median(taken[of]) for of in (False, True))
    print("\n| a known contact's text, of the processor | µs |\n|---|---|")
    print(f"| under the server's key | {before:.0f} |")
    print(f"| sealed to the contact | {after:.0f} |")
    print(f"| share | {(after - before) / before:.1%} |")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--messages", type=int, default=500)
    parser.add_argument("--texts", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=9)
    asked = parser.parse_args()
    asyncio.run(run(asked.messages, asked.texts, asked.rounds))


if __name__ == "__main__":
    main()
