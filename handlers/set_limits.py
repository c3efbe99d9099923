"""How much may the machine say in an hour, line by line, and how much has it said?"""

from dataclasses import dataclass
from uuid import UUID

from domain.access import Act
from domain.ceiling import MOST_EACH, MOST_SEGMENTS, USUAL, Limits, total
from domain.member import Member
from handlers.add_line import number_of
from handlers.desk import must, still_here
from handlers.errors import BadInput, NotFound
from handlers.house import House
from storage import audit, ceilings, lines
from storage.database import Tx

LEAST_SEGMENTS = 20
LEAST_EACH = 12
"""Fewer would cut off somebody who answers every question and then waits."""


@dataclass(frozen=True)
class LineLimits:
    """One line with its numbers."""

    id: UUID
    name: str
    limits: Limits
    spent: int
    """Segments of the last hour."""

    @property
    def reached(self) -> bool:
        """The next answers stay, but for those to somebody in danger."""
        return self.spent >= self.limits.segments


async def every_limit(house: House) -> tuple[LineLimits, ...]:
    """Of every line."""
    async with house.db.read() as tx:
        own, spent = await ceilings.of_lines(tx), await ceilings.spent(tx, house.now())
        return tuple(
            LineLimits(line.id, line.name, own.get(line.id, USUAL), spent.get(line.id, 0))
            for line in await lines.every(tx)
        )


async def see_limits(house: House, member: Member) -> tuple[LineLimits, ...]:
    """Of every line. Raises OnlyCoordinators."""
    must(member, Act.LIMITS)
    return await every_limit(house)


def total_of(seen: tuple[LineLimits, ...]) -> int:
    """What all lines together may send."""
    return total(line.limits for line in seen)


def total_reached(seen: tuple[LineLimits, ...]) -> bool:
    """They have."""
    return sum(line.spent for line in seen) >= total_of(seen)


async def set_limits(house: House, member: Member, line_id: UUID, wanted: Limits) -> None:
    """From the next answer on. Raises BadInput (segments or each: unknown), NotFound,
    OnlyCoordinators or NotAllowed."""
    must(member, Act.LIMITS)
    _check(wanted)
    async with house.db.write() as tx:
        await still_here(tx, member)
        if line_id not in {line.id for line in await lines.every(tx)}:
            raise NotFound
        await _write(house, tx, line_id, wanted, member.id)


async def set_limits_of(house: House, address: str, segments: int | None, each: int | None) -> None:
    """From the command line; what is None stays. Raises BadInput or NotFound."""
    number = number_of(address)
    async with house.db.write() as tx:
        line = next((one for one in await lines.every(tx) if one.address == number), None)
        if line is None:
            raise NotFound
        now = (await ceilings.of_lines(tx)).get(line.id, USUAL)
        wanted = Limits(
            now.segments if segments is None else segments, now.each if each is None else each
        )
        _check(wanted)
        await _write(house, tx, line.id, wanted)


async def _write(
    house: House, tx: Tx, line_id: UUID, wanted: Limits, by: UUID | None = None
) -> None:
    now = house.now()
    await ceilings.set_limits(tx, line_id, wanted)
    await ceilings.forget(tx, now)
    audit.note(tx, "limits", now, by, line_id, f"{wanted.segments} {wanted.each}")


def _check(wanted: Limits) -> None:
    if not LEAST_SEGMENTS <= wanted.segments <= MOST_SEGMENTS:
        raise BadInput("segments", "unknown")
    if not LEAST_EACH <= wanted.each <= MOST_EACH:
        raise BadInput("each", "unknown")
