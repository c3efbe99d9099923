"""A line is added: the number on the card, its languages and its script."""

import re

import phonenumbers

from handlers.errors import BadInput
from handlers.house import House
from storage import lines
from storage.lines import Line

_CONTENT_SID = re.compile(r"HX[0-9a-fA-F]{32}")
"""https://www.twilio.com/docs/content/content-api-resources"""


async def add_line(
    house: House,
    address: str,
    name: str,
    languages: tuple[str, ...],
    script: str,
    *,
    provider_stops: bool = False,
    media_refused: bool = False,
    whatsapp_template: str | None = None,
) -> None:
    """Raises BadInput: which of number, name, languages, script or template, and why."""
    number = number_of(address)
    if not name.strip():
        raise BadInput("name", "empty")
    found = house.scripts.find(script)
    if found is None:
        raise BadInput("script", "unknown")
    if not languages or not set(languages) <= set(found.languages):
        raise BadInput("languages", "not_in_script")
    template = checked_template(whatsapp_template or "") or None
    async with house.db.write() as tx:
        added = await lines.add(
            tx,
            number,
            name.strip(),
            languages,
            script,
            provider_stops,
            house.now(),
            media_refused,
            template,
        )
    if not added:
        raise BadInput("number", "taken")


def number_of(address: str) -> str:
    """The number in E.164. Raises BadInput (number: not_e164)."""
    try:
        parsed = phonenumbers.parse(address, None)
    except phonenumbers.NumberParseException as error:
        raise BadInput("number", "not_e164") from error
    if not phonenumbers.is_possible_number(parsed):
        raise BadInput("number", "not_e164")
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def checked_template(template: str) -> str:
    """A ContentSid, or nothing. Raises BadInput (template: not_content_sid)."""
    if template and not _CONTENT_SID.fullmatch(template):
        raise BadInput("template", "not_content_sid")
    return template


async def all_lines(house: House) -> list[Line]:
    """Every line, the first added first."""
    async with house.db.read() as tx:
        return await lines.every(tx)
