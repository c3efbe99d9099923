"""A form's key does one thing once; brought to another conversation or form it is another thing.
No field that a form of ours does not have does anything."""

from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urlencode
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import select

from domain.wall import on_the_wall
from handlers.plan_text import plan_text
from handlers.redact import redact
from handlers.reply import reply
from handlers.seen import Noted, Said
from handlers.take import take
from handlers.write_note import write_note
from staff import csrf
from staff.forms import LARGEST, MOST_FIELDS
from storage import tables
from tests.browser.scene import Scene
from tests.world import World

EXTRA = (
    "member_id", "member", "owner_id", "owner", "id", "contact_id", "conversation_id", "role",
    "tier", "state", "author", "by_hand", "at_work", "text_id", "only_for", "purpose", "read_at",
    "body", "revoked_at", "joined_at", "passphrase_hash", "opted_out", "watched", "held",
)  # fmt: skip


async def said(world: World, talk: UUID) -> list[str | None]:
    thread = (await world.see(talk)).thread
    return [one.body for one in thread if isinstance(one, Said) and one.author == "counsellor"]


async def two_of_mine(world: World) -> tuple[UUID, UUID]:
    for phone in ("+46701740621", "+46701740622"):
        await world.text("hej", phone)
        await world.text("1", phone)
    one, other = [row.id for row in (await world.queue()).waiting]
    for talk in (one, other):
        await take(world.house, world.counsellor, talk)
    return one, other


async def test_one_key_is_another_thing_in_another_conversation_and_another_form(
    world: World,
) -> None:
    house, alva, key = world.house, world.counsellor, uuid4()
    one, other = await two_of_mine(world)
    at = on_the_wall(world.clock.now(), house.zone) + timedelta(hours=1)
    for _ in range(2):
        for talk in (one, other):
            await reply(house, alva, talk, "samma ord", form_key=key, asked=True)
            await write_note(house, alva, talk, "samma ord", form_key=key)
            await plan_text(house, alva, talk, "samma ord", at, form_key=key, asked=True)
    for talk in (one, other):
        assert await said(world, talk) == ["samma ord"]
        seen = await world.see(talk)
        assert [it.body for it in seen.thread if isinstance(it, Noted)] == ["samma ord"]
        assert [plan.body for plan in seen.planned if not plan.follow_up] == ["samma ord"]


async def test_a_key_that_is_an_id_or_a_key_of_ours_takes_nothing_for_done(world: World) -> None:
    house, alva, key = world.house, world.counsellor, uuid4()
    one, other = await two_of_mine(world)
    await reply(house, alva, one, "ett", form_key=key, asked=True)
    async with house.db.read() as tx:
        rows = await tx.conn.execute(select(tables.messages.c.id, tables.messages.c.form_key))
        ours = [value for row in rows for value in row if value is not None]
    keys = [*ours, one, other, alva.id, UUID(int=0), UUID(int=2**128 - 1)]
    for made in keys:
        await reply(house, alva, other, "två", form_key=made, asked=True)
        await write_note(house, alva, other, "två", form_key=made)
    assert await said(world, other) == ["två"] * len(keys)
    assert await said(world, one) == ["ett"]


async def test_what_was_redacted_is_not_sent_again_by_its_form(world: World) -> None:
    house, alva, key = world.house, world.counsellor, uuid4()
    one, _ = await two_of_mine(world)
    await reply(house, alva, one, "ångrat", form_key=key, asked=True)
    thread = (await world.see(one)).thread
    (mine,) = [it for it in thread if isinstance(it, Said) and it.author == "counsellor"]
    await redact(house, alva, one, mine.id)
    await reply(house, alva, one, "ångrat", form_key=key, asked=True)
    assert await said(world, one) == [None]


class TestOverHttp:
    @pytest.fixture
    def database_url(self, sqlite_url: str) -> str:
        return sqlite_url

    async def post(
        self, scene: Scene, path: str, fields: Sequence[tuple[str, str]]
    ) -> httpx.Response:
        kept = "; ".join(f"{name}={value}" for name, value in scene.alva.cookies.items())
        kind = "application/x-www-form-urlencoded"
        headers = {"cookie": kept, "content-type": kind}
        return await scene.alva.http.post(path, content=urlencode(fields), headers=headers)

    async def test_fields_that_no_form_of_ours_has_do_nothing(self, scene: Scene) -> None:
        await scene.taken()
        house = scene.world.house
        other = await waits_too(scene.world)
        before = await standing(scene.world, other)
        for value in (str(scene.elis_member.id), str(other), "coordinator", "closed"):
            extra = dict.fromkeys(EXTRA, value)
            fields = {"reply": f"svar {value}", "note": f"rad {value}", "form_key": str(uuid4())}
            for deed in ("reply", "note", "draft", "hours", "gate", "word", "safe", "shown"):
                await scene.alva.post(f"{scene.path}/{deed}", **extra, **fields, asked="1")
            for path in ("/phrases", "/ways/sms", "/rota/leave", "/switch", "/live/used", "/find"):
                await scene.alva.post(path, **extra, **fields)
            seen = await scene.world.see(scene.talk)
            assert (seen.row.owner, seen.row.state) == ("Alva", "owned")
        assert await standing(scene.world, other) == before
        assert len(await scene.replies()) == 4
        async with house.db.read() as tx:
            wanted = select(tables.notes.c.member_id, tables.notes.c.only_for)
            noted = [tuple(row) for row in await tx.conn.execute(wanted)]
        assert set(noted) == {(scene.world.counsellor.id, None)}

    async def test_of_a_field_that_comes_twice_the_first_counts(self, scene: Scene) -> None:
        await scene.taken()
        mine = (csrf.FIELD, scene.alva.form_token)
        key, asked = ("form_key", str(uuid4())), ("asked", "1")
        path = f"{scene.path}/reply"
        forged = [(csrf.FIELD, "x"), mine, key, asked, ("reply", "ett")]
        assert (await self.post(scene, path, forged)).status_code == 403
        both = [mine, (csrf.FIELD, "x"), key, asked, ("reply", "ett"), ("reply", "två")]
        assert (await self.post(scene, path, both)).status_code == 303
        assert await scene.replies() == ["ett"]

    async def test_more_than_a_form_holds_is_refused_and_does_nothing(self, scene: Scene) -> None:
        await scene.taken()
        mine = [(csrf.FIELD, scene.alva.form_token), ("form_key", str(uuid4())), ("asked", "1")]
        for much in (
            [("reply", "ett"), ("note", "a" * LARGEST)],
            [("reply", "a" * LARGEST)],
            [("reply", "ett"), *[("x", "y")] * MOST_FIELDS],
        ):
            for deed in ("reply", "note", "draft", "plan", "close", "release"):
                answer = await self.post(scene, f"{scene.path}/{deed}", [*mine, *much])
                assert answer.status_code == 413, deed
        assert await scene.replies() == []
        assert (await scene.world.see(scene.talk)).row.owner == "Alva"


async def waits_too(world: World) -> UUID:
    """A conversation that waits."""
    await world.text("hallå", "+46701740623")
    (row,) = (await world.queue()).waiting
    return row.id


async def standing(world: World, talk: UUID) -> list[object]:
    """What a hostile field would change: people, and the conversation of nobody's."""
    theirs = tables.conversations.c.id == talk
    async with world.house.db.read() as tx:
        people = (await tx.conn.execute(select(tables.members))).all()
        row = (await tx.conn.execute(select(tables.conversations).where(theirs))).one()
        return [people, row]
