"""Codes that people type or say: what was meant is read, and nothing else, however long it is."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.acknowledge import _CODE, _READ
from handlers.admit import admit
from handlers.errors import BadInput, KeyChanged, SheetMistyped
from handlers.pagers import confirm
from handlers.recovery_sheet import use_sheet
from handlers.see_team import see_team
from tests.team import Colleague, first, hired, proves
from tests.test_door_parsing import drawn
from tests.test_own_ways import added, own, tower
from tests.test_team_admission import words_for
from tests.tower import Tower
from tests.world import World

__all__ = ["tower"]

PLAIN = re.compile(r"\W*(?:svara|reply|svar|ok)?\W*([0-9]{4})\W*", re.IGNORECASE)
"""The same, which takes a second for a text of punctuation alone."""

PIECES = st.sampled_from(
    ["svar", "SVARA", "ok", "reply", "1234", "12", "!", " ", "?", "å", "_", "٣"]
)


@given(st.lists(PIECES, max_size=7).map("".join) | st.text(max_size=20))
@settings(max_examples=400)
def test_a_code_is_read_as_a_page_asks_for_it(said: str) -> None:
    found, plain = _CODE.fullmatch(said), PLAIN.fullmatch(said)
    assert (found and found[1]) == (plain and plain[1])


@pytest.mark.parametrize("said", ["!", " ", "ok", "1", "! ", "ja", "٣", "svar!"])
def test_a_text_of_nothing_but_marks_is_no_work(said: str) -> None:
    """Anybody may write one. Read anew from each of its characters it takes until tomorrow."""
    endless = said * 400_000
    assert _CODE.fullmatch(endless) is None
    assert _READ.fullmatch(endless) is None


async def readers(who: Colleague) -> int:
    return len((await see_team(await who.reads(), who.member)).readers)


async def test_whatever_else_is_said_for_six_words_lets_nobody_in(world: World) -> None:
    alva, bea = await first(world.house, world.counsellor), await hired(world.house, "Bea")
    right = await words_for(alva, bea)
    house, known = await alva.reads(), await proves(alva)
    near = st.permutations(right.split()).map(" ".join).filter(lambda said: said != right)
    for said in drawn(st.text(max_size=60) | near | st.just(right.upper()) | st.just(right[:-1])):
        with pytest.raises(KeyChanged):
            await admit(house, alva.member, bea.member.id, said, known)
    assert await readers(alva) == 1
    await admit(house, alva.member, bea.member.id, f"  {right} ", known)
    assert await readers(alva) == 2


async def test_whatever_else_is_typed_for_a_sheet_opens_nothing(world: World) -> None:
    alva, bea = await first(world.house, world.counsellor), await hired(world.house, "Bea")
    house = await bea.reads()
    for said in drawn(st.text(max_size=90)):
        with pytest.raises((SheetMistyped, BadInput)):
            await use_sheet(house, bea.member, said)
    assert await readers(alva) == 1


FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


async def test_a_ways_code_is_four_plain_digits(tower: Tower) -> None:
    world = tower.world
    way_id = await added(tower)
    right = tower.code()
    for said in (f"{right}0", right.translate(FULL_WIDTH), f"svar {right}", f"{right}x"):
        with pytest.raises(BadInput, match="wrong_one"):
            await confirm(world.house, world.counsellor, way_id, said)
    assert (await own(world))[0].way.verified_at is None
    await confirm(world.house, world.counsellor, way_id, f"\n{right}\t")
    assert (await own(world))[0].way.verified_at is not None
