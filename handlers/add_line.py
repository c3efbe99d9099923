"""A line is added: the number on the card, its languages and its script."""

import phonenumbers

from handlers.errors import BadInput
from handlers.house import House
from storage import lines
from storage.lines import Line


async def add_line(
    house: House,
    address: str,
    name: str,
    languages: tuple[str, ...],
    script: str,
    *,
    provider_stops: bool = False,
) -> None:
    """Raises BadInput: which of number, name, languages or script, and why."""
    number = _number(address)
    if not name.strip():
        raise BadInput("name", "empty")
    found = house.scripts.find(script)
    if found is None:
        raise BadInput("script", "unknown")
    if not languages or not set(languages) <= set(found.languages):
        raise BadInput("languages", "not_in_script")
    async with house.db.write() as tx:
        added = await lines.add(
            tx, number, name.strip(), languages, script, provider_stops, house.now()
        )
    if not added:
        raise BadInput("number", "taken")


def _number(address: str) -> str:
    try:
        parsed = phonenumbers.parse(address, None)
    except phonenumbers.NumberParseException as error:
        raise BadInput("number", "not_e164") from error
    if not phonenumbers.is_possible_number(parsed):
        raise BadInput("number", "not_e164")
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


async def all_lines(house: House) -> list[Line]:
    """Every line, the first added first."""
    async with house.db.read() as tx:
        return await lines.every(tx)
