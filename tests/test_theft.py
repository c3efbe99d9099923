"""Whoever steals parts of a line opens exactly what this table says."""

from uuid import UUID, uuid4

import pytest

from domain.duty import Kind as Duty
from domain.duty import Within
from domain.message import Channel, InboundMessage
from handlers.keep_draft import keep_draft
from handlers.raise_duty import raise_duty
from handlers.receive import receive
from handlers.revise import Edit, revise
from handlers.seen import Said
from handlers.wipe import wipe_copies
from handlers.write_note import write_note
from storage import pictures
from storage.pictures import Picture
from tests.sealed import Sealed
from tests.team import Colleague, hired
from tests.theft import ABOUT, NOTHING, TEXTS, Loot, Stolen, stolen_by

DATABASE, CONFIGURATION, PASSPHRASE = Stolen.DATABASE, Stolen.CONFIGURATION, Stolen.PASSPHRASE
NO_TEXT = Loot(frozenset(), frozenset(), ABOUT)
ALL = Loot(TEXTS, frozenset(), ABOUT)

TABLE = {
    DATABASE: NOTHING,
    CONFIGURATION: NOTHING,
    PASSPHRASE: NOTHING,
    DATABASE | PASSPHRASE: NOTHING,
    CONFIGURATION | PASSPHRASE: NOTHING,
    DATABASE | CONFIGURATION: NO_TEXT,
    DATABASE | CONFIGURATION | PASSPHRASE: ALL,
}
"""Once the server has done with what came and left."""


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


@pytest.mark.parametrize(("stolen", "opens"), TABLE.items(), ids=[str(one) for one in TABLE])
async def test_whoever_steals_this_opens_that(
    sealed: Sealed, database_url: str, stolen: Stolen, opens: Loot
) -> None:
    await lived(sealed)
    await sealed.accept()
    sealed.clock.advance(minutes=2)
    await wipe_copies(sealed.house)
    now = sealed.clock.now()
    assert await stolen_by(database_url, stolen, sealed.alva.key, now) == opens


async def test_while_the_server_handles_a_text_its_own_key_opens_the_copy(
    sealed: Sealed, database_url: str
) -> None:
    await lived(sealed)
    both, now = DATABASE | CONFIGURATION, sealed.clock.now()
    handled = frozenset({"message", "outbox"})
    loot = await stolen_by(database_url, both, sealed.alva.key, now)
    assert loot == Loot(frozenset(), handled, ABOUT)


async def test_who_was_not_admitted_has_nothing_to_be_stolen(
    sealed: Sealed, database_url: str
) -> None:
    await lived(sealed)
    await sealed.accept()
    sealed.clock.advance(minutes=2)
    await wipe_copies(sealed.house)
    bodil: Colleague = await hired(sealed.house, "Bodil")
    everything = DATABASE | CONFIGURATION | PASSPHRASE
    assert await stolen_by(database_url, everything, bodil.key, sealed.clock.now()) == NO_TEXT
