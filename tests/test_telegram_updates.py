"""What people do on Telegram, taken in by webhook and by polling alike."""

from typing import Any

import pytest
from aiogram.types import Update

from domain.gate import Gate
from domain.message import Channel, Media
from domain.priority import Tier
from handlers.add_line import add_line, all_lines
from handlers.seen import Said
from tests.clock import Clock
from tests.telegram_ground import ANNA, BO
from tests.telegram_line import Phone

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

KINDS = sorted(name for name in Update.model_fields if name != "update_id")
"""Every kind of update that aiogram knows."""

PERSON = {"id": ANNA, "is_bot": False, "first_name": "Anna", "language_code": "en"}
PRIVATE = {"id": ANNA, "type": "private", "first_name": "Anna"}
DATE = int(Clock().now().timestamp())


def message(number: int = 900, **more: Any) -> dict[str, Any]:
    """As aiogram's own types write it."""
    plain = {"message_id": number, "date": DATE, "chat": PRIVATE, "from": PERSON, "text": "hej"}
    return plain | more


async def media(phone: Phone) -> list[Media]:
    thread = (await phone.world.see()).thread
    return [one for said in thread if isinstance(said, Said) for one in said.media]


async def test_the_first_words_are_answered_by_the_machine_with_buttons(phone: Phone) -> None:
    await phone.say("hej")
    (row,) = (await phone.world.queue()).waiting
    assert (row.channel, row.language, row.tier) == (Channel.TELEGRAM, "sv", Tier.P3)
    (greeting,) = await phone.seen()
    assert [[b["text"] for b in r] for r in greeting["buttons"]] == [["Ja", "Nej"]]
    assert greeting["protect_content"]
    assert greeting["link_preview_disabled"]


async def test_start_begins_as_any_text_does_in_the_telephones_language(phone: Phone) -> None:
    await phone.raw(message=message(text="/start"))
    await phone.step()
    (row,) = (await phone.world.queue()).waiting
    assert row.language == "en"
    assert (await phone.seen())[0]["text"].startswith("Hi, good that you wrote.")


async def test_a_cards_code_chooses_the_line_in_whatever_case_it_is_typed(phone: Phone) -> None:
    await add_line(phone.house, "+46701740606", "Card 2027", ("en",), "exit")
    _, second = await all_lines(phone.house)
    await phone.say(f"/start {second.card.upper()}")
    (row,) = (await phone.world.queue()).waiting
    assert (row.line, row.language) == ("Card 2027", "en")


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("/start hjälp mig", "hjälp mig"),
        ("/start hjalpmig", "hjalpmig"),
        ("/start@made_up_line_bot  snälla\nhjälp", "snälla\nhjälp"),
        ("/START", "/start"),
        ("/started nu", "/started nu"),
    ],
)
async def test_words_after_start_are_kept(phone: Phone, written: str, kept: str) -> None:
    await phone.say(written)
    assert await phone.world.heard() == [kept]
    assert await phone.world.said() == ["greet"]


async def test_danger_after_a_cards_code_is_danger_and_an_edit_is_read_alike(phone: Phone) -> None:
    (line,) = await all_lines(phone.house)
    number = await phone.say(f"/start {line.card} de skjuter här")
    assert (await phone.world.see()).row.tier is Tier.P1
    await phone.act("edit", message_id=number, text=f"/start {line.card} de skjuter  här")
    (said,) = [s for s in (await phone.world.see()).thread if isinstance(s, Said)][:1]
    assert [said.body, *(one.body for one in said.rewritten)] == [
        "de skjuter här",
        "de skjuter  här",
    ]


async def test_digits_and_words_answer_as_well_as_buttons_do(phone: Phone) -> None:
    for said in ("hej", "ja", "3"):
        await phone.say(said)
    assert await phone.world.said() == ["greet", "privacy", "danger", "self_harm"]


async def test_commands_may_be_written_as_telegram_writes_them(phone: Phone) -> None:
    for said in ("hej", "/help", "/stop@made_up_line_bot"):
        await phone.say(said)
    assert await phone.world.said() == ["greet", "help", "stop"]
    assert await phone.world.heard() == ["hej", "help", "stop"]


@pytest.mark.parametrize(
    ("kind", "noted"),
    [
        ("sticker", "sticker"),
        ("voice", "audio"),
        ("photo", "image"),
        ("location", "location"),
        ("contact", "contact"),
        ("document", "application"),
        ("video_note", "video"),
        ("poll", "poll"),
        ("future_kind", "unknown"),
    ],
)
async def test_what_is_no_text_is_noted_without_its_content_and_gets_only_text_once(
    phone: Phone, kind: str, noted: str
) -> None:
    await phone.act("other", kind=kind)
    await phone.step()
    assert await media(phone) == [Media(noted)]
    assert await phone.world.said() == ["greet", "only_text"]
    await phone.act("other", kind=kind)
    await phone.step()
    assert (await phone.world.said())[2:] == ["reprompt"]


async def test_only_text_is_said_after_the_questions_too_and_not_by_a_person(phone: Phone) -> None:
    for said in ("hej", "9"):
        await phone.say(said)
    for _ in range(2):
        await phone.act("other", kind="voice")
        await phone.step()
    assert await phone.world.said() == ["greet", "wait", "only_text"]
    await phone.world.taken()
    await phone.act("other", kind="photo")
    assert await media(phone) == [Media("audio"), Media("audio"), Media("image")]


async def test_words_beside_a_picture_are_words(phone: Phone) -> None:
    await phone.raw(message=message(text=None, photo=[{"file_id": "x"}], caption="de skjuter här"))
    (row,) = (await phone.world.queue()).waiting
    assert row.tier is Tier.P1
    assert await phone.world.heard() == ["de skjuter här"]


@pytest.mark.parametrize("kind", [*KINDS, "unknown_kind"])
async def test_every_kind_of_update_is_taken_and_only_people_who_write_are_heard(
    phone: Phone, kind: str
) -> None:
    alike = {"message": message(), "chat": PRIVATE, "from": PERSON, "data": "greet:1", "id": "1"}
    told = message() | alike if kind not in {"message", "edited_message"} else message()
    await phone.raw(**{kind: told})
    heard = kind in {"message", "edited_message", "callback_query"}
    assert await phone.world.count("messages") == int(heard)


@pytest.mark.parametrize("broken", [[], "x", 1, None, {}, {"message_id": "x"}, {"chat": {}}])
@pytest.mark.parametrize("kind", ["message", "edited_message", "callback_query", "my_chat_member"])
async def test_what_is_not_as_telegram_writes_it_stops_nothing(
    phone: Phone, kind: str, broken: object
) -> None:
    await phone.raw(**{kind: broken})
    await phone.raw(**{kind: message(date=None, message_id=None)})
    await phone.text("hej")
    assert await phone.world.heard() == ["hej"]


@pytest.mark.parametrize("kind", ["group", "supergroup", "channel"])
async def test_groups_and_channels_are_left_alone(phone: Phone, kind: str) -> None:
    await phone.act("group", kind=kind, text="de skjuter här")
    assert await phone.world.count("contacts") == 0


async def test_a_press_and_a_membership_in_a_group_are_left_alone(phone: Phone) -> None:
    group = {"id": -5, "type": "group", "title": "G"}
    inside = message(chat=group)
    await phone.raw(
        callback_query={
            "id": "1", "from": PERSON, "chat_instance": "", "message": inside, "data": "greet:1",
        }
    )  # fmt: skip
    member = {"status": "member", "user": PERSON | {"is_bot": True}}
    changed = {"chat": group, "from": PERSON, "date": DATE}
    await phone.raw(my_chat_member=changed | {"old_chat_member": member, "new_chat_member": member})
    assert await phone.world.count("contacts") == 0
    assert await phone.seen() == []


@pytest.mark.parametrize(
    "more",
    [
        {"from": PERSON | {"is_bot": True}},
        {"from": PERSON | {"id": BO}},
        {"text": None, "pinned_message": {}},
        {"text": None, "write_access_allowed": {}},
    ],
)
async def test_other_bots_and_what_nobody_wrote_are_left_alone(
    phone: Phone, more: dict[str, Any]
) -> None:
    told = {name: value for name, value in message(**more).items() if value is not None}
    await phone.raw(message=told)
    assert await phone.world.count("contacts") == 0


async def test_a_formatted_message_is_its_words(phone: Phone) -> None:
    blocks = [{"type": "paragraph", "text": ["de ", {"type": "bold", "text": "skjuter här"}]}]
    told = {n: v for n, v in message(rich_message={"blocks": blocks}).items() if n != "text"}
    await phone.raw(message=told)
    (row,) = (await phone.world.queue()).waiting
    assert row.tier is Tier.P1


async def test_half_characters_and_zeros_do_not_keep_a_text_out(phone: Phone) -> None:
    await phone.telegram.updates.take(
        {"update_id": 5000, "message": message(text="hej \ud83d\x00 du")}
    )
    assert await phone.world.heard() == ["hej ? du"]


async def test_the_same_update_and_the_same_message_twice_count_once(phone: Phone) -> None:
    telling = message()
    await phone.raw(update_id=5001, message=telling)
    await phone.raw(update_id=5001, message=telling)
    await phone.raw(update_id=5002, message=telling)
    await phone.raw(update_id=5003, message=telling | {"chat": PRIVATE | {"id": BO},
                                                       "from": PERSON | {"id": BO}})  # fmt: skip
    assert await phone.world.count("messages") == 2


async def test_late_ones_out_of_order_are_all_taken(phone: Phone) -> None:
    for number in (904, 901, 903, 902):
        await phone.raw(update_id=5000 + number, message=message(number, text=f"ord {number}"))
    assert await phone.world.count("messages") == 4


async def test_what_telegram_kept_for_long_is_for_people_and_no_machine_answers(
    phone: Phone,
) -> None:
    long_ago = int(phone.world.clock.now().timestamp()) - 20 * 60
    await phone.raw(message=message(text="han hotar mig", date=long_ago))
    await phone.step()
    (said,) = [s for s in (await phone.world.see()).thread if isinstance(s, Said)]
    assert (said.caught_up, int(said.at.timestamp())) == (True, long_ago)
    assert await phone.seen() == []


async def test_ids_have_sixty_four_bits(phone: Phone) -> None:
    chat = 2**62 + 1
    who = {"chat": PRIVATE | {"id": chat}, "from": PERSON | {"id": chat}}
    await phone.raw(message=message(2**31 + 7, **who))
    (row,) = (await phone.world.queue()).waiting
    assert "not_answerable" not in row.marks


async def test_blocking_is_shown_and_nothing_leaves_until_they_write(phone: Phone) -> None:
    await phone.say("hej")
    await phone.act("block", blocked=True)
    talk = await phone.world.see()
    assert str(talk.row.opt_out) == "blocked"
    assert [h.kind for h in talk.thread if hasattr(h, "kind")] == ["blocked"]
    await phone.act("block", blocked=False)
    assert str((await phone.world.see()).row.opt_out) == "none"
    await phone.act("block", blocked=True)
    await phone.say("hej igen")
    assert str((await phone.world.see()).row.opt_out) == "none"


async def test_a_stop_stays_a_stop_when_a_block_is_taken_back(phone: Phone) -> None:
    for said in ("hej", "STOPP"):
        await phone.say(said)
    await phone.act("block", blocked=True)
    await phone.act("block", blocked=False)
    assert str((await phone.world.see()).row.opt_out) == "own"


async def test_whoever_blocks_without_having_written_is_not_kept(phone: Phone) -> None:
    await phone.act("block", blocked=True)
    assert await phone.world.count("contacts") == 0


async def test_not_safe_by_button_closes_the_gate(phone: Phone) -> None:
    await phone.say("hej")
    await phone.press("Nej")
    await phone.step()
    assert (await phone.world.see()).row.gate is Gate.CLOSED
    assert await phone.world.said() == ["greet", "not_safe"]
