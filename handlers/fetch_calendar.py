"""A calendar is fetched from where it is published, so that its shifts can be read in."""

from domain.access import Act
from domain.member import Member
from handlers.desk import must
from handlers.errors import BadInput
from handlers.house import House
from senders.media import NotFetched

LONGEST = 2_000
"""Characters of an address."""


async def fetch_calendar(house: House, member: Member, address: str) -> bytes:
    """What stands there now. The address is kept nowhere: it may be a secret.

    Raises BadInput (address: empty, not_public, gone, too_large or out_of_reach), OnlyCoordinators
    or NotAllowed.
    """
    must(member, Act.WRITE_ROTA)
    address = address.strip()
    if not address:
        raise BadInput("address", "empty")
    if len(address) > LONGEST:
        raise BadInput("address", "not_public")
    if house.calendars is None:
        raise BadInput("address", "out_of_reach")
    try:
        return (await house.calendars.fetch(address)).content
    except NotFetched as error:
        raise BadInput("address", error.why) from error
