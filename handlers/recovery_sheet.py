"""The recovery sheet: made and shown once, confirmed by two of its groups, used by its groups."""

import secrets
from dataclasses import dataclass, field
from uuid import UUID

from domain import sheet_code
from domain.access import Act
from domain.member import Member
from domain.sheet_code import Mistyped
from handlers.desk import must
from handlers.errors import BadInput, NotAdmitted, NotFound, SheetMistyped, SheetSpent
from handlers.house import House
from handlers.keys_held import team_key_alone
from handlers.proof import Guarded, Proof, proved_by, still_opens
from storage import admitted, audit, rotas, rotation, sheets, team, team_news
from storage.admitted import Key
from storage.database import Tx
from storage.encryption import SealBroken
from storage.pairs import Pair, new_pair, pair_of


@dataclass(frozen=True)
class NewSheet:
    """What is printed, and nowhere else."""

    id: UUID
    groups: tuple[str, ...] = field(repr=False)
    asked_back: tuple[int, int]
    """Which two groups are typed back, counted from 1."""


FIELD = "sheet_passphrase"


async def make_sheet(house: House, member: Member, proof: Proof) -> NewSheet:
    """A new one; the one before it holds until this one is confirmed.

    Whoever makes one proves who they are: a sheet opens everything for as long as it lies
    somewhere, a page that was left open does not. Raises NotAdmitted, NotAllowed, Busy,
    TooManyAttempts, or BadInput (sheet_passphrase: not_it).
    """
    must(member, Act.TEAM)
    entered = await proved_by(house, member, proof, Guarded.MAKE_SHEET)
    if entered is None:
        raise BadInput(FIELD, "not_it")
    now, pair = house.now(), new_pair()
    groups = sheet_code.written(pair.private)
    one, other = sorted(secrets.SystemRandom().sample(range(1, sheet_code.GROUPS + 1), 2))
    async with house.db.write() as tx:
        key = await team_key_alone(tx, member)
        if not await still_opens(tx, entered):
            raise BadInput(FIELD, "not_it")
        check = f"{one}:{groups[one - 1]}", f"{other}:{groups[other - 1]}"
        made = await sheets.add(tx, pair.public, key, check, member.id, now)
        audit.note(tx, "keys", now, member.id, member.id, "sheet_drawn")
    return NewSheet(made, groups, (one, other))


async def asked_back(house: House, member: Member, sheet_id: UUID) -> tuple[int, int]:
    """Which two groups are typed back. Raises NotFound or NotAdmitted."""
    async with house.db.write() as tx:
        await team_key_alone(tx, member)
        one, other = await _asked_back(tx, sheet_id)
    return one[0], other[0]


async def _asked_back(tx: Tx, sheet_id: UUID) -> tuple[tuple[int, str], tuple[int, str]]:
    found = [s for s in await sheets.every(tx) if s.id == sheet_id and s.holds]
    said = sheets.asked_back(tx, found[0]) if found else None
    if said is None:
        raise NotFound
    (one, first), (other, second) = (each.split(":") for each in said)
    return (int(one), first), (int(other), second)


async def confirm_sheet(house: House, member: Member, sheet_id: UUID, typed: str) -> None:
    """It is on paper: the one before it holds no more, and every reader is told.

    `typed`: two groups. Raises SheetMistyped, NotAdmitted, or NotFound, also where somebody has
    written over it meanwhile: the paper would open nothing, and the one before it still does.
    """
    now = house.now()
    async with house.db.write() as tx:
        key = await team_key_alone(tx, member)
        asked = await _asked_back(tx, sheet_id)
        if not any(
            s.id == sheet_id and sheets.is_valid(tx, key, s) for s in await sheets.every(tx)
        ):
            raise NotFound
        given = sheet_code.split(typed)
        given += [""] * (2 - len(given))
        wrong = [n for (n, group), said in zip(asked, given, strict=False) if said != group]
        if wrong or len(given) > 2:
            raise SheetMistyped(tuple(wrong) or (asked[0][0], asked[1][0]))
        if not await sheets.confirm(tx, sheet_id, now):
            raise NotFound
        await team_news.tell(tx, team_news.SHEET_MADE, member.id, member.id, now)


async def use_sheet(house: House, member: Member, typed: str) -> None:
    """The team's key is sealed to whoever types the sheet, and replaced: the paper is spent.

    Every reader is told, and a new sheet is due. Raises SheetMistyped, SheetSpent, BadInput
    (sheet: unknown), NotAdmitted for whoever has no pair, or NotAllowed.
    """
    must(member, Act.TEAM)
    paper = _pair(typed)
    now = house.now()
    async with house.db.write() as tx:
        await team.hold(tx)
        key = await _opened(tx, paper)
        known = await admitted.known(tx, member.id)
        held = tx.reader.member if tx.reader else None
        if known is None or not known.may_be_admitted or held is None:
            raise NotAdmitted
        if known.public != held.pair.public or known.role is not member.role:
            raise NotAdmitted
        sheet = await sheets.of_public(tx, paper.public)
        if sheet is None or not await sheets.use(tx, sheet.id, member.id, now):
            raise BadInput("sheet", "unknown")
        await admitted.admit(tx, key, known, member.id, now)
        await team_news.tell(tx, team_news.SHEET_USED, member.id, member.id, now)
        await rotation.rotate(tx, key, member.id, now)
        await rotas.touch_all(tx)


def _pair(typed: str) -> Pair:
    try:
        return pair_of(sheet_code.read(typed))
    except Mistyped as error:
        raise SheetMistyped(error.groups) from error


async def _opened(tx: Tx, paper: Pair) -> Key:
    sheet = await sheets.of_public(tx, paper.public)
    now = await team.current(tx)
    if sheet is None or now is None:
        raise BadInput("sheet", "unknown")
    if sheet.used_at is not None:
        raise SheetSpent(sheet.used_at, used=True)
    if sheet.replaced_at is not None:
        raise SheetSpent(sheet.replaced_at, used=False)
    try:
        pair = pair_of(sheets.opened(paper, sheet))
    except SealBroken:
        raise BadInput("sheet", "unknown") from None
    if pair.public != now.public or sheet.generation != now.generation:
        raise BadInput("sheet", "unknown")
    return Key(now.generation, pair)
