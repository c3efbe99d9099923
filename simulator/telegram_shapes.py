"""Users, chats, messages and presses as Telegram's Bot API writes them.

Source: Telegram, Bot API, "Available types".
"""

from typing import Any

from simulator.telegram_book import Button, Person, Post

BOT_NAME = "Made-up line"
BOT_USERNAME = "made_up_line_bot"


def bot(bot_id: int) -> dict[str, Any]:
    """The bot as a User."""
    return {"id": bot_id, "is_bot": True, "first_name": BOT_NAME, "username": BOT_USERNAME}


def me(bot_id: int) -> dict[str, Any]:
    """What getMe gives."""
    return bot(bot_id) | {
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
    }


def user(person: Person) -> dict[str, Any]:
    """Somebody as a User; in a private chat the chat's id is the person's."""
    told: dict[str, Any] = {"id": person.chat, "is_bot": False, "first_name": person.first_name}
    if person.username:
        told["username"] = person.username
    if person.language_code:
        told["language_code"] = person.language_code
    return told


def private_chat(person: Person) -> dict[str, Any]:
    """The chat of somebody with the bot."""
    told: dict[str, Any] = {"id": person.chat, "type": "private", "first_name": person.first_name}
    return told | ({"username": person.username} if person.username else {})


def message(post: Post, person: Person, bot_id: int) -> dict[str, Any]:
    """A Message; one that is deleted cannot be shown, only named (InaccessibleMessage)."""
    named = {"message_id": post.message_id, "chat": private_chat(person)}
    if post.deleted:
        return named | {"date": 0}
    told: dict[str, Any] = named | {
        "from": user(person) if post.direction == "inbound" else bot(bot_id),
        "date": int(post.created.timestamp()),
        **post.content,
    }
    if post.kind == "text":
        told["text"] = post.text
        if post.direction == "inbound" and post.text.startswith("/"):
            length = len(post.text.split()[0])
            told["entities"] = [{"type": "bot_command", "offset": 0, "length": length}]
    if post.edited is not None:
        told["edit_date"] = int(post.edited.timestamp())
    if post.protect_content:
        told["has_protected_content"] = True
    if post.link_preview_disabled:
        told["link_preview_options"] = {"is_disabled": True}
    if post.rows:
        told["reply_markup"] = {"inline_keyboard": keyboard(post)}
    return told


def keyboard(post: Post) -> list[list[dict[str, str]]]:
    """The rows of buttons under a message."""
    return [[_button(button) for button in row] for row in post.rows]


def _button(button: Button) -> dict[str, str]:
    if button.url is not None:
        return {"text": button.text, "url": button.url}
    return {"text": button.text, "callback_data": button.data or ""}
