"""Can this sender be answered? Everybody else is shown to staff, but never answered."""

import re

from domain.message import Channel

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_PRIVATE_CHAT = re.compile(r"[1-9][0-9]{0,18}")
"""Telegram's private chats have positive ids, groups and channels negative ones; 64 bits."""


def is_answerable(channel: Channel, address: str) -> bool:
    """True for a telephone number in E.164, and for a private chat of Telegram's."""
    form = _PRIVATE_CHAT if channel is Channel.TELEGRAM else _E164
    return form.fullmatch(address) is not None
