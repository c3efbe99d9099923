"""A word agreed upon by voice shows staff that it is really them; nobody else learns it."""

from uuid import UUID

import pytest
from sqlalchemy import select, update

from domain.contact_rules import REUSE
from domain.message import Author
from domain.need import Reason
from handlers.errors import BadInput, NotYours
from handlers.find import ask, find
from handlers.give_reason import give_reason
from handlers.quiet_word import HIDDEN, Heard, agree, forget_word, hidden, is_given
from handlers.receive import receive
from handlers.reseal import reseal
from handlers.retire_numbers import retire_numbers
from handlers.see_conversation import see_conversation
from handlers.seen import Conversation, Said
from handlers.seen_safe import Agreed
from storage import audit_tables, quiet_words, resealing, tables
from tests.deleting import to_the_end
from tests.post import Post
from tests.sealed import Sealed
from tests.states import closed, stored
from tests.world import World

WORD = "Blåbärspaj"


async def begun(world: World) -> UUID:
    await world.text("hej")
    return await world.taken()


def agreed(page: Conversation) -> Agreed | None:
    assert page.safe is not None
    return page.safe.word


def theirs(page: Conversation) -> list[Said]:
    return [it for it in page.thread if isinstance(it, Said) and it.author is Author.CONTACT]


@pytest.mark.parametrize(
    "text",
    [
        "blabarspaj",
        "BLÅBÄRSPAJ!",
        "hej, det är jag. Blåbärspaj",
        "blåbärspaj blåbärspaj",
        "(blåbärspaj)",
    ],
)
def test_it_counts_however_it_is_typed(text: str) -> None:
    assert is_given(text, "blabarspaj")
    assert "paj" not in hidden(text, "blabarspaj").casefold()


@pytest.mark.parametrize("text", ["", "blåbär", "paj", "blåbärspajen", "blåbärs paj", "hallon"])
def test_what_is_nearly_it_is_not_it(text: str) -> None:
    assert not is_given(text, "blabarspaj")
    assert hidden(text, "blabarspaj") == text


def test_of_several_words_all_stand_in_a_row() -> None:
    assert is_given("nu: den Gröna   dörren, hej", "grona dorren")
    assert hidden("nu: den Gröna dörren, hej", "grona dorren") == f"nu: den {HIDDEN}, hej"
    assert not is_given("dörren är gröna", "grona dorren")


def test_who_writes_half_a_dictionary_has_not_said_it() -> None:
    assert not is_given(" ".join([*("ord" for _ in range(30)), "blåbärspaj"]), "blabarspaj")


async def test_a_text_that_says_it_is_marked_and_shows_it_to_nobody(world: World) -> None:
    talk = await begun(world)
    assert agreed(await world.see(talk)) is None
    await agree(world.house, world.counsellor, talk, WORD, Heard.MET)
    known = agreed(await world.see(talk))
    assert known is not None
    assert (known.how, known.by, known.given_at) == ("met", "Alva", None)
    await world.text("det är jag, ring mig")
    await world.text("det är jag, blabarspaj, ring")
    page = await world.see(talk)
    assert [it.quiet_word for it in theirs(page)] == [False, False, True]
    assert theirs(page)[-1].body == f"det är jag, {HIDDEN}, ring"
    known = agreed(page)
    assert known is not None
    assert known.given_at == theirs(page)[-1].at


async def test_who_goes_through_a_dictionary_text_by_text_is_not_taken_for_them(
    world: World,
) -> None:
    """A stolen telephone sends word after word: of those that counted all are marked or none."""
    talk = await begun(world)
    await agree(world.house, world.counsellor, talk, WORD, Heard.MET)
    words = [f"{one}{other}ord" for one in "abcdefghijklmno" for other in "abcdefghijklmno"]
    for begin in range(0, len(words), 25):
        await receive(world.house, [world.message(" ".join(words[begin : begin + 25]))])
        world.clock.advance(seconds=20)
    await receive(world.house, [world.message("lampan blåbärspaj")])
    assert not any(it.quiet_word for it in theirs(await world.see(talk)))
    assert WORD.casefold() not in repr(theirs(await world.see(talk)))
    world.clock.advance(hours=24)
    await receive(world.house, [world.message("det är jag, blåbärspaj")])
    assert [it.quiet_word for it in theirs(await world.see(talk))][-2:] == [False, True]


async def test_who_has_said_it_is_known_however_much_they_write_afterwards(world: World) -> None:
    talk = await begun(world)
    await agree(world.house, world.counsellor, talk, WORD, Heard.MET)
    await receive(world.house, [world.message("blåbärspaj")])
    for begin in range(300, 0, -25):
        world.clock.advance(seconds=20)
        more = " ".join(f"mer{number}" for number in range(begin, begin + 25))
        await receive(world.house, [world.message(more)])
    assert [it.quiet_word for it in theirs(await world.see(talk))][:2] == [False, True]


async def test_a_wrong_word_changes_nothing_for_whoever_sends_it(world: World) -> None:
    talk = await begun(world)
    await agree(world.house, world.counsellor, talk, WORD, Heard.CALL)
    before = await world.said(talk)
    await world.text("hallonpaj")
    await world.text("blåbärspaj")
    assert await world.said(talk) == before


async def test_it_is_kept_for_nobody_to_read(sealed: Sealed) -> None:
    await sealed.text("hej")
    talk = await sealed.taken()
    await agree(sealed.desk, sealed.counsellor, talk, WORD, Heard.MET)
    assert await sealed.versions("quiet_words", "word_sealed") == [2]
    await sealed.text("blåbärspaj")
    assert theirs(await sealed.see(talk))[-1].quiet_word
    house, bodil = await sealed.stranger()
    await give_reason(house, bodil, talk, Reason.COLLEAGUE)
    stranger = await see_conversation(house, bodil, talk, opening=False)
    known = agreed(stranger)
    assert known is not None
    assert (known.sealed, known.given_at) == (True, None)
    assert not any(it.quiet_word for it in theirs(stranger))
    with pytest.raises(BadInput):
        await agree(sealed.house, sealed.counsellor, talk, "hallonpaj", Heard.MET)


async def test_nobody_finds_it(sealed: Sealed) -> None:
    await sealed.text("hej")
    talk = await sealed.taken()
    await agree(sealed.desk, sealed.counsellor, talk, WORD, Heard.MET)
    await sealed.text("här kommer blåbärspaj till dig")
    for words, found in (("blåbärspaj", 0), ("kommer", 1)):
        search = await ask(sealed.desk, sealed.counsellor, words)
        seen = await find(sealed.desk, sealed.counsellor, search)
        assert len(seen.found) == found
        assert "blåbär" not in repr(seen.found)


async def test_a_deletion_destroys_it_also_where_notes_are_kept(world: World, post: Post) -> None:
    await closed(world)
    talk = (await stored(world)).id
    async with world.house.db.write() as tx:
        contact = (await stored(world)).contact_id
        await quiet_words.agree(
            tx, contact, talk, "blabarspaj", how="met",
            member_id=world.counsellor.id, now=world.clock.now(),
        )  # fmt: skip
        marked = update(tables.conversations).values(marks=["under_18"])
        await tx.conn.execute(marked)
    await world.text("RADERA")
    await world.text("RADERA JA")
    await to_the_end(world, post)
    assert await world.count("quiet_words") == 0


@pytest.mark.parametrize(
    ("word", "problem"),
    [("", "short"), ("paj", "short"), ("a b c d", "short"), ("..... !", "short"),
     ("x" * 41, "long"), ("en röd liten stuga", "long"), ("Hejsan", "known")],
)  # fmt: skip
async def test_a_word_that_proves_nothing_is_refused(world: World, word: str, problem: str) -> None:
    await world.text("hejsan")
    talk = await world.taken()
    with pytest.raises(BadInput) as stopped:
        await agree(world.house, world.counsellor, talk, word, Heard.MET)
    assert (stopped.value.field, stopped.value.problem) == ("word", problem)
    assert agreed(await world.see(talk)) is None


async def test_only_who_has_it_agrees_and_forgets_and_both_are_logged(world: World) -> None:
    talk = await begun(world)
    other = await world.hired(world.house, "Bo")
    with pytest.raises(NotYours):
        await agree(world.house, other, talk, WORD, Heard.MET)
    await agree(world.house, world.counsellor, talk, WORD, Heard.MET)
    with pytest.raises(NotYours):
        await forget_word(world.house, other, talk)
    for _ in range(2):
        await forget_word(world.house, world.counsellor, talk)
    assert agreed(await world.see(talk)) is None
    a = audit_tables.audit.c
    async with world.house.db.read() as tx:
        query = select(a.detail).where(a.act == "safe_contact").order_by(a.number)
        found = list((await tx.conn.execute(query)).scalars())
    assert found == ["word_agreed", "word_forgotten"]


async def test_a_new_word_takes_the_place_of_the_old(world: World) -> None:
    talk = await begun(world)
    await agree(world.house, world.counsellor, talk, WORD, Heard.MET)
    await agree(world.house, world.counsellor, talk, "gröna dörren", Heard.CALL)
    await world.text("blåbärspaj")
    await world.text("gröna dörren")
    assert [it.quiet_word for it in theirs(await world.see(talk))] == [False, False, True]


async def test_after_ninety_days_of_silence_it_is_gone(world: World) -> None:
    talk = await begun(world)
    await agree(world.house, world.counsellor, talk, WORD, Heard.MET)
    world.clock.advance(seconds=REUSE.total_seconds() + 1)
    await retire_numbers(world.house)
    assert await world.count("quiet_words") == 0


async def test_it_is_gone_too_where_they_write_before_that_came_round(world: World) -> None:
    talk = await begun(world)
    await agree(world.house, world.counsellor, talk, WORD, Heard.MET)
    world.clock.advance(seconds=REUSE.total_seconds() + 1)
    await world.text("blåbärspaj")
    assert await world.count("quiet_words") == 0
    pages = [await world.see(row.id) for row in (await world.queue()).waiting]
    assert not any(it.quiet_word for page in pages for it in theirs(page))


async def test_what_was_agreed_before_there_was_a_team_is_sealed_to_it(world: World) -> None:
    talk = await begun(world)
    await agree(world.house, world.counsellor, talk, WORD, Heard.MET)
    sealed = await Sealed.of(world)
    for _ in range(100):
        while await reseal(world.house, UUID(int=1)):
            pass
        async with world.house.db.read() as tx:
            if await resealing.done_at(tx):
                break
        world.clock.advance(minutes=1)
    assert await sealed.versions("quiet_words", "word_sealed") == [2]
    await world.text("blåbärspaj")
    assert theirs(await sealed.see(talk))[-1].quiet_word
