"""What somebody opens who has stolen parts of a line: a thief who tries everything they have.

They work with our own code and with the rows themselves: whoever writes another program gets no
further, since what they lack are keys. Keys that are found in one place are tried in every other.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Flag, auto
from hashlib import blake2b
from secrets import token_bytes
from typing import Any
from uuid import UUID

from sqlalchemy import Table, select
from sqlalchemy.ext.asyncio import AsyncEngine

from domain import sheet_code
from handlers import passphrase as words
from storage import (
    contact_pairs,
    key_tables,
    pair_tables,
    register_tables,
    sessions,
    stranger_words,
    tables,
    team_tables,
)
from storage.database import Database, engines
from storage.encryption import PURPOSES, Keyring, SealBroken, Wrapper, WrongSecretKey, open_under
from storage.known_keys import KnownKeys
from storage.member_keys import PASSPHRASE, Recipe
from storage.pairs import Pair, open_with, pair_of
from tests.loot import Loot, all_of, seen

GUESSED = "a secret of forty characters, guessed"
Keys = dict[tuple[str, int], bytes]
"""The server's, by purpose and generation."""
Private = bytes
"""A private half."""
Pairs = dict[tuple[UUID, int], Pair]
"""Of contacts, by generation."""


class Stolen(Flag):
    """What the thief has."""

    DATABASE = auto()
    BACKUP = auto()
    CONFIGURATION = auto()
    LIVE_COOKIE = auto()
    EXPIRED_COOKIE = auto()
    PASSPHRASE = auto()
    SHEET = auto()


@dataclass(frozen=True)
class Things:
    """What there is to steal of a line."""

    database: str
    """Its address."""
    secret: str = ""
    """UTVAG_SECRET_KEY."""
    restored: str = ""
    """What a back-up becomes by this secret, or by none if it is another's."""
    live: str = ""
    expired: str = ""
    passphrase: str = ""
    sheet: str = ""


@dataclass
class Place:
    """Rows that a thief holds, whether anything opens them or not."""

    writer: AsyncEngine
    reader: AsyncEngine
    known: dict[str, Sequence[Any]] = field(default_factory=dict)

    async def rows(self, table: Table) -> Sequence[Any]:
        """All of a table's, as they lie there."""
        if table.name not in self.known:
            async with self.reader.begin() as conn:
                self.known[table.name] = (await conn.execute(select(table))).all()
        return self.known[table.name]

    async def loot(self, keys: Keys, pairs: Pairs) -> Loot:
        """What is read here by these keys of the server's and of contacts."""
        ring = Keyring({(purpose, 1): token_bytes(32) for purpose in PURPOSES} | keys)
        db = Database(self.writer, self.reader, KnownKeys(ring), Wrapper(GUESSED))
        async with db.read() as tx:
            tx.held.pairs.update(pairs)
            return await seen(tx)

    async def close(self) -> None:
        await self.writer.dispose()
        await self.reader.dispose()


@dataclass
class Thief:
    """Works out what each set of things opens; what was tried before is not tried again."""

    things: Things
    _places: dict[str, Place] = field(default_factory=dict)
    _said: dict[object, bytes] = field(default_factory=dict)
    _loot: dict[object, Loot] = field(default_factory=dict)

    async def opens(self, stolen: Stolen) -> Loot:
        """By what lies in files; the line itself they do not ask."""
        places = self._held(stolen)
        secret = self.things.secret if Stolen.CONFIGURATION in stolen else GUESSED
        keys = await servers(places, Wrapper(secret))
        mine = await by_cookies(places, keys, self._tokens(stolen))
        if Stolen.PASSPHRASE in stolen:
            mine |= await self._by_passphrase(places, keys)
        sheet = self.things.sheet if Stolen.SHEET in stolen else ""
        paper = pair_of(sheet_code.read(sheet)) if sheet else None
        pairs = await contacts_of(places, await teams_of(places, mine, paper))
        return all_of([await self._read(place, keys, pairs) for place in places])

    def _held(self, stolen: Stolen) -> list[Place]:
        """A back-up is sealed whole: without its secret there are no rows."""
        urls = [self.things.database] if Stolen.DATABASE in stolen else []
        if Stolen.BACKUP in stolen and Stolen.CONFIGURATION in stolen and self.things.restored:
            urls.append(self.things.restored)
        for url in urls:
            self._places.setdefault(url, Place(*engines(url)))
        return [self._places[url] for url in urls]

    def _tokens(self, stolen: Stolen) -> list[str]:
        cookies = {Stolen.LIVE_COOKIE: self.things.live, Stolen.EXPIRED_COOKIE: self.things.expired}
        return [token for cookie, token in cookies.items() if cookie in stolen]

    async def _by_passphrase(self, places: list[Place], keys: Keys) -> set[Private]:
        found = set()
        for place in places:
            for row in await place.rows(key_tables.member_wraps):
                pepper = keys.get(("pepper", row.pepper), b"")
                if row.kind == PASSPHRASE and pepper:
                    found |= opened(row.wrapped, await self._key(row, pepper), _of_wrap(row))
        return found

    async def _key(self, row: Any, pepper: bytes) -> bytes:
        """What the passphrase becomes; argon2id takes its time."""
        if (row.id, pepper) not in self._said:
            ring = Keyring({(p, row.pepper): pepper for p in PURPOSES})
            recipe = Recipe(row.pepper, row.salt, row.opslimit, row.memlimit)
            made = await words.key_of(ring, self.things.passphrase, recipe)
            self._said[row.id, pepper] = made
        return self._said[row.id, pepper]

    async def _read(self, place: Place, keys: Keys, pairs: Pairs) -> Loot:
        tried = (id(place), frozenset(keys.items()), frozenset(pairs.items()))
        if tried not in self._loot:
            self._loot[tried] = await place.loot(keys, pairs)
        return self._loot[tried]

    async def close(self) -> None:
        for place in self._places.values():
            await place.close()


def opened(sealed: bytes | None, key: bytes, bound: tuple[object, ...]) -> set[Private]:
    """A member's private half, or none."""
    with suppress(SealBroken):
        return {open_under(key, sealed or b"", *bound)}
    return set()


def _of_wrap(row: Any) -> tuple[object, ...]:
    return ("member_wraps", row.member_id, row.generation, row.kind)


async def servers(places: Iterable[Place], wrapper: Wrapper) -> Keys:
    """The server's keys that a secret unwraps."""
    found: Keys = {}
    for place in places:
        for row in await place.rows(tables.keys):
            with suppress(WrongSecretKey):
                found[row.purpose, row.generation] = wrapper.unwrap(
                    row.purpose, row.generation, row.wrapped
                )
    return found


async def by_cookies(places: Iterable[Place], keys: Keys, tokens: list[str]) -> set[Private]:
    """Each tried on every row of sessions, whatever it says of when it ends."""
    found = set()
    ring = Keyring({(purpose, 1): token_bytes(32) for purpose in PURPOSES} | keys)
    locks = [
        blake2b(token.encode(), key=mixed_in[-32:], digest_size=32, person=b"utvag session")
        for token in tokens
        for mixed_in in ring.indexes("session key", token)
    ]
    for place in places:
        for row in await place.rows(key_tables.sessions):
            bound = sessions._bound(row.member_id, row.generation, row.locks_at, row.ends_at)
            for lock in locks:
                found |= opened(row.key_sealed, lock.digest(), bound)
    return found


async def teams_of(
    places: Iterable[Place], members: set[Private], paper: Pair | None
) -> dict[int, Pair]:
    """By generation: what members' pairs and the sheet open, and what that opens of before."""
    found: dict[int, Pair] = {}
    for place in places:
        for row in await place.rows(team_tables.roster):
            bound = ("roster", row.generation, row.member_id)
            for private in members:
                found |= _team(row.generation, pair_of(private), row.sealed, bound)
        for row in await place.rows(team_tables.sheets) if paper else []:
            assert paper is not None
            sheet = ("sheets", row.id, row.generation)
            found |= _team(row.generation, paper, row.sealed, sheet)
    for place in places:
        rows = await place.rows(team_tables.teams)
        for row in sorted(rows, key=lambda row: -row.generation):
            if row.generation in found:
                team, sealed = ("teams", row.generation), row.earlier_sealed
                found |= _team(row.generation - 1, found[row.generation], sealed, team)
    return found


def _team(
    generation: int, pair: Pair, sealed: bytes | None, bound: tuple[object, ...]
) -> dict[int, Pair]:
    with suppress(SealBroken):
        return {generation: pair_of(open_with(pair, sealed or b"", *bound))}
    return {}


async def contacts_of(places: Iterable[Place], teams: dict[int, Pair]) -> Pairs:
    """Contacts' pairs, wherever they lie: by them a text opens wherever it lies. The words about
    strangers have the team's own."""
    found: Pairs = {}
    for place in places:
        for row in await place.rows(pair_tables.contact_pairs):
            bound = contact_pairs.locked_to(row.contact_id, row.generation)
            if row.team in teams:
                with suppress(SealBroken):
                    private = open_with(teams[row.team], row.private_sealed, *bound)
                    found[row.contact_id, row.generation] = pair_of(private)
        for row in await place.rows(register_tables.stranger_words):
            generation = stranger_words._generation(row.body_sealed) or 0
            if generation in teams:
                found[row.entry_id, generation] = teams[generation]
    return found
