"""Whoever steals parts of a line opens exactly what this table says: each of 128 subsets, from real
files, while it stands and after a lock, a revocation and a rotation.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import reduce
from itertools import product
from operator import or_
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from domain.duty import Kind as Duty
from domain.duty import Within
from domain.message import Channel, InboundMessage
from handlers.ask_disclosure import ask_of_stranger
from handlers.errors import BadInput
from handlers.house import House
from handlers.invite import revoke
from handlers.keep_draft import keep_draft, keep_note_draft
from handlers.quiet_word import Heard, agree
from handlers.raise_duty import raise_duty
from handlers.read_by import read_by
from handlers.receive import receive
from handlers.revise import Edit, revise
from handlers.rewrap_keys import rewrap_keys
from handlers.seen import Said
from handlers.sign_in import IDLE, end_sessions, new_session, sign_in, whose_session
from handlers.wipe import wipe_copies
from handlers.write_note import write_note
from storage import messages, pictures
from storage.encryption import Wrapper, WrongSecretKey
from storage.generation_use import HELD, RECEIVED
from storage.opening import open_database
from storage.pictures import Picture
from storage.version import MARKER
from tests.backups import Vault, empty_beside
from tests.loot import ABOUT, AFTERWARDS, ASKED, TEXTS, Loot
from tests.sealed import Sealed
from tests.team import Colleague, hired, let_in, proves
from tests.test_keys_rotated import exchanged, rotated
from tests.test_recovery_sheet import made, typed
from tests.test_resealing import UNKNOWN
from tests.theft import GUESSED, Stolen, Thief, Things
from tests.world import SECRET
from utvag import restore

DATABASE, BACKUP, CONFIGURATION = Stolen.DATABASE, Stolen.BACKUP, Stolen.CONFIGURATION
LIVE, EXPIRED = Stolen.LIVE_COOKIE, Stolen.EXPIRED_COOKIE
PASSPHRASE, SHEET = Stolen.PASSPHRASE, Stolen.SHEET
LATER = "the secret of forty characters of after."
SUBSETS = [
    reduce(or_, (one for one, taken in zip(Stolen, some, strict=True) if taken), Stolen(0))
    for some in product((False, True), repeat=len(Stolen))
]
NO_TEXT = Loot(frozenset(), frozenset(), ABOUT)
ALL = Loot(TEXTS, frozenset(), ABOUT)


@dataclass(frozen=True)
class Stage:
    """What has happened since the back-up was made, before the rest is stolen."""

    name: str
    opens_database: bool = True
    """The configuration that is stolen is the one of the database,"""
    opens_backup: bool = True
    """and of the back-up."""
    session: bool = True
    """The member whose things are stolen is signed in still,"""
    works: bool = True
    """and works here; if not, the team's key is another."""


STANDS = Stage("as it stands")
STAGES = (
    STANDS,
    Stage("locked", session=False),
    Stage("revoked", session=False, works=False),
    Stage("rotated, configuration of before", opens_database=False, session=False),
    Stage("rotated, configuration of after", opens_backup=False, session=False),
)


def opens(stolen: Stolen, stage: Stage, *, both: bool) -> Loot:
    """The table, as a rule. `both`: halves of the back-up are there, not its main one alone."""
    has = {one: one in stolen for one in Stolen}
    # whose rows the server's keys open: the database's of now, the back-up's of then
    here = has[DATABASE] and has[CONFIGURATION] and stage.opens_database
    there = has[BACKUP] and has[CONFIGURATION] and stage.opens_backup
    # the team's key of then, and of now: what opens the newer opens the older
    then = there and (has[PASSPHRASE] or has[SHEET])
    now = has[DATABASE] and has[SHEET]
    now |= here and has[LIVE] and stage.session
    now |= here and has[PASSPHRASE] and stage.works
    now |= then and stage.works
    # a text opens where its contact's key does: that lies in the database, and in one half
    reads_here = here and now
    reads_there = there and ((both and (then or now)) or (has[DATABASE] and now))
    texts = TEXTS if reads_here or reads_there else frozenset()
    later = frozenset({"later"}) if reads_here else frozenset()
    # what was asked about a stranger is sealed to the team itself, in each place and half
    asked = ASKED if reads_here or (there and (then or now)) else frozenset()
    address = frozenset({"address"}) if here or (there and both) else frozenset()
    member = frozenset({"member"}) if here or there else frozenset()
    return Loot(texts | later | asked, frozenset(), address | member)


@pytest.fixture
def beside(database_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """One more empty place of the same kind."""
    sqlite = database_url.startswith("sqlite")
    say = None if sqlite else request.getfixturevalue("in_postgres")
    with empty_beside(database_url, tmp_path / "main", say) as empty:
        yield empty


@pytest.mark.parametrize(
    ("database_url", "stage"),
    [*product(("sqlite", "postgresql"), STAGES)],
    ids=lambda it: it.name if isinstance(it, Stage) else it,
    indirect=["database_url"],
)
async def test_whoever_steals_any_of_it_opens_exactly_that(
    sealed: Sealed, vault: Vault, beside: str, database_url: str, stage: Stage
) -> None:
    assert len(set(SUBSETS)) == 128
    talk = await lived(sealed)
    bea = await hired(sealed.house, "Bea")
    await let_in(sealed.alva, bea)
    passphrase = await proves(bea, "en kall morgon vid ån")
    sheet = typed(await made(sealed.alva))
    await done_with(sealed)
    await vault.back_up()
    expired = await locked(sealed, bea)
    async with sealed.house.db.write() as tx:
        live = await new_session(sealed.house, tx, bea.member, bea.key)
    things = Things(database_url, SECRET, "", live, expired, passphrase, sheet)
    async with happened(sealed, bea, stage, database_url) as house:
        secret = SECRET if stage.opens_backup else LATER
        things = replace(things, secret=secret)
        assert await whole(vault, GUESSED) == await main_half(vault, GUESSED, beside) == ""
        for both in (True, False):
            restored = await (whole(vault, secret) if both else main_half(vault, secret, beside))
            assert bool(restored) is stage.opens_backup
            found = await tried(replace(things, restored=restored))
            said = {each: opens(each, stage, both=both) for each in SUBSETS}
            wrong = [str(each) for each in SUBSETS if found[each] != said[each]]
            assert wrong == []
        assert await lets_in(house, live, talk) is stage.session
        assert not await lets_in(house, expired, talk)
        assert await lets_in(house, await signs_in(house, passphrase), talk) is stage.works


async def done_with(sealed: Sealed) -> None:
    """The server has done with what came and left."""
    await sealed.accept()
    sealed.clock.advance(minutes=2)
    await wipe_copies(sealed.house)


async def locked(sealed: Sealed, who: Colleague) -> str:
    """A session of theirs that nobody used for so long that it has ended; its token."""
    async with sealed.house.db.write() as tx:
        token = await new_session(sealed.house, tx, who.member, who.key)
    sealed.clock.advance(seconds=IDLE.total_seconds())
    assert await end_sessions(sealed.house)
    return token


@asynccontextmanager
async def happened(sealed: Sealed, who: Colleague, stage: Stage, url: str) -> AsyncIterator[House]:
    """It has, and the contact has written once more; the line as it is then."""
    house = sealed.house
    if not stage.works:
        await revoke(house, who.member.name)
        await read_by(house, sealed.alva.member, sealed.alva.key)
    elif not (stage.opens_database and stage.opens_backup):
        assert await rewrap_keys(house, LATER)
        now = sealed.clock.now
        house = replace(house, db=await open_database(url, LATER, now(), now))
        again = replace(sealed, house=house)
        await rotated(again, restarted=True)
        await exchanged(house, sealed)
        sealed.clock.advance(seconds=(HELD + RECEIVED).total_seconds())
        await exchanged(house, sealed)
        await end_sessions(house)
    elif not stage.session:
        sealed.clock.advance(seconds=IDLE.total_seconds())
        assert await end_sessions(house) == 1
    await _from(replace(sealed, house=house), AFTERWARDS, "8")
    sealed.clock.advance(minutes=2)
    await wipe_copies(house)
    yield house
    if house is not sealed.house:
        await house.db.close()


async def whole(vault: Vault, secret: str) -> str:
    """Where a thief has restored the back-up; nowhere by another secret."""
    try:
        await vault.restore(secret=secret)
    except WrongSecretKey:
        return ""
    return vault.empty


async def main_half(vault: Vault, secret: str, place: str) -> str:
    """The same of its main half alone."""
    (half,) = vault.folder.glob("*.main")
    try:
        about = restore.check(vault.folder, Wrapper(secret)).about
    except WrongSecretKey:
        return ""
    async with restore._filling(place) as (at, fill):
        await fill.main(restore.parts_of(half, Wrapper(secret)))
        await restore._set_version(at, about)
        db = await open_database(at, secret, vault.house.now(), restoring=True)
        if db.postgres:
            async with db.write() as tx:
                await tx.conn.exec_driver_sql(f"DROP SCHEMA {MARKER}")
        await db.close()
    return place


async def tried(things: Things) -> dict[Stolen, Loot]:
    """What each subset opens."""
    thief = Thief(things)
    try:
        return {stolen: await thief.opens(stolen) for stolen in SUBSETS}
    finally:
        await thief.close()


async def lets_in(house: House, token: str, talk: UUID) -> bool:
    """Whether the running line shows a text to whoever comes with this cookie."""
    held = await whose_session(house, token)
    if held is None or held.key is None:
        return False
    reads = await read_by(house, held.member, held.key)
    async with reads.db.read() as tx:
        return any(it.body for it in await messages.of_conversation(tx, talk))


async def signs_in(house: House, passphrase: str) -> str:
    """A cookie by the door; none where it stays shut."""
    try:
        return await sign_in(house, "Bea", passphrase, source="elsewhere")
    except BadInput:
        return ""


async def lived(sealed: Sealed) -> UUID:
    """A conversation with everything that is sealed."""
    await _from(sealed, "hej", "7")
    sealed.clock.advance(seconds=2)
    await sealed.step()
    talk = await sealed.taken()
    await revise(sealed.house, Edit(_message(sealed, "hej hej", "7"), "1"))
    await sealed.reply(talk, "ett svar", asked=True)
    await write_note(sealed.desk, sealed.counsellor, talk, "en anteckning", form_key=uuid4())
    await keep_draft(sealed.desk, sealed.counsellor, talk, "ett utkast")
    await keep_note_draft(sealed.desk, sealed.counsellor, talk, "ett utkast till en anteckning")
    await agree(sealed.desk, sealed.counsellor, talk, "lingonris", Heard.CALL)
    await ask_of_stranger(sealed.desk, sealed.counsellor, UNKNOWN, "en okänd", form_key=uuid4())
    await raise_duty(
        sealed.desk, sealed.counsellor, talk, Duty.CHILD, Within.HOUR, "en iakttagelse"
    )
    first = next(it for it in (await sealed.see(talk)).thread if isinstance(it, Said))
    async with sealed.house.db.write() as tx:
        picture = Picture(first.id, 0, "image/png", b"not really")
        await pictures.keep(tx, talk, picture, sealed.counsellor.id, sealed.clock.now())
    return talk


def _message(sealed: Sealed, body: str, number: str) -> InboundMessage:
    return sealed.message(body, "4711", channel=Channel.TELEGRAM, provider_id=number, to="")


async def _from(sealed: Sealed, body: str, number: str) -> None:
    await receive(sealed.house, [_message(sealed, body, number)])


async def test_while_the_server_handles_a_text_its_own_key_opens_the_copy(
    sealed: Sealed, database_url: str
) -> None:
    await lived(sealed)
    handled = frozenset({"message", "outbox"})
    found = (await tried(Things(database_url, SECRET)))[DATABASE | CONFIGURATION]
    assert found == Loot(frozenset(), handled, ABOUT)


async def test_who_was_not_admitted_has_nothing_to_be_stolen(
    sealed: Sealed, database_url: str
) -> None:
    await lived(sealed)
    await done_with(sealed)
    bodil: Colleague = await hired(sealed.house, "Bodil")
    found = await tried(Things(database_url, SECRET, passphrase=await proves(bodil)))
    assert found[DATABASE | CONFIGURATION | PASSPHRASE] == NO_TEXT
