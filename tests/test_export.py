"""A contact gets all that is held about them: in one file, logged before a word of it is read."""

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import date
from io import BytesIO
from pathlib import Path
from uuid import UUID, uuid4
from zipfile import ZipFile

import pytest
from sqlalchemy import select, update

from domain.before import carried
from domain.contact_rules import SafeHours
from domain.disclosure import Authority, Scope
from domain.disclosure import Ground as Rule
from domain.duty import Kind, Within
from domain.export import Ground
from domain.member import Role
from domain.message import Channel
from domain.need import Reason as Why
from domain.priority import Tier
from handlers.add_line import add_line
from handlers.ask_disclosure import Asked, ask_disclosure
from handlers.errors import BadInput, NotAdmitted, NotFound, OnlyCoordinators
from handlers.export import Grounds, export, see_exporting
from handlers.give_reason import give_reason
from handlers.house import House
from handlers.quiet_word import Heard, agree
from handlers.raise_duty import raise_duty
from handlers.receive import receive
from handlers.redact import redact
from handlers.revise import Edit, revise
from handlers.see_register import see_register
from handlers.seen import Said
from handlers.seen_export import Earlier, Everything, There
from handlers.set_safe_hours import set_safe_hours
from handlers.step_in import join_talk
from handlers.write_aside import write_aside
from handlers.write_note import write_note
from staff.export_file import archive
from storage import audit, conversations, pictures, tables
from storage.audit_tables import audit as log
from storage.pictures import Picture
from tests.browser.serving import serving
from tests.sealed import Sealed
from tests.team import Colleague, hired, let_in, visits

SCRIPT = "<script>alert(1)</script>"
GROUNDS = Grounds(Ground.ACCESS, "mötte personen, i handen", sure=True, held=frozenset())


@dataclass
class Lived(Sealed):
    """A conversation with everything in it; Cia coordinates and was admitted."""

    cia: Colleague
    office: House
    talk: UUID

    async def export(self, grounds: Grounds = GROUNDS) -> Everything:
        return await export(self.office, self.cia.member, self.talk, grounds)

    async def acts(self) -> list[tuple[str, str]]:
        async with self.house.db.read() as tx:
            rows = await tx.conn.execute(select(log.c.act, log.c.detail).order_by(log.c.number))
            return [(r.act, r.detail) for r in rows if r.act == "contact_exported"]


@pytest.fixture
async def lived(sealed: Sealed) -> Lived:
    cia = await hired(sealed.house, "Cia", Role.COORDINATOR)
    await let_in(sealed.alva, cia)
    office = await cia.reads()

    def message(body: str, number: str) -> object:
        return sealed.message(body, "4711", channel=Channel.TELEGRAM, provider_id=number, to="")

    await receive(sealed.house, [message(f"hej {SCRIPT}", "7")])  # type: ignore[list-item] # as made
    sealed.clock.advance(seconds=2)
    await sealed.step()
    await receive(sealed.house, [message("1", "8")])  # type: ignore[list-item] # as made
    sealed.clock.advance(seconds=2)
    await sealed.step()
    talk = await sealed.taken()
    await revise(sealed.house, Edit(message(f"hej då {SCRIPT}", "7"), "1"))  # type: ignore[arg-type] # as made
    alva, desk = sealed.counsellor, sealed.desk
    await sealed.reply(talk, f"ett svar {SCRIPT}", asked=True)
    await write_note(desk, alva, talk, f"om kontakten {SCRIPT}", form_key=uuid4())
    await write_note(desk, alva, talk, "om en bror", form_key=uuid4())
    await join_talk(office, cia.member, talk)
    await give_reason(office, cia.member, talk, Why.REVIEW)
    await write_aside(office, cia.member, talk, "till dig, Alva", to=alva.id, form_key=uuid4())
    await raise_duty(desk, alva, talk, Kind.CHILD, Within.HOUR, f"ett barn {SCRIPT}")
    now = sealed.clock.now()
    hours = SafeHours(now.time().replace(hour=18), now.time().replace(hour=22))
    await set_safe_hours(desk, alva, talk, hours)
    asked = Asked(Authority.POLICE, Rule.GRAVE_CRIME, (Scope.TIMES,), "K 1", "", silent=False)
    await ask_disclosure(desk, alva, talk, asked, form_key=uuid4())
    silent = Asked(Authority.PROSECUTOR, Rule.DUTY, (Scope.TEXTS,), "K 2", "", silent=True)
    await ask_disclosure(desk, alva, talk, silent, form_key=uuid4())
    return Lived(sealed.house, sealed.clock, alva, sealed.alva, desk, cia, office, talk)


def opened(made: Everything, house: House) -> ZipFile:
    return ZipFile(BytesIO(archive(made, house.zone)))


async def test_all_that_is_held_is_in_it_both_ways(lived: Lived) -> None:
    made = await lived.export()
    (talk,) = made.talks
    assert (talk.channel, talk.address) == ("telegram", "4711")
    assert [(s.by, s.words) for s in talk.said if s.by != "machine"] == [
        ("contact", f"hej {SCRIPT}"), ("contact", "1"), ("counsellor", f"ett svar {SCRIPT}"),
    ]  # fmt: skip
    assert [edit.words for edit in talk.said[0].edits] == [f"hej då {SCRIPT}"]
    assert any(s.by == "machine" and s.delivery for s in talk.said)
    assert [n.words for n in talk.noted] == [f"om kontakten {SCRIPT}", "om en bror"]
    assert talk.between_colleagues == 1
    assert talk.safe_hours is not None
    assert ("safe", "yes") in [(a.question, a.value) for a in talk.answers]
    assert [(o.kind, o.noted[0].words) for o in talk.owed] == [("child", f"ett barn {SCRIPT}")]
    assert [one.authority for one in talk.disclosed] == ["police"], "the other one is silent"
    assert {one.role for one in talk.opened} >= {"coordinator"}
    assert {"taken", "duty_raised"} <= {one.kind for one in talk.done}
    assert [one.ground for one in talk.exported] == ["access"]
    assert (made.unopened, made.held_back) == (0, 0)


async def test_the_file_reads_and_holds_the_same_for_machines(lived: Lived) -> None:
    made = await lived.export()
    with opened(made, lived.house) as file:
        assert file.namelist() == ["index.html", "data.json"]
        page, data = file.read("index.html").decode(), json.loads(file.read("data.json"))
    assert page.lstrip().startswith("<!doctype html>")
    assert SCRIPT not in page and "&lt;script&gt;" in page
    for words in ("hej då", "ett svar", "om kontakten", "om en bror", "ett barn", "4711"):
        assert words in page, words
    assert data["terms"]["conversations"] == 365 and "Samtal: 365 dagar" in page
    for secret in ("till dig, Alva", "K 1", "K 2", "Åklagare"):
        assert secret not in page, secret
    names = {lived.counsellor.name, lived.cia.member.name}
    assert not [name for name in names if re.search(rf"\b{name}\b", json.dumps(data))]
    said = [one["words"] for one in data["talks"][0]["said"] if one["by"] == "contact"]
    assert said == [f"hej {SCRIPT}", "1"]
    assert data["talks"][0]["said"][0]["at"].endswith("+00:00")


async def test_how_urgent_it_was_before_it_was_closed_is_in_it_in_words(lived: Lived) -> None:
    async with lived.house.db.write() as tx:
        talk = await conversations.by_id(tx, lived.talk)
        assert talk is not None
        day = date(2026, 3, 14)
        back = ("returning", *carried(Tier.P2, ("danger_today",), day, day))
        await conversations.save(tx, [replace(talk, reasons=back)])
    made = await lived.export()
    then = Earlier("P2", "danger_today", date(2026, 3, 1))
    assert (made.talks[0].reasons, made.talks[0].before) == (("returning",), (then,))
    with opened(made, lived.house) as file:
        assert "Tidigare P2, mars 2026: ”Fara i dag”" in file.read("index.html").decode()


async def test_it_is_logged_before_a_word_is_read(
    lived: Lived, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def dies(*_: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as dying:
        dying.setattr("handlers.export.gather", dies)
        with pytest.raises(RuntimeError):
            await lived.export()
    assert await lived.acts() == [("contact_exported", "access")]
    async with lived.house.db.read() as tx:
        assert isinstance(await audit.verify(tx), audit.Head)
    await lived.export()
    assert len(await lived.acts()) == 2
    listed = (await see_register(lived.office, lived.cia.member)).exports
    assert [(one.by, one.ground) for one in listed] == [("Cia", Ground.ACCESS)] * 2


async def test_only_a_coordinator_who_was_admitted_makes_one(lived: Lived) -> None:
    bo = await hired(lived.house, "Bo", Role.COORDINATOR)
    with pytest.raises(OnlyCoordinators):
        await export(lived.desk, lived.counsellor, lived.talk, GROUNDS)
    for house, who in ((await bo.reads(), bo.member), (lived.house, lived.cia.member)):
        with pytest.raises(NotAdmitted):
            await export(house, who, lived.talk, GROUNDS)
        with pytest.raises(NotAdmitted):
            await see_exporting(house, who, lived.talk)
    with pytest.raises(BadInput):
        await lived.export(Grounds(Ground.ACCESS, "", sure=False, held=frozenset()))
    with pytest.raises(BadInput):
        await lived.export(Grounds(Ground.ACCESS, "x" * 5001, sure=True, held=frozenset()))
    with pytest.raises(NotFound):
        await export(lived.office, lived.cia.member, uuid4(), GROUNDS)
    assert await lived.acts() == []
    assert await lived.count("exports") == 0


async def test_what_is_about_somebody_else_is_held_back_and_named(lived: Lived) -> None:
    seen = await see_exporting(lived.office, lived.cia.member, lived.talk)
    assert [one.kind for one in seen.holdable] == ["note", "note", "duty"]
    assert seen.asides == 1
    held = frozenset({seen.holdable[1].id, seen.holdable[2].id, uuid4()})
    made = await lived.export(Grounds(Ground.PARTY, "", sure=True, held=held))
    (talk,) = made.talks
    assert [(n.there, n.words) for n in talk.noted][1] == (There.HELD_BACK, "")
    assert talk.owed[0].noted[0].there is There.HELD_BACK
    assert made.held_back == 2
    with opened(made, lived.house) as file:
        page = file.read("index.html").decode()
    assert "om en bror" not in page and "2 texter hölls tillbaka" in page


async def test_what_could_not_be_opened_is_named_where_it_stands(lived: Lived) -> None:
    m = tables.messages
    async with lived.house.db.write() as tx:
        row = (
            await tx.conn.execute(select(m.c.id).where(m.c.author == "contact").order_by(m.c.id))
        ).scalars().first()  # fmt: skip
        broken = update(m).where(m.c.id == row).values(body_sealed=b"\x02" + bytes(300))
        await tx.conn.execute(broken)
    made = await lived.export()
    assert made.talks[0].said[0].there is There.UNOPENED
    assert made.unopened == 1
    with opened(made, lived.house) as file:
        page = file.read("index.html").decode()
    assert "1 text finns men gick inte att öppna" in page
    assert "Texten finns men gick inte att öppna" in page


async def test_the_quiet_word_is_told_of_and_stands_in_no_file(lived: Lived) -> None:
    await agree(lived.desk, lived.counsellor, lived.talk, "lingonris", Heard.CALL)
    await write_note(lived.desk, lived.counsellor, lived.talk, "sa Lingonris", form_key=uuid4())
    made = await lived.export()
    assert made.talks[0].quiet_word_at == lived.clock.now()
    with opened(made, lived.house) as file:
        page, data = (file.read(name).decode() for name in ("index.html", "data.json"))
    assert "lingonris" not in (page + data).casefold()
    assert "Ordet står inte här" in page


async def test_what_was_redacted_is_said_to_be_gone(lived: Lived) -> None:
    first = next(it for it in (await lived.see(lived.talk)).thread if isinstance(it, Said))
    await redact(lived.desk, lived.counsellor, lived.talk, first.id)
    made = await lived.export()
    assert made.talks[0].said[0].there is There.REMOVED
    assert made.unopened == 0


async def test_a_picture_that_was_fetched_lies_beside_the_page(lived: Lived) -> None:
    first = next(it for it in (await lived.see(lived.talk)).thread if isinstance(it, Said))
    m = tables.messages
    async with lived.house.db.write() as tx:
        media = [["image/png", 10, "a file's id"], ["application/pdf", 10, "another's"]]
        await tx.conn.execute(update(m).where(m.c.id == first.id).values(media=media))
        picture = Picture(first.id, 0, "image/png", b"a picture")
        await pictures.keep(tx, lived.talk, picture, lived.counsellor.id, lived.clock.now())
    with opened(await lived.export(), lived.house) as file:
        (name,) = set(file.namelist()) - {"index.html", "data.json"}
        assert file.read(name) == b"a picture"
        page = file.read("index.html").decode()
    assert f'src="{name}"' in page and "application/pdf" in page


async def test_of_whoever_wrote_to_two_lines_both_are_in_it(lived: Lived) -> None:
    await add_line(lived.house, "+46701740606", "Card B", ("sv", "en"), "exit")
    phone = "+46701740611"
    await lived.text("en", phone)
    await lived.text("två", phone, to="+46701740606")
    talks = [row.id for row in (await lived.queue()).waiting]
    made = await export(lived.office, lived.cia.member, talks[0], GROUNDS)
    heard = [s.words for talk in made.talks for s in talk.said if s.by == "contact"]
    assert sorted(heard) == ["en", "två"]
    assert [talk.address for talk in made.talks] == [phone, phone]
    theirs = await lived.export()
    assert len(theirs.talks) == 1, "nobody else's is in it"


@pytest.fixture
async def base(lived: Lived) -> AsyncIterator[str]:
    async with serving(lived.house) as made:
        yield made


async def test_the_download_is_kept_nowhere_and_names_nobody(
    lived: Lived, base: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path / "none"))
    cia, alva = await visits(base, lived.cia), await visits(base, lived.alva)
    path = f"/conversations/{lived.talk}/export"
    page = await cia.get(path)
    assert page.status_code == 200, page.headers["location"]
    assert "om kontakten" not in page.text
    before = await lived.acts()
    refused = await cia.post(path, ground="access")
    assert refused.status_code == 422 and await lived.acts() == before
    assert (await alva.post(path, ground="access", sure="1")).status_code == 403
    given = await cia.post(path, ground="access", sure="1", more=SCRIPT)
    assert given.status_code == 200
    assert given.headers["cache-control"] == "no-store"
    assert given.headers["content-type"] == "application/zip"
    assert given.headers["content-disposition"] == 'attachment; filename="utvag.zip"'
    with ZipFile(BytesIO(given.content)) as file:
        assert "om kontakten" in file.read("index.html").decode()
    stranger = await visits(base, lived.cia)
    stranger.cookies.clear()
    assert (await stranger.post(path, ground="access", sure="1")).status_code == 303


async def test_a_locked_session_gets_nothing(lived: Lived, base: str) -> None:
    cia = await visits(base, lived.cia)
    path = f"/conversations/{lived.talk}/export"
    lived.clock.advance(hours=13)
    answer = await cia.post(path, ground="access", sure="1")
    assert answer.status_code in {303, 401} and b"om kontakten" not in answer.content
    assert await lived.acts() == []
