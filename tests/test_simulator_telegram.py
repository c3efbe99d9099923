"""The fake Telegram over real HTTP, spoken to by aiogram's own client, which polls."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from aiogram import Bot
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramConflictError,
    TelegramForbiddenError,
    TelegramUnauthorizedError,
)
from aiogram.types import (
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    Message,
)

from tests.telegram_ground import ANNA, BO, Ground, client, simulator


@pytest.fixture(scope="module")
def served() -> Iterator[Ground]:
    with simulator() as ground:
        yield ground


@pytest.fixture
def ground(served: Ground) -> Iterator[Ground]:
    yield served
    served.reset()
    served.call("deleteWebhook")
    served.call("getUpdates", allowed_updates=[])


@pytest.fixture
async def bot(ground: Ground) -> AsyncIterator[Bot]:
    async with client(ground.base) as made:
        yield made


def choices(*pairs: tuple[str, str]) -> InlineKeyboardMarkup:
    rows = [[InlineKeyboardButton(text=text, callback_data=data)] for text, data in pairs]
    return InlineKeyboardMarkup(inline_keyboard=rows)


async def test_the_bot_may_write_at_once_to_somebody_who_wrote_before_this_run() -> None:
    with simulator(telegram_met=(BO,)) as ground:
        async with client(ground.base) as bot:
            assert (await bot.send_message(BO, "hej igen")).chat.id == BO
            with pytest.raises(TelegramBadRequest, match="chat not found"):
                await bot.send_message(ANNA, "hej")


async def said(ground: Ground, **told: Any) -> Any:
    return await asyncio.to_thread(ground.act, **told)


async def test_a_text_is_polled_answered_and_confirmed(ground: Ground, bot: Bot) -> None:
    me = await bot.get_me()
    assert (me.id, me.is_bot) == (7_100_000_001, True)
    sent = ground.text("/start CARD26", language_code="sv", username="made_up_name")
    [update] = await bot.get_updates()
    assert update.update_id == sent["update_id"]
    message = update.message
    assert message is not None and message.from_user is not None
    assert (message.text, message.chat.id, message.chat.type) == ("/start CARD26", ANNA, "private")
    assert (message.from_user.language_code, message.from_user.username) == ("sv", "made_up_name")
    assert message.message_id == sent["message_id"]
    answer = await bot.send_message(
        ANNA,
        "Hej, bra att du skrev.",
        protect_content=True,
        link_preview_options=LinkPreviewOptions(is_disabled=True),
        reply_markup=choices(("Ja", "gate:1"), ("Nej", "gate:2")),
    )
    assert isinstance(answer, Message)
    assert answer.message_id == message.message_id + 1
    assert answer.has_protected_content is True
    assert await bot.get_updates(offset=update.update_id) == [update]
    assert await bot.get_updates(offset=update.update_id + 1) == []
    assert await bot.get_updates() == []
    [shown] = ground.messages(chat=ANNA, direction="outbound")
    assert shown["protect_content"] and shown["link_preview_disabled"]
    assert shown["buttons"] == [
        [{"text": "Ja", "callback_data": "gate:1"}],
        [{"text": "Nej", "callback_data": "gate:2"}],
    ]


async def test_a_press_comes_with_its_message_and_is_answered(ground: Ground, bot: Bot) -> None:
    ground.text("hej")
    asked = await bot.send_message(ANNA, "Är det säkert?", reply_markup=choices(("Ja", "gate:1")))
    ground.act("press", chat=ANNA, message_id=asked.message_id, label="Ja")
    update = (await bot.get_updates())[-1]
    query = update.callback_query
    assert isinstance(query, CallbackQuery) and isinstance(query.message, Message)
    assert (query.data, query.from_user.id) == ("gate:1", ANNA)
    assert query.message.message_id == asked.message_id
    assert query.message.reply_markup == asked.reply_markup
    assert await bot.answer_callback_query(query.id, text="Tack") is True
    with pytest.raises(TelegramBadRequest, match="query is too old"):
        await bot.answer_callback_query("1")
    await bot.edit_message_reply_markup(chat_id=ANNA, message_id=asked.message_id)
    [shown] = ground.messages(chat=ANNA, direction="outbound")
    assert (shown["pressed"], shown["answers"], shown["buttons"]) == (["gate:1"], ["Tack"], [])
    assert shown["edited"] is True


async def test_an_old_client_presses_a_button_that_is_gone(ground: Ground, bot: Bot) -> None:
    ground.text("hej")
    asked = await bot.send_message(ANNA, "?", reply_markup=choices(("Ja", "1")))
    changed = await bot.edit_message_text("Svarat", chat_id=ANNA, message_id=asked.message_id)
    assert isinstance(changed, Message) and changed.text == "Svarat"
    told: dict[str, Any] = {"chat": ANNA, "message_id": asked.message_id}
    ground.act("press", (404,), **told, label="Ja")
    ground.act("press", **told, data="1")
    await bot.delete_message(ANNA, asked.message_id)
    ground.act("press", **told, data="1")
    *_, first, second = await bot.get_updates()
    assert first.callback_query is not None and second.callback_query is not None
    assert isinstance(first.callback_query.message, Message)
    assert second.callback_query.message is not None
    assert second.callback_query.message.date == 0


async def test_numbers_count_up_in_each_chat_and_over_all_updates(ground: Ground, bot: Bot) -> None:
    sent = [ground.text("1"), ground.text("2", chat=BO), ground.text("3")]
    assert sent[2]["message_id"] == sent[0]["message_id"] + 1
    assert [each["update_id"] - sent[0]["update_id"] for each in sent] == [0, 1, 2]
    answer = await bot.send_message(BO, "hej")
    assert answer.message_id == sent[1]["message_id"] + 1


@pytest.mark.parametrize(
    "kind",
    ["sticker", "voice", "photo", "location", "contact", "document", "video_note", "poll"],
)
async def test_what_is_no_text_comes_as_telegram_sends_it(
    ground: Ground, bot: Bot, kind: str
) -> None:
    ground.act("other", chat=ANNA, kind=kind)
    [update] = await bot.get_updates()
    assert update.message is not None and update.message.text is None
    assert update.message.content_type == kind
    assert not update.message.model_extra


async def test_a_kind_of_the_future_is_a_message_with_nothing_known_in_it(
    ground: Ground, bot: Bot
) -> None:
    ground.act("other", chat=ANNA, kind="future_kind")
    ground.act("raw", update={"hologram": {"chat": {"id": ANNA}, "depth": 3}})
    message, raw = await bot.get_updates()
    assert message.message is not None and message.message.content_type == "unknown"
    assert raw.model_extra == {"hologram": {"chat": {"id": ANNA}, "depth": 3}}
    ground.act("other", (404,), chat=ANNA, kind="no such kind")


async def test_an_edit_a_block_and_a_group_are_told(ground: Ground, bot: Bot) -> None:
    sent = ground.text("hej")
    ground.act("edit", chat=ANNA, message_id=sent["message_id"], text="hej igen")
    ground.act("block", chat=ANNA, blocked=True)
    assert ground.act("block", chat=ANNA, blocked=True)["update_id"] is None
    ground.act("block", chat=ANNA, blocked=False)
    for kind in ("group", "supergroup", "channel"):
        ground.act("group", kind=kind, text="hej alla")
    _, edited, blocked, back, group, supergroup, channel = await bot.get_updates()
    assert edited.edited_message is not None and edited.edited_message.edit_date
    assert edited.edited_message.text == "hej igen"
    assert blocked.my_chat_member is not None and back.my_chat_member is not None
    assert blocked.my_chat_member.new_chat_member.status == "kicked"
    assert back.my_chat_member.new_chat_member.status == "member"
    assert group.message is not None and group.message.chat.type == "group"
    assert supergroup.message is not None and supergroup.message.chat.id < -(2**31)
    assert channel.channel_post is not None and channel.channel_post.from_user is None


async def test_a_bot_writes_only_to_who_wrote_and_does_not_block_it(
    ground: Ground, bot: Bot
) -> None:
    with pytest.raises(TelegramBadRequest, match="chat not found"):
        await bot.send_message(7_000_000_099, "hej")
    ground.text("hej")
    ground.act("block", chat=ANNA)
    with pytest.raises(TelegramForbiddenError, match="bot was blocked by the user"):
        await bot.send_message(ANNA, "hej")
    ground.text("jag är tillbaka")
    await bot.send_message(ANNA, "hej")
    kinds = [update.event_type for update in await bot.get_updates()]
    assert kinds == ["message", "my_chat_member", "my_chat_member", "message"]


async def test_what_telegram_refuses_is_refused_in_its_words(ground: Ground, bot: Bot) -> None:
    ground.text("hej")
    for text, words in (("", "message text is empty"), ("a" * 4097, "message is too long")):
        with pytest.raises(TelegramBadRequest, match=words):
            await bot.send_message(ANNA, text)
    await bot.send_message(ANNA, "a" * 4096)
    with pytest.raises(TelegramBadRequest, match="BUTTON_DATA_INVALID"):
        await bot.send_message(ANNA, "?", reply_markup=choices(("Ja", "å" * 33)))
    asked = await bot.send_message(ANNA, "?", reply_markup=choices(("Ja", "å" * 32)))
    with pytest.raises(TelegramBadRequest, match="message is not modified"):
        await bot.edit_message_text(
            "?", chat_id=ANNA, message_id=asked.message_id, reply_markup=asked.reply_markup
        )
    with pytest.raises(TelegramBadRequest, match="message to edit not found"):
        await bot.edit_message_text("?", chat_id=ANNA, message_id=asked.message_id + 1)
    async with client(ground.base, "7100000001:wrong") as stranger:
        with pytest.raises(TelegramUnauthorizedError):
            await stranger.get_me()
    unknown = ground.call("makeCoffee")
    assert unknown.status_code == 404
    assert unknown.json()["ok"] is False and unknown.json()["error_code"] == 404


async def test_a_message_is_deleted_within_48_hours_and_not_after(ground: Ground, bot: Bot) -> None:
    mine = ground.text("hej")["message_id"]
    young, old = await bot.send_message(ANNA, "1"), await bot.send_message(ANNA, "2")
    ground.act("age", chat=ANNA, message_id=old.message_id, seconds=48 * 3600 + 60)
    ground.act("age", chat=ANNA, message_id=young.message_id, seconds=48 * 3600 - 60)
    assert await bot.delete_message(ANNA, mine)
    assert await bot.delete_message(ANNA, young.message_id)
    with pytest.raises(TelegramBadRequest, match="can't be deleted"):
        await bot.delete_message(ANNA, old.message_id)
    with pytest.raises(TelegramBadRequest, match="not found"):
        await bot.delete_message(ANNA, young.message_id)
    assert [each["deleted"] for each in ground.messages(chat=ANNA)] == [True, True, False]


async def test_a_poll_waits_for_news(ground: Ground, bot: Bot) -> None:
    polling = asyncio.create_task(bot.get_updates(timeout=30, request_timeout=60))
    await asyncio.sleep(0.2)
    assert not polling.done()
    sent = await said(ground, what="text", chat=ANNA, text="hej")
    [update] = await polling
    waiting = asyncio.create_task(said(ground, what="text", chat=ANNA, text="2", wait=20))
    await asyncio.sleep(0.2)
    assert not waiting.done()
    [second] = await bot.get_updates(offset=sent["update_id"] + 1, timeout=20)
    await bot.get_updates(offset=second.update_id + 1)
    assert (await waiting)["delivered"]["how"] == "polling"
    assert update.update_id == sent["update_id"]


async def test_a_second_poller_ends_the_first_ones_request(ground: Ground, bot: Bot) -> None:
    first = asyncio.create_task(bot.get_updates(timeout=30, request_timeout=60))
    await asyncio.to_thread(ground.until_polled)
    async with client(ground.base) as other:
        second = asyncio.create_task(other.get_updates(timeout=30, request_timeout=60))
        with pytest.raises(TelegramConflictError, match="only one bot instance"):
            await first
        await said(ground, what="text", chat=ANNA, text="hej")
        assert len(await second) == 1


async def test_only_the_kinds_that_were_asked_for_are_told(ground: Ground, bot: Bot) -> None:
    await bot.get_updates(allowed_updates=["message"])
    sent = ground.text("hej")
    edited = ground.act("edit", chat=ANNA, message_id=sent["message_id"], text="hejdå")
    assert edited["update_id"] is None
    assert len(await bot.get_updates()) == 1
    await bot.get_updates(allowed_updates=[])


async def test_updates_come_in_portions_and_from_the_end(ground: Ground, bot: Bot) -> None:
    numbers = [ground.text(f"{n}")["update_id"] for n in range(5)]
    portion = await bot.get_updates(limit=2)
    assert [update.update_id for update in portion] == numbers[:2]
    last = await bot.get_updates(offset=-1)
    assert [update.update_id for update in last] == numbers[-1:]
    assert len(await bot.get_updates()) == 1


async def test_every_update_can_come_twice_and_late_ones_come_once(
    ground: Ground, bot: Bot
) -> None:
    ground.faults(doubled=True)
    sent = ground.text("hej")
    ids = [update.update_id for update in await bot.get_updates()]
    assert ids == [sent["update_id"]] * 2
    ground.faults()
    late = {"update_id": sent["update_id"] - 1, "hologram": {}}
    ground.act("raw", update=late)
    [update] = await bot.get_updates(offset=sent["update_id"] + 1)
    assert update.update_id == late["update_id"]
    assert await bot.get_updates(offset=sent["update_id"] + 1) == []
