"""The methods of the Bot API that a contact line needs, and what Telegram refuses.

Source: Telegram, Bot API, "Available methods", "Updating messages"; the descriptions of
errors are those of Telegram's own Bot API server.
"""

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from simulator import telegram_shapes
from simulator.telegram import Telegram
from simulator.telegram_arguments import Arguments, Refused
from simulator.telegram_book import Person, Post, now
from simulator.telegram_updates import WEBHOOK_SET, Conflict
from simulator.telegram_webhook import Hook

_LONGEST_TEXT = 4096
_LONGEST_POLL = 50
_MAY_DELETE = timedelta(hours=48)
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_WEBHOOK_ACTIVE = (
    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete"
    " the webhook first"
)

Method = Callable[[Telegram, Arguments], Awaitable[Any]]


async def get_me(telegram: Telegram, _: Arguments) -> Any:
    """The bot itself."""
    return telegram_shapes.me(telegram.bot_id)


async def get_updates(telegram: Telegram, told: Arguments) -> Any:
    """What waits, confirming what is below `offset`; one poller at a time, none with a webhook."""
    if telegram.webhook.hook.url:
        raise Refused(409, _WEBHOOK_ACTIVE)
    _allow(telegram, told)
    limit = min(max(told.integer("limit", 100), 1), 100)
    timeout = min(max(told.integer("timeout"), 0), _LONGEST_POLL)
    try:
        return await telegram.poll(told.integer("offset"), limit, timeout)
    except Conflict as ended:
        raise Refused(409, str(ended)) from ended


async def set_webhook(telegram: Telegram, told: Arguments) -> Any:
    """Deliver to an address from now on; an empty address deletes."""
    url, secret = told.text("url"), told.text("secret_token")
    if not url:
        return await delete_webhook(telegram, told)
    if not telegram.webhook.may_post_to(url):
        raise Refused(400, "Bad Request: bad webhook: the simulator posts to this machine only")
    if secret and not _SECRET.fullmatch(secret):
        raise Refused(400, "Bad Request: secret token contains unallowed characters")
    _allow(telegram, told)
    if told.flag("drop_pending_updates"):
        telegram.updates.drop()
    telegram.updates.end_poll(WEBHOOK_SET)
    connections = min(max(told.integer("max_connections", 40), 1), 100)
    telegram.webhook.set(Hook(url, secret, connections))
    return True


async def delete_webhook(telegram: Telegram, told: Arguments) -> Any:
    """Deliver nowhere; updates wait to be polled."""
    if told.flag("drop_pending_updates"):
        telegram.updates.drop()
    telegram.webhook.set(Hook())
    return True


async def get_webhook_info(telegram: Telegram, _: Arguments) -> Any:
    """Where updates go, how many wait and what went wrong last."""
    return telegram.webhook.info()


def _allow(telegram: Telegram, told: Arguments) -> None:
    if not told.has("allowed_updates"):
        return
    kinds = told.structure("allowed_updates") or []
    if not isinstance(kinds, list):
        raise Refused(400, "Bad Request: can't parse allowed_updates: expected an Array")
    telegram.updates.allowed = tuple(str(kind) for kind in kinds)


async def send_message(telegram: Telegram, told: Arguments) -> Any:
    """Write in a chat of somebody who wrote before and does not block the bot."""
    person = _person(telegram, told)
    text = _text(told)
    rows = told.keyboard()
    if person.chat in telegram.faults.blocked:
        raise Refused(403, "Forbidden: bot was blocked by the user")
    post = telegram.chats.add(
        Post(
            chat=person.chat,
            direction="outbound",
            text=text,
            created=now(),
            rows=rows or (),
            protect_content=told.flag("protect_content"),
            link_preview_disabled=_no_preview(told),
        )
    )
    telegram.counts["sent"] += 1
    return telegram_shapes.message(post, person, telegram.bot_id)


def _person(telegram: Telegram, told: Arguments) -> Person:
    if not told.text("chat_id"):
        raise Refused(400, "Bad Request: chat_id is empty")
    person = telegram.chats.person(told.integer("chat_id"))
    if person is None:
        raise Refused(400, "Bad Request: chat not found")
    return person


def _text(told: Arguments) -> str:
    text = told.text("text").strip()
    if not text:
        raise Refused(400, "Bad Request: message text is empty")
    if len(text) > _LONGEST_TEXT:
        raise Refused(400, "Bad Request: message is too long")
    return text


def _no_preview(told: Arguments) -> bool:
    options = told.structure("link_preview_options")
    if isinstance(options, dict):
        return bool(options.get("is_disabled"))
    return told.flag("disable_web_page_preview")


async def edit_text(telegram: Telegram, told: Arguments) -> Any:
    """Other words, and other buttons or none, in a message of the bot's own."""
    person, post = _own(telegram, told)
    text, rows = _text(told), told.keyboard() or ()
    preview = {"link_preview_disabled": _no_preview(told)}
    return _edited(telegram, person, post, text=text, rows=rows, **preview)


async def edit_buttons(telegram: Telegram, told: Arguments) -> Any:
    """Other buttons, or none, under a message of the bot's own."""
    person, post = _own(telegram, told)
    return _edited(telegram, person, post, text=post.text, rows=told.keyboard() or ())


def _own(telegram: Telegram, told: Arguments) -> tuple[Person, Post]:
    person = _person(telegram, told)
    post = telegram.chats.get(person.chat, told.integer("message_id"))
    if post is None or post.deleted:
        raise Refused(400, "Bad Request: message to edit not found")
    if post.direction != "outbound":
        raise Refused(400, "Bad Request: message can't be edited")
    return person, post


def _edited(telegram: Telegram, person: Person, post: Post, **fields: Any) -> Any:
    if (post.text, post.rows) == (fields["text"], fields["rows"]):
        raise Refused(
            400,
            "Bad Request: message is not modified: specified new message content and reply markup"
            " are exactly the same as a current content and reply markup of the message",
        )
    reworded = post.reworded or fields["text"] != post.text
    changed = telegram.chats.change(post, edited=now(), reworded=reworded, **fields)
    return telegram_shapes.message(changed, person, telegram.bot_id)


async def delete_message(telegram: Telegram, told: Arguments) -> Any:
    """Take a message, the person's or the bot's, off both sides; not after 48 hours."""
    person = _person(telegram, told)
    post = telegram.chats.get(person.chat, told.integer("message_id"))
    if post is None or post.deleted:
        raise Refused(400, "Bad Request: message to delete not found")
    if now() - post.created > _MAY_DELETE:
        raise Refused(400, "Bad Request: message can't be deleted for everyone")
    telegram.chats.change(post, deleted=True)
    return True


async def delete_messages(telegram: Telegram, told: Arguments) -> Any:
    """Take up to 100 messages away; those that are not there, or too old, are passed over."""
    person, numbers = _person(telegram, told), told.structure("message_ids")
    if not isinstance(numbers, list) or not 1 <= len(numbers) <= 100:
        raise Refused(400, "Bad Request: message identifiers are not specified")
    for number in numbers:
        post = telegram.chats.get(person.chat, int(number))
        if post is not None and now() - post.created <= _MAY_DELETE:
            telegram.chats.change(post, deleted=True)
    return True


async def answer_press(telegram: Telegram, told: Arguments) -> Any:
    """Tell a person's phone that the press has arrived."""
    pressed = telegram.queries.get(told.text("callback_query_id"))
    if pressed is None or telegram.faults.take("query-too-old", chat=pressed[0]):
        raise Refused(
            400,
            "Bad Request: query is too old and response timeout expired or query ID is invalid",
        )
    if len(told.text("text")) > 200:
        raise Refused(400, "Bad Request: MESSAGE_TOO_LONG")
    post = telegram.chats.get(*pressed)
    if post is not None:
        telegram.chats.change(post, answers=(*post.answers, told.text("text")))
    return True


async def send_action(telegram: Telegram, told: Arguments) -> Any:
    """ "Is typing": nothing is shown for it here."""
    _person(telegram, told)
    return True


METHODS: dict[str, Method] = {
    "getme": get_me,
    "getupdates": get_updates,
    "setwebhook": set_webhook,
    "deletewebhook": delete_webhook,
    "getwebhookinfo": get_webhook_info,
    "sendmessage": send_message,
    "editmessagetext": edit_text,
    "editmessagereplymarkup": edit_buttons,
    "deletemessage": delete_message,
    "deletemessages": delete_messages,
    "answercallbackquery": answer_press,
    "sendchataction": send_action,
}
"""By name in small letters: Telegram does not mind how a method's name is written."""
