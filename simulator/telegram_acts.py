"""What people do with Telegram on their phones: write, press, edit, send other things, block."""

import secrets
from datetime import timedelta
from typing import Any

from simulator import telegram_shapes
from simulator.telegram import Telegram
from simulator.telegram_book import Person, Post, now
from simulator.telegram_others import CONTENT
from simulator.telegram_updates import Pending

_GROUP, _SUPERGROUP = -4_000_000_001, -1_001_234_567_890


class NotThere(Exception):
    """The message, button or person of an act does not exist."""


def met(telegram: Telegram, person: Person) -> Person:
    """They open the chat and write; where they had blocked the bot, they unblock it first."""
    if person.chat in telegram.faults.blocked:
        block(telegram, person, blocked=False)
    telegram.chats.meet(person)
    return person


def write(telegram: Telegram, person: Person, text: str) -> tuple[Post, Pending | None]:
    """A text, or a command such as "/start CODE"."""
    return _post(telegram, met(telegram, person), text=text)


def send_other(telegram: Telegram, person: Person, kind: str) -> tuple[Post, Pending | None]:
    """Something that is not a text. Raises NotThere for a kind that nobody made up."""
    if kind not in CONTENT:
        raise NotThere(f"no kind {kind!r}; there are {', '.join(CONTENT)}")
    content = CONTENT[kind](person)
    return _post(telegram, met(telegram, person), text="", kind=kind, content=content)


def _post(telegram: Telegram, person: Person, **fields: Any) -> tuple[Post, Pending | None]:
    post = telegram.chats.add(Post(chat=person.chat, direction="inbound", created=now(), **fields))
    telegram.counts["inbound"] += 1
    told = telegram_shapes.message(post, person, telegram.bot_id)
    pending = telegram.tell("message", told, person.chat)
    if pending is not None:
        pending.done.add_done_callback(lambda _: _taken(telegram, post))
    return post, pending


def _taken(telegram: Telegram, post: Post) -> None:
    here = telegram.chats.get(post.chat, post.message_id)
    if here is not None:
        telegram.chats.change(here, taken=True)


def edit(telegram: Telegram, chat: int, message_id: int, text: str) -> tuple[Post, Pending | None]:
    """Other words in a text of one's own. Raises NotThere."""
    person, post = _find(telegram, chat, message_id)
    if post.direction != "inbound" or post.deleted or post.kind != "text":
        raise NotThere("this message cannot be edited")
    post = telegram.chats.change(post, text=text, edited=now(), reworded=True)
    told = telegram_shapes.message(post, person, telegram.bot_id)
    return post, telegram.tell("edited_message", told, chat)


def press(
    telegram: Telegram,
    chat: int,
    message_id: int,
    *,
    data: str | None = None,
    label: str | None = None,
) -> tuple[str, Pending | None]:
    """Press a button by what it says or by its data; the number of the press, and the update.

    Data need not belong to a button that is still there: old clients press those too. Raises
    NotThere.
    """
    person, post = _find(telegram, chat, message_id)
    if data is None:
        button = post.button(label=label or "")
        if button is None or button.data is None:
            raise NotThere(f"no button {label!r} under this message")
        data = button.data
    query = str(secrets.randbits(62))
    telegram.queries[query] = (chat, message_id)
    if len(telegram.queries) > telegram.config.cap:
        del telegram.queries[next(iter(telegram.queries))]
    told = {
        "id": query,
        "from": telegram_shapes.user(person),
        "message": telegram_shapes.message(post, person, telegram.bot_id),
        "chat_instance": str(chat * 31),
        "data": data,
    }
    telegram.chats.change(post, pressed=(*post.pressed, data))
    telegram.counts["presses"] += 1
    return query, telegram.tell("callback_query", told, chat)


def _find(telegram: Telegram, chat: int, message_id: int) -> tuple[Person, Post]:
    person, post = telegram.chats.person(chat), telegram.chats.get(chat, message_id)
    if person is None or post is None:
        raise NotThere("no such message in this chat")
    return person, post


def block(telegram: Telegram, person: Person, *, blocked: bool) -> Pending | None:
    """Block the bot, or let it write again; None where that changes nothing."""
    if blocked == (person.chat in telegram.faults.blocked):
        return None
    change = telegram.faults.blocked.add if blocked else telegram.faults.blocked.discard
    change(person.chat)
    telegram.chats.meet(person)
    telegram.chats.touch()
    told = {
        "chat": telegram_shapes.private_chat(person),
        "from": telegram_shapes.user(person),
        "date": int(now().timestamp()),
        "old_chat_member": _member(telegram, "member" if blocked else "kicked"),
        "new_chat_member": _member(telegram, "kicked" if blocked else "member"),
    }
    return telegram.tell("my_chat_member", told, person.chat)


def _member(telegram: Telegram, status: str) -> dict[str, Any]:
    until = {"until_date": 0} if status == "kicked" else {}
    return {"user": telegram_shapes.bot(telegram.bot_id), "status": status} | until


def write_elsewhere(telegram: Telegram, kind: str, person: Person, text: str) -> Pending | None:
    """A text in a group or channel where the bot is. Raises NotThere for other kinds."""
    chats = {"group": _GROUP, "supergroup": _SUPERGROUP, "channel": _SUPERGROUP - 1}
    if kind not in chats:
        raise NotThere(f"kind is one of {', '.join(chats)}")
    chat = {"id": chats[kind], "type": kind, "title": f"A {kind}"}
    told = {
        "message_id": secrets.randbelow(2**30) + 1,
        "chat": chat,
        "date": int(now().timestamp()),
        "text": text,
    }
    if kind == "channel":
        return telegram.tell("channel_post", told | {"sender_chat": chat}, chats[kind])
    return telegram.tell("message", told | {"from": telegram_shapes.user(person)}, chats[kind])


def grow_older(telegram: Telegram, chat: int, message_id: int, by: timedelta) -> Post:
    """As though the message had been written that much earlier. Raises NotThere."""
    _, post = _find(telegram, chat, message_id)
    return telegram.chats.change(post, created=post.created - by)
