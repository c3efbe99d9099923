"""Which pages go on by another way where one cannot take them, and who has had them already?"""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import func, select

from storage.database import Tx
from storage.page_tables import pages
from storage.pages import CODE_RESTS, COLUMNS, GAPS, Kind, Page, State, read

T = pages.c

NOTICES = GAPS | {Kind.DUTY_LATE, Kind.DECIDE}
"""Told to coordinators, once each, by whatever way works."""

GO_ON = frozenset({Kind.NEEDED, Kind.WAY_LOST, *NOTICES})
"""What somebody has to hear, by whatever way. Other pages ask or answer where somebody wrote."""


async def waiting_for(tx: Tx, way_ids: Collection[UUID]) -> list[Page]:
    """Those of them that are to leave by these ways."""
    query = select(*COLUMNS).where(
        T.way_id.in_(way_ids), T.kind.in_(GO_ON), T.state == State.QUEUED
    )
    return [read(row) for row in await tx.conn.execute(query.order_by(T.id))]


async def tried(tx: Tx, page: Page) -> set[UUID]:
    """By which ways this page's code went out."""
    query = select(T.way_id).where(
        T.member_id == page.member_id, T.code == page.code, T.made_at >= page.made_at - CODE_RESTS
    )
    return {way for way in (await tx.conn.execute(query)).scalars() if way}


async def told_too(tx: Tx, page: Page, member_ids: Collection[UUID]) -> set[UUID]:
    """Of these members, those for whom a page like this one was made since it was first, however
    it fared: a notice is given to each of them once, and never to and fro."""
    of_them = T.member_id.in_({*member_ids, page.member_id}) & (T.kind == page.kind)
    since = page.made_at - CODE_RESTS
    first = select(func.min(T.made_at)).where(of_them, T.made_at >= since, T.code == page.code)
    begun = (await tx.conn.execute(first)).scalar_one() or page.made_at
    query = select(T.member_id).where(of_them, T.made_at >= begun)
    return set((await tx.conn.execute(query)).scalars())
