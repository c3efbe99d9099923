"""What may be changed about a line after its cards were printed."""

from handlers.add_line import checked_template, number_of
from handlers.errors import NotFound
from handlers.house import House
from storage import lines


async def change_line(
    house: House,
    address: str,
    *,
    media_refused: bool | None = None,
    whatsapp_template: str | None = None,
) -> None:
    """What is None stays as it is; an empty template takes the line's away.

    Raises NotFound, or BadInput: which of number or template, and why.
    """
    number = number_of(address)
    template = None if whatsapp_template is None else checked_template(whatsapp_template)
    async with house.db.write() as tx:
        changed = await lines.change_settings(
            tx, number, house.now(), media_refused=media_refused, whatsapp_template=template
        )
    if not changed:
        raise NotFound
