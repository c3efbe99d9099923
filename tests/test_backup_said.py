"""What was said after the back-up is known to the restored line, as long as the list of it is."""

import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from domain.block import Lasts, Reason
from domain.conversation import State
from domain.gate import Gate
from domain.member import Role
from domain.message import OptOut
from handlers.block import block
from handlers.errors import MayNotLeave
from handlers.invite import revoke
from handlers.let_write import let_write
from handlers.list_said import Listing
from handlers.redact import redact
from handlers.see_queue import see_queue
from handlers.seen import Said
from handlers.set_safe_contact import set_watched
from handlers.stay_away import keep_away
from storage import backup_said, blocks, conflicts, contacts, members, tables
from storage.backup_said import CONTACT, Heard, Word
from storage.encryption import Wrapper
from tests.backups import Vault, rows
from tests.sealed import Sealed
from tests.states import stored
from tests.test_backup_doubt import BETRAYING, contact, leaves
from tests.test_backup_silent import Again, put_back
from tests.world import SECRET
from utvag.clock import utc_now
from utvag.doctor_backup import examine_backups
from utvag.finding import Verdict
from utvag.restore import NoList

WHERE = ("data", "folder", "later back-up")


@dataclass
class Scene:
    """A contact whom Alva has, with whom it was safe when the line was backed up."""

    sealed: Sealed
    vault: Vault
    talk: UUID
    listing: Listing

    async def listed(self, by: str) -> None:
        """By the line's own list alone, by the folder's alone, or by what the next back-up adds to
        the folder's from the line's own."""
        self.sealed.clock.advance(seconds=10)
        assert await self.listing.go_on()
        if by == "later back-up":
            self.forget(self.vault.folder)
            later = await self.vault.back_up()
            (self.vault.folder / f"{later.name}.manifest").unlink()
        self.forget(self.vault.folder if by == "data" else self.vault.data)

    @staticmethod
    def forget(folder: Path) -> None:
        for path in backup_said.lists_in(folder):
            path.unlink()

    async def leaves_to(self, again: Again, body: str) -> list[str]:
        """What leaves when a counsellor who was warned goes on."""
        with suppress(MayNotLeave):
            await again.reply(self.talk, body, asked=True)
        return await leaves(again)


@pytest.fixture
async def scene(sealed: Sealed, vault: Vault) -> Scene:
    await sealed.text("hej")
    await sealed.text("1")
    await sealed.text("9")
    talk = await sealed.taken()
    await sealed.reply(talk, "ett svar")
    await sealed.accept()
    await vault.back_up()
    sealed.clock.advance(minutes=10)
    house = replace(sealed.house, lists=vault.data)
    return Scene(sealed, vault, talk, Listing(house))


async def stops(scene: Scene) -> None:
    await scene.sealed.text("STOPP")


async def is_not_safe(scene: Scene) -> None:
    await scene.sealed.text("inte säkert längre")


async def is_watched(scene: Scene) -> None:
    sealed = scene.sealed
    await set_watched(sealed.desk, sealed.counsellor, scene.talk, watched=True)


@pytest.mark.parametrize("by", WHERE)
@pytest.mark.parametrize("said", [stops, is_not_safe])
async def test_who_said_stop_or_not_safe_is_not_written_to_whoever_is_warned(
    scene: Scene, said: Callable[[Scene], Awaitable[None]], by: str
) -> None:
    await said(scene)
    await scene.listed(by)
    async with put_back(scene.sealed, scene.vault) as again:
        await let_write(again.house)
        assert await scene.leaves_to(again, "vi hörs när du vill") == []
        here = await contact(again)
        assert (here.opt_out is OptOut.OWN) is (said is stops)
        assert (here.gate is Gate.CLOSED) is (said is is_not_safe)
        refusal = "opted_out" if said is stops else "gate_closed"
        assert (await again.see(scene.talk)).refusal == refusal
        await again.write("jag är här igen")
        here = await contact(again)
        assert (here.gate, here.opt_out) == (Gate.UNKNOWN, OptOut.NONE)


async def test_a_telephone_that_may_be_watched_stays_so_after_their_next_text(
    scene: Scene,
) -> None:
    await is_watched(scene)
    await scene.listed("data")
    async with put_back(scene.sealed, scene.vault) as again:
        await let_write(again.house)
        await again.write("hej igen")
        assert (await contact(again)).watched_at is not None
        assert BETRAYING not in await scene.leaves_to(again, BETRAYING)


async def test_what_they_took_back_is_taken_back(scene: Scene) -> None:
    """STOP, and then they wrote again: it is lifted, and a counsellor is warned as of everybody."""
    await stops(scene)
    await scene.sealed.text("jag är här igen")
    await scene.listed("data")
    async with put_back(scene.sealed, scene.vault) as again:
        await let_write(again.house)
        here = await contact(again)
        assert (here.gate, here.opt_out) == (Gate.LOST, OptOut.NONE)
        assert await scene.leaves_to(again, "vi hörs") == ["vi hörs"]


async def test_what_was_redacted_is_gone_again(scene: Scene) -> None:
    sealed = scene.sealed
    shown = [it for it in (await sealed.see(scene.talk)).thread if isinstance(it, Said)]
    answer = next(it for it in shown if it.body == "ett svar")
    await redact(sealed.desk, sealed.counsellor, scene.talk, answer.id)
    await scene.listed("data")
    async with put_back(scene.sealed, scene.vault) as again:
        shown = [it for it in (await again.see(scene.talk)).thread if isinstance(it, Said)]
        assert "ett svar" not in [it.body for it in shown]
        (row,) = [r for r in (await rows(again.house.db))["messages"] if r[0] == answer.id]
        columns = dict(zip(tables.messages.c.keys(), row, strict=True))
        assert (columns["body_sealed"], columns["copy_sealed"]) == (None, None)
        assert columns["redacted_at"] is not None


async def test_whoever_was_revoked_is_out_and_whoever_must_stay_away_does(scene: Scene) -> None:
    sealed = scene.sealed
    bodil = await sealed.hired(sealed.house, "Bodil", Role.COUNSELLOR)
    scene.sealed.clock.advance(seconds=1)
    await scene.vault.back_up()
    scene.sealed.clock.advance(seconds=1)
    await keep_away(sealed.desk, sealed.counsellor, scene.talk, sealed.counsellor.id)
    await revoke(sealed.house, "Bodil")
    await scene.listed("data")
    async with put_back(scene.sealed, scene.vault) as again:
        async with again.house.db.read() as tx:
            entry = await members.by_id(tx, bodil.id)
            assert entry is not None
            assert entry.revoked_at is not None
            talk = await stored(again)
            assert await conflicts.away_from(tx, talk.contact_id) == {sealed.counsellor.id}
        assert talk.state is State.WAITING
        assert not (await see_queue(again.desk, again.counsellor)).waiting


async def test_whoever_was_blocked_is_blocked_for_as_long(scene: Scene) -> None:
    sealed = scene.sealed
    await block(sealed.desk, sealed.counsellor, scene.talk, Reason.THREATS, Lasts.DAY, say=False)
    ends_at = (await stored(sealed)).blocked_until
    await scene.listed("data")
    async with put_back(scene.sealed, scene.vault) as again:
        talk = await stored(again)
        assert (talk.state, talk.blocked_until) == (State.CLOSED, ends_at)
        async with again.house.db.read() as tx:
            (known,) = await blocks.of_conversation(tx, talk.id)
        assert known.holds(again.clock.now())
        await again.text("hallå")
        assert (await stored(again)).state is State.CLOSED


async def test_without_the_list_nothing_is_restored_unless_somebody_says_so(scene: Scene) -> None:
    """Then anybody may have said anything: everybody's telephone counts as watched from then on,
    whatever they say of their safety next."""
    await is_watched(scene)
    scene.forget(scene.vault.folder)
    with pytest.raises(NoList):
        await scene.vault.restore()
    async with put_back(scene.sealed, scene.vault, without_list=True) as again:
        await let_write(again.house)
        assert await scene.leaves_to(again, BETRAYING) == []
        await again.write("hej igen")
        here = await contact(again)
        assert here.gate is Gate.UNKNOWN
        assert here.watched_at is not None
        assert BETRAYING not in await scene.leaves_to(again, BETRAYING)


async def test_a_list_of_before_the_back_up_is_none(scene: Scene) -> None:
    await stops(scene)
    await scene.listed("data")
    scene.sealed.clock.advance(hours=1)
    await scene.vault.back_up()
    scene.forget(scene.vault.folder)
    with pytest.raises(NoList):
        await scene.vault.restore()


async def test_what_was_said_before_the_back_up_is_not_said_again(scene: Scene) -> None:
    await stops(scene)
    await scene.listed("data")
    scene.sealed.clock.advance(minutes=1)
    async with scene.sealed.house.db.write() as tx:
        await contacts.note(tx, (await stored(scene.sealed)).contact_id, {"opt_out": "none"})
    await scene.vault.back_up()
    async with put_back(scene.sealed, scene.vault) as again:
        assert (await contact(again)).opt_out is OptOut.NONE


async def test_an_idle_line_lists_that_it_is_kept_once_an_hour_and_old_days_go(
    scene: Scene,
) -> None:
    await scene.listing.go_on()
    (path,) = backup_said.lists_in(scene.vault.data)
    before = path.read_bytes()
    await scene.listing.go_on()
    assert path.read_bytes() == before
    scene.sealed.clock.advance(hours=24 * 9)
    await scene.listing.go_on()
    (later,) = backup_said.lists_in(scene.vault.data)
    assert later.name > path.name
    heard = Heard(Wrapper(SECRET))
    heard.read(later.read_bytes())
    assert heard.until == scene.sealed.clock.now()


def test_a_list_is_cut_anywhere_and_the_rest_of_it_is_read() -> None:
    wrapper = Wrapper(SECRET)
    key = wrapper.unwrap("backup", 1, wrapped := wrapper.new("backup", 1))
    word = Word(datetime(2026, 1, 2, tzinfo=UTC), CONTACT, UUID(int=7), {})
    whole = backup_said.block(1, wrapped, key, [word])
    later = replace(word, at=word.at + timedelta(days=1), so={"gate": "closed"})
    after = backup_said.block(1, wrapped, key, [later])
    for length in range(len(whole)):
        heard = Heard(wrapper)
        heard.read(whole[:length] + after)
        assert heard.last(CONTACT, word.of) == later
    stranger = Heard(Wrapper("another secret, forty characters of it"))
    stranger.read(whole)
    assert (stranger.sealed, stranger.until) == (1, None)
    assert word.of.hex.encode() not in whole


async def test_doctor_says_where_it_is_kept_and_until_when(scene: Scene) -> None:
    house = replace(scene.sealed.house, lists=scene.vault.data, now=utc_now)

    async def verdicts() -> list[Verdict]:
        found = await examine_backups(house)
        return [one.verdict for one in found if one.text.startswith("list of what is said")]

    assert await verdicts() == [Verdict.NOTE, Verdict.OK]
    await stops(scene)
    await scene.listing.go_on()
    assert await verdicts() == [Verdict.OK, Verdict.OK]
    (path,) = backup_said.lists_in(scene.vault.data)
    os.utime(path, (0, 0))
    assert (await verdicts())[0] is Verdict.NOTE
