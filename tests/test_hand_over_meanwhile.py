"""A colleague who has gone, or has no room, since the page was read is given nothing by it."""

import re
from uuid import uuid4

import pytest

from domain.conversation import State
from handlers.errors import NotThere, NotYours
from handlers.hand_over import Handed, hand_over
from handlers.invite import revoke
from handlers.see_handover import see_ending
from handlers.seen import Noted
from handlers.take import take
from handlers.work_shift import end_shift, start_shift
from storage import worked
from tests.browser.scene import Scene
from tests.test_board import write
from tests.test_reassign import filled
from tests.world import World


async def test_it_is_not_given_to_somebody_who_went_home_while_the_page_was_read(
    world: World,
) -> None:
    alva, house = world.counsellor, world.house
    elis = await world.hired(house, "Elis")
    await take(house, alva, talk := await write(world, "hej", 30))
    await start_shift(house, elis)
    await end_shift(house, elis)
    handed = Handed(elis.id, "Vill ses på torsdag", "")
    with pytest.raises(NotThere) as told:
        await hand_over(house, alva, talk, handed, form_key=uuid4(), at_work=True)
    assert (told.value.name, told.value.revoked) == ("Elis", False)
    assert (await world.see(talk)).row.owner == "Alva"
    assert await world.count("notes") == 0
    async with house.db.read() as tx:
        assert elis.id not in await worked.there(tx, world.clock.now())
    await hand_over(house, alva, talk, handed, form_key=uuid4())  # the page said so by now
    assert (await world.see(talk)).row.owner == "Elis"


async def test_sent_again_once_they_are_home_it_is_done_already(world: World) -> None:
    alva, house, key = world.counsellor, world.house, uuid4()
    elis = await world.hired(house, "Elis")
    await take(house, alva, talk := await write(world, "hej", 30))
    await start_shift(house, elis)
    handed = Handed(elis.id, "Vill ses på torsdag", "")
    await hand_over(house, alva, talk, handed, form_key=key, at_work=True)
    await hand_over(house, elis, talk, Handed(None, "x", ""), form_key=uuid4())
    await end_shift(house, elis)
    await hand_over(house, alva, talk, handed, form_key=key, at_work=True)
    assert (await world.see(talk)).row.state is State.WAITING


async def test_other_words_by_the_same_form_are_not_taken_for_handed_over(world: World) -> None:
    alva, house, key = world.counsellor, world.house, uuid4()
    await take(house, alva, talk := await write(world, "hej", 30))
    await hand_over(house, alva, talk, Handed(None, "Vill ses", "kl 10"), form_key=key)
    for other in (Handed(None, "Vill inte ses", "kl 10"), Handed(None, "Vill ses", "")):
        with pytest.raises(NotYours):
            await hand_over(house, alva, talk, other, form_key=key)
    await take(house, alva, talk)
    await hand_over(house, alva, talk, Handed(None, "Vill inte ses", "kl 11"), form_key=key)
    thread = (await world.see(talk)).thread
    notes = [one.body for one in thread if isinstance(one, Noted)]
    assert notes == ["Vill ses", "kl 10", "Vill inte ses", "kl 11"]


async def test_who_is_full_is_named_last_of_those_at_work(world: World) -> None:
    elis = await world.hired(world.house, "Elis")
    caro = await world.hired(world.house, "Caro")
    await world.hired(world.house, "Dana")
    await filled(world, elis, 30)
    await start_shift(world.house, caro)
    found = (await see_ending(world.house, world.counsellor)).colleagues
    assert [(one.name, one.at_work, one.full) for one in found] == [
        ("Caro", True, None), ("Elis", True, "full"), ("Dana", False, None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("meanwhile", "said"),
    [
        ("full", "Elis has as many conversations as one can hold"),
        ("home", "Elis has ended their shift meanwhile."),
        ("revoked", "Elis has no account on the line any more."),
    ],
)
async def test_what_has_changed_meanwhile_is_said_and_nothing_is_lost(
    scene: Scene, meanwhile: str, said: str
) -> None:
    world, house, elis = scene.world, scene.world.house, scene.elis_member
    await scene.taken()
    await start_shift(house, elis)
    page = (await scene.alva.get("/shift/end")).text
    assert "Elis, at work, 0 conversations</option>" in page
    there = page.partition('name="there" value="')[2].partition('"')[0]
    match meanwhile:
        case "full":
            await filled(world, elis, 30)
        case "home":
            await end_shift(house, elis)
        case _:
            await revoke(house, "Elis")
    words = {"note": "mina egna ord", "promised": "ett löfte", "form_key": str(uuid4())}
    given = {"to": str(elis.id), "there": there} | words
    answer = await scene.alva.post(f"{scene.path}/hand-over", **given)
    assert answer.status_code == 409
    for shown in (said, "The conversation is where it was.", "mina egna ord", "ett löfte"):
        assert shown in answer.text
    assert 'aria-invalid="true"' in answer.text
    row = (await world.see(scene.talk)).row
    assert (row.state, row.owner) == (State.OWNED, "Alva")
    page = (await scene.alva.get("/shift/end")).text
    found = re.findall(r"<option[^>]*>(Elis[^<]*)", page)
    assert (
        found
        == {
            "full": ["Elis, at work, 2 conversations, full"],
            "home": ["Elis, has not started a shift, 0 conversations"],
            "revoked": [],
        }[meanwhile]
    )
