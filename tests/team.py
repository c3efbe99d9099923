"""A real team as tests use it: members with pairs, and a house as each of them is handed it."""

import secrets
from dataclasses import dataclass, replace

from nacl.pwhash import argon2id

from domain.member import Member, Role
from handlers.admit import admit
from handlers.calendar_feed import renew_feed
from handlers.house import House
from handlers.passphrase import key_of
from handlers.sign_in import SESSION
from staff.visit import SESSION_COOKIE
from storage import admitted, sessions, team
from storage.database import Tx
from storage.key_tables import member_keys
from storage.member_keys import Recipe, passphrase, wrap_by_passphrase
from storage.pairs import new_pair
from storage.reading import MemberKey, Reader
from storage.rows import insert
from tests.browser.serving import Visitor, named
from tests.world import World


@dataclass(frozen=True)
class Colleague:
    """Somebody with a pair, as if they had signed in."""

    house: House
    member: Member
    key: MemberKey

    async def reads(self) -> House:
        """The house as a request of theirs is handed it now."""
        async with self.house.db.read() as tx:
            opened = await team.opened_by(tx, self.key)
        return replace(self.house, db=self.house.db.reading(Reader(self.key, opened)))


async def with_pair(house: House, member: Member, generation: int = 1) -> Colleague:
    """A new pair for a member who has joined."""
    key = MemberKey(member.id, generation, new_pair())
    async with house.db.write() as tx:
        row = {"member_id": member.id, "generation": generation}
        row |= {"public": key.pair.public, "made_at": house.now()}
        await insert(tx, member_keys, [row])
    return Colleague(house, member, key)


PHRASE = "en lugn kväll vid sjön"


async def proves(who: Colleague, said: str = PHRASE) -> str:
    """A passphrase of theirs, made with as little work as there can be."""
    keys = who.house.db.keys
    limits = (argon2id.OPSLIMIT_MIN, argon2id.MEMLIMIT_MIN)
    recipe = Recipe(keys.pepper, bytes(argon2id.SALTBYTES), *limits)
    secret = await key_of(keys, said, recipe)
    async with who.house.db.write() as tx:
        await wrap_by_passphrase(tx, who.key, recipe, secret, who.house.now())
    return said


async def known_of(house: House, member: Member) -> str:
    """The passphrase of somebody who had none, and no pair, before it was asked for."""
    async with house.db.read() as tx:
        there = await passphrase(tx, member.id)
    return PHRASE if there else await proves(await with_pair(house, member))


async def renewed(house: House, member: Member) -> str:
    """The secret part of a new address of their calendar."""
    return await renew_feed(house, member, await known_of(house, member))


async def hired(house: House, name: str, role: Role = Role.COUNSELLOR) -> Colleague:
    """Somebody joins, and waits to be admitted if there is a team."""
    return await with_pair(house, await World.hired(house, name, role))


async def first(house: House, member: Member) -> Colleague:
    """The first who reads makes the team."""
    colleague = await with_pair(house, member)
    async with house.db.write() as tx:
        assert await team.make(tx, colleague.key, house.now())
    return colleague


async def newest(tx: Tx, who: Colleague) -> admitted.Key:
    """The team's newest pair, as this member opens it."""
    opened = await team.opened_by(tx, who.key)
    generation = max(opened)
    return admitted.Key(generation, opened[generation])


async def let_in(reader: Colleague, whom: Colleague) -> None:
    """A reader admits a colleague, less the words."""
    house = reader.house
    async with house.db.write() as tx:
        known = await admitted.known(tx, whom.member.id)
        assert known is not None
        await admitted.admit(tx, await newest(tx, reader), known, reader.member.id, house.now())


async def admits(reader: Colleague, whom: Colleague, words: str) -> None:
    """A reader admits a colleague, by the words that they compared and with a proof."""
    known = await proves(reader)
    await admit(await reader.reads(), reader.member, whom.member.id, words, known)


async def signed_in(who: Colleague) -> str:
    """A session's token, without the tenth of a second that a passphrase takes."""
    token, now = secrets.token_urlsafe(32), who.house.now()
    async with who.house.db.write() as tx:
        await sessions.begin(tx, token, who.member.id, now, now + SESSION, key=who.key)
    return token


async def visits(base: str, who: Colleague) -> Visitor:
    """Somebody with a pair, at the desk."""
    visitor = await Visitor.of(who.house, base)
    visitor.cookies[named(base, SESSION_COOKIE)] = await signed_in(who)
    return visitor
