"""Ready phrases: coordinators change them, counsellors are offered them as they would be sent."""

import re
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update

from domain.call import Call
from domain.member import Member, Role
from handlers.called import called
from handlers.desk import once
from handlers.errors import BadInput, NotAllowed, NotFound, OnlyCoordinators
from handlers.phrases import add_phrase, change_phrase, remove_phrase, see_phrases
from handlers.see_conversation import see_conversation
from handlers.take import take
from storage import audit, desk_tables
from tests.browser.scene import Scene
from tests.browser.serving import Visitor
from tests.world import LINE, PHONE, World

BODY = "Hej, {alias} igen. Vi kan ses på torsdag."


@pytest.fixture
async def bo(world: World) -> Member:
    return await world.hired(world.house, "Bo Ek", Role.COORDINATOR)


async def added(world: World, bo: Member, name: str = "Tid att ses", language: str = "sv") -> UUID:
    key = uuid4()
    await add_phrase(world.house, bo, language, name, BODY, form_key=key)
    return once(key, language, name, BODY)


async def offered(world: World, member: Member) -> list[tuple[str, str]]:
    talk = await see_conversation(world.house, member, await world.only(), opening=False)
    return [(phrase.name, phrase.text) for phrase in talk.phrases]


async def test_a_phrase_is_offered_in_the_contacts_language_with_ones_own_first_name(
    world: World, bo: Member
) -> None:
    await added(world, bo)
    await added(world, bo, "In English", "en")
    await world.text("hej")
    assert await offered(world, bo) == [("Tid att ses", "Hej, Bo igen. Vi kan ses på torsdag.")]
    (_, text) = (await offered(world, world.counsellor))[0]
    assert text.startswith("Hej, Alva igen.")


async def test_only_coordinators_change_phrases(world: World, bo: Member) -> None:
    phrase = await added(world, bo)
    house, alva = world.house, world.counsellor
    for deed in (
        add_phrase(house, alva, "sv", "x", "y", form_key=uuid4()),
        change_phrase(house, alva, phrase, "x", "y", edition=1),
        remove_phrase(house, alva, phrase),
    ):
        with pytest.raises(OnlyCoordinators):
            await deed
    bank = await see_phrases(house, alva)
    assert (bank.may_change, [p.name for p in bank.phrases]) == (False, ["Tid att ses"])
    noor = await world.hired(house, "Noor", Role.ADMIN)
    with pytest.raises(NotAllowed):
        await see_phrases(house, noor)


async def test_the_same_form_twice_adds_one(world: World, bo: Member) -> None:
    key = uuid4()
    for _ in range(2):
        await add_phrase(world.house, bo, "sv", "Tid", BODY, form_key=key)
    assert len((await see_phrases(world.house, bo)).phrases) == 1


async def test_the_same_form_with_other_words_adds_those_and_writes_over_nothing(
    world: World, bo: Member
) -> None:
    kept = await added(world, bo)
    for name in ("Tid", "En annan", "En annan"):
        await add_phrase(world.house, bo, "sv", name, BODY, form_key=kept)
    found = {phrase.name for phrase in (await see_phrases(world.house, bo)).phrases}
    assert found == {"Tid att ses", "Tid", "En annan"}
    async with world.house.db.read() as tx:
        noted = [one async for one in audit.entries(tx) if one.act == "phrase"]
    assert [one.detail for one in noted] == ["added"] * 3


async def test_what_a_colleague_has_just_changed_is_not_written_over(
    world: World, bo: Member
) -> None:
    phrase = await added(world, bo)
    await change_phrase(world.house, bo, phrase, "Tid", "Vi ses.", edition=1)
    with pytest.raises(BadInput, match="changed"):
        await change_phrase(world.house, bo, phrase, "Tid", "Något annat.", edition=1)
    (kept,) = (await see_phrases(world.house, bo)).phrases
    assert (kept.body, kept.edition, kept.by) == ("Vi ses.", 2, "Bo Ek")
    await remove_phrase(world.house, bo, phrase)
    await remove_phrase(world.house, bo, phrase)
    assert (await see_phrases(world.house, bo)).phrases == ()
    with pytest.raises(NotFound):
        await change_phrase(world.house, bo, phrase, "Tid", "Vi ses.", edition=2)


@pytest.mark.parametrize(
    ("language", "name", "body", "wrong"),
    [
        ("fi", "a", "b", "language: unknown"), ("sv", " ", "b", "phrase_name: empty"),
        ("sv", "x" * 61, "b", "phrase_name: too_long"), ("sv", "a", "\x00\n", "phrase_body: empty"),
        ("sv", "a", "x" * 1601, "phrase_body: too_long"),
        ("sv", "a", "{min} min", "phrase_body: place"),
        ("sv", "a", "{alias", "phrase_body: place"), ("sv", "a", "x}", "phrase_body: place"),
    ],
)  # fmt: skip
async def test_what_would_go_wrong_later_is_refused(
    world: World, bo: Member, language: str, name: str, body: str, wrong: str
) -> None:
    with pytest.raises(BadInput, match=wrong):
        await add_phrase(world.house, bo, language, name, body, form_key=uuid4())


async def test_phrases_are_sealed_and_a_broken_one_spoils_nothing(world: World, bo: Member) -> None:
    await added(world, bo)
    broken = await added(world, bo, "Annan")
    t = desk_tables.phrases
    async with world.house.db.write() as tx:
        for row in await tx.conn.execute(select(t)):
            assert b"torsdag" not in row.body_sealed
        await tx.conn.execute(update(t).where(t.c.id == broken).values(body_sealed=b"x"))
    await world.text("hej")
    assert [name for name, _ in await offered(world, bo)] == ["Tid att ses"]


async def test_the_greeting_is_suggested_first_and_the_closing_words_once_all_is_answered(
    world: World,
) -> None:
    async def suggested() -> str | None:
        return (await world.see()).suggested

    await world.text("hej")
    assert await suggested() is None
    talk = await world.taken()
    assert await suggested() == "handover"
    await world.reply(talk, "Hej, jag läser", asked=True)
    assert await suggested() is None
    await world.text("vad ska jag göra nu")
    assert await suggested() is None
    await world.reply(talk, "Bra att du skrev", asked=True)
    assert await suggested() == "close"
    await world.text("tack")
    assert await suggested() == "close"
    texts = dict((await world.see()).texts)
    await world.reply(talk, texts["close"], asked=True)
    assert await suggested() is None
    elis = await world.hired(world.house, "Elis")
    from handlers.transfer import transfer

    await transfer(world.house, world.counsellor, talk, elis.id)
    theirs = await see_conversation(world.house, elis, talk, opening=False)
    assert theirs.suggested == "handover"


async def test_a_greeting_that_says_it_has_read_is_not_suggested_to_somebody_who_only_called(
    world: World,
) -> None:
    await called(world.house, Call("CA" + "1" * 32, PHONE, LINE, world.clock.now()))
    await world.taken()
    assert (await world.see()).suggested is None
    await world.text("hej")
    assert (await world.see()).suggested == "handover"


class TestOverHttp:
    @pytest.fixture
    def database_url(self, sqlite_url: str) -> str:
        return sqlite_url

    @pytest.fixture
    async def coordinator(self, scene: Scene, bo: Member) -> Visitor:
        return await Visitor.of(scene.world.house, scene.base, bo)

    async def test_a_coordinator_adds_changes_and_removes(
        self, scene: Scene, coordinator: Visitor
    ) -> None:
        assert "No phrases yet." in (await coordinator.get("/phrases")).text
        key = str(uuid4())
        new = {"language": "sv", "name": "Tid <b>", "body": BODY, "form_key": key}
        key = str(once(UUID(key), "sv", "Tid <b>", BODY))
        assert (await coordinator.post("/phrases", **new)).status_code == 303
        page = (await coordinator.get("/phrases")).text
        assert "Tid &lt;b&gt;" in page
        wrong = await coordinator.post(f"/phrases/{key}", name="Tid", body="{min}", edition="1")
        assert (wrong.status_code, ">\n{min}</textarea>" in wrong.text) == (422, True)
        late = await coordinator.post(f"/phrases/{key}", name="Tid", body="mitt", edition="x")
        assert (late.status_code, ">\nmitt</textarea>" in late.text) == (422, True)
        await coordinator.post(f"/phrases/{key}", name="Tid", body="Vi ses.", edition="1")
        await take(scene.world.house, scene.world.counsellor, scene.talk)
        box = (await scene.alva.get(f"{scene.path}?text={key}")).text
        assert re.search(r'<textarea id="reply".*?>\nVi ses.</textarea>', box, re.DOTALL)
        await coordinator.post(f"/phrases/{key}/remove")
        assert "Vi ses." not in (await coordinator.get("/phrases")).text

    async def test_nobody_else_changes_anything(self, scene: Scene, coordinator: Visitor) -> None:
        key = str(uuid4())
        new = {"language": "sv", "name": "Tid", "body": BODY, "form_key": key}
        key = str(once(UUID(key), "sv", "Tid", BODY))
        await coordinator.post("/phrases", **new)
        for path in ("/phrases", f"/phrases/{key}", f"/phrases/{key}/remove"):
            fields = new | {"name": "Annan", "edition": "1"}
            answer = await scene.alva.post(path, **fields)
            assert answer.status_code == 403
            assert "changed by coordinators alone" in answer.text
            assert (await scene.admin.post(path, **fields)).status_code == 403
            assert (await scene.stranger.post(path, **fields)).headers["location"] == "/login"
            assert (await coordinator.post(path, csrf="x", **fields)).status_code == 403
        page = (await scene.alva.get("/phrases")).text
        assert "Vi kan ses" in page
        assert "<textarea" not in page
        assert (await scene.admin.get("/phrases")).status_code == 403
        assert (await scene.stranger.get("/phrases")).headers["location"] == "/login"
