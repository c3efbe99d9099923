"""A conversation that waits, and everybody who may come to the desk."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select

from domain.member import Member, Role
from handlers.seen import Said
from handlers.take import take
from storage import tables
from tests.browser.serving import Visitor, serving
from tests.world import World

TEXT = "en hemlig text <script>alert(1)</script>"
POSTS = (
    "take", "reply", "draft", "note", "hours", "gate", "release", "transfer", "close",
    "messages/{message}/resend", "messages/{message}/redact", "template",
    "messages/{message}/pictures/0/show",
    "messages/{message}/noted", "shown", "plan", "plans/{message}/withdraw",
    "take-up", "followed-up",
    "help", "join", "aside", "take-over", "told", "hand-over", "block",
)  # fmt: skip


@dataclass
class Scene:
    """A conversation that waits, Alva and Elis, an administrator and a stranger."""

    world: World
    base: str
    talk: UUID
    elis_member: Member
    alva: Visitor
    elis: Visitor
    admin: Visitor
    stranger: Visitor

    @property
    def path(self) -> str:
        return f"/conversations/{self.talk}"

    async def said(self) -> list[Said]:
        return [i for i in (await self.world.see(self.talk)).thread if isinstance(i, Said)]

    async def replies(self) -> list[str | None]:
        return [said.body for said in await self.said() if said.author == "counsellor"]

    async def openings(self) -> int:
        async with self.world.house.db.read() as tx:
            query = select(func.count()).select_from(tables.openings)
            return int((await tx.conn.execute(query)).scalar_one())

    async def posts(self) -> list[str]:
        message = (await self.said())[0].id
        return [f"{self.path}/{post}".replace("{message}", str(message)) for post in POSTS]

    async def taken(self) -> None:
        await take(self.world.house, self.world.counsellor, self.talk)


@asynccontextmanager
async def scene_of(world: World) -> AsyncIterator[Scene]:
    await world.text(TEXT)
    await world.text("1")
    house, elis = world.house, await World.hired(world.house, "Elis")
    admin = await World.hired(house, "Noor", Role.ADMIN)
    async with serving(house) as base:
        people = [
            await Visitor.of(house, base, member)
            for member in (world.counsellor, elis, admin, None)
        ]
        yield Scene(world, base, await world.only(), elis, *people)
        for visitor in people:
            await visitor.http.aclose()
