"""Open pages hear at once of what was committed, and end with the session they live by, and with
the role in which they were opened.

The number of the last event is the truth; whatever wakes this is only a hint. One reading serves
all pages of a process.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from domain.access import Role, acts_of
from handlers.house import House
from handlers.open_page import Anew, News, OpenPage, Over
from handlers.presence import RENEWED, Doing, Presence, Shown, Sign
from storage import conflicts, events, given_roles, roster, sessions
from storage.database import Tx

READ_AT_ONCE = 500
"""Events read in one look; after a longer silence any conversation may have changed."""

PAGES_OF_A_SESSION = 20

ROLES_LOOKED_AT = timedelta(seconds=20)
"""How often it is looked at which roles those at open pages were given."""

SIGNS = 20
"""Signs of one member within RENEWED; more are ignored."""


def anew(had: Role, has: Role) -> Anew | None:
    """What a page is told that was made for one role, where its member has this one."""
    return None if has is had else Anew(set(acts_of(had)) <= set(acts_of(has)))


class Live:
    """All open pages of one process."""

    def __init__(self, house: House) -> None:
        """Nobody listens yet."""
        self._house = house
        self._pages: set[OpenPage] = set()
        self._number: int | None = None
        """The last event that all pages were told of; None while it is not known."""
        self._roster: tuple[int, ...] | None = None
        self._presence = Presence()
        self._renewed_at: datetime | None = None
        self._roles_at: datetime | None = None
        self._signs: Counter[UUID] = Counter()
        self._name = uuid4().hex
        self._ended = False
        self.say: Callable[[Iterable[str]], None] = lambda _: None
        """Tells other processes, where there are any."""

    @property
    def count(self) -> int:
        """Open pages."""
        return len(self._pages)

    @property
    def house_mark(self) -> str:
        """Another one with each change that has no number, as far as was looked; "" before that.

        Keyed: no page learns a figure by trying.
        """
        if self._roster is None:
            return ""
        return self._house.db.keys.mark("device", f"house {self._roster}").hex()[:12]

    def has_room(self, token: str) -> bool:
        """Whether this session may open one more page."""
        return sum(page.token == token for page in self._pages) < PAGES_OF_A_SESSION

    @contextmanager
    def open(self, page: OpenPage) -> Iterator[None]:
        """The page hears all until the end of the block."""
        self._pages.add(page)
        if self._ended:
            page.end()
        self._sign(page, Doing.READING)
        if there := self._presence.others(page.member.id):
            page.tell_here(frozenset(there))
        try:
            yield
        finally:
            self._pages.discard(page)
            self._sign(page, Doing.AWAY)

    async def catch_up(
        self, page: OpenPage, since: int | None, house_mark: str | None = None
    ) -> None:
        """Tell an opened page what happened since the last number it saw, and since `house_mark`.

        Asked after it was opened: what is committed from then on reaches it by `look` and `watch`.
        A mark that was older than the page costs it one look at what it has.
        """
        async with self._house.db.read() as tx:
            page.kept = await conflicts.kept_from(tx, page.member.id)
            if self._roster is None:  # it changes from here on, whenever the first `watch` comes
                self._roster = await roster.mark(tx)
            newest = await events.newest(tx)
            known = since is not None and 0 <= since <= newest
            missed = await events.after(tx, since, READ_AT_ONCE) if known and since else []
        whole = known and (missed[-1][0] == newest if missed else since == newest)
        afresh = house_mark is not None and house_mark != self.house_mark
        talks = frozenset(talk for _, talk in missed) if whole else None
        page.tell(News(newest, talks, afresh))

    async def look(self) -> int:
        """Tell all pages what was committed since the last look."""
        if not self._pages:
            self._number = None
            return 0
        async with self._house.db.read() as tx:
            newest = await events.newest(tx)
            found = []
            self._keep_away(await conflicts.by_member(tx))
            if self._number is not None and newest > self._number:
                found = await events.after(tx, self._number, READ_AT_ONCE)
        if newest != self._number:
            whole = bool(found) and found[-1][0] == newest
            self._tell(News(newest, frozenset(talk for _, talk in found) if whole else None))
            self._number = newest
        return 0

    async def watch(self) -> int:
        """End pages whose sessions have ended, or whose members were given another role; tell of
        what has no number; forget who has gone."""
        tokens = {page.token for page in self._pages}
        async with self._house.db.read() as tx:
            mark = await roster.mark(tx)
            self._keep_away(await conflicts.by_member(tx))
            holding = await sessions.holding(tx, tokens, self._house.now()) if tokens else tokens
            if self._roles_are_due() or self._roster not in {None, mark}:
                await self._end_other_roles(tx)
        for page in self._pages:
            if page.token in tokens - holding:
                page.end(Over())
        if self._roster not in {None, mark}:
            self._tell(News(self._number or 0, frozenset(), afresh=True))
        self._roster = mark
        self._renew()
        self._show()
        return 0

    def end(self) -> None:
        """Close every page: the process is about to end."""
        self._ended = True
        for page in self._pages:
            page.end()

    def signal(self, sign: Sign) -> None:
        """A member's page says what it is used for; too often is ignored."""
        self._signs[sign.member] += 1
        if self._signs[sign.member] > SIGNS:
            return
        self._hear(sign)
        self._spread([sign])

    def hear(self, said: str) -> None:
        """Another process's sign; what cannot be read is nobody's."""
        name, _, written = said.partition("|")
        if name == self._name:
            return
        try:
            self._hear(Sign.read(written))
        except ValueError:
            return

    def others(self, member_id: UUID) -> Shown:
        """Who else reads which conversation."""
        return self._presence.others(member_id)

    def _keep_away(self, kept: Mapping[UUID, frozenset[UUID]]) -> None:
        for page in self._pages:
            page.kept = kept.get(page.member.id, frozenset())

    def _tell(self, news: News) -> None:
        for page in self._pages:
            page.tell(news)

    def _sign(self, page: OpenPage, doing: Doing) -> None:
        if page.opened is not None:
            sign = Sign(page.page, page.member.id, page.opened, doing)
            self._hear(sign)
            self._spread([sign])

    def _hear(self, sign: Sign) -> None:
        for page in self._pages:
            if (page.page, page.member.id) == (sign.page, sign.member):
                page.away = sign.doing is Doing.AWAY
        self._presence.hear(sign, self._house.now())
        self._show()

    def _spread(self, signs: Iterable[Sign]) -> None:
        self.say(f"{self._name}|{sign.written()}" for sign in signs)

    def _roles_are_due(self) -> bool:
        return bool(self._pages) and self._is_over(self._roles_at, ROLES_LOOKED_AT)

    async def _end_other_roles(self, tx: Tx) -> None:
        """A page shows what the role may see that was given when it was opened."""
        self._roles_at = self._house.now()
        pages = set(self._pages)
        roles = await given_roles.of_these(tx, {page.member.id for page in pages})
        for page in pages:
            if word := anew(page.member.role, roles.get(page.member.id, page.member.role)):
                page.end(word)

    def _is_over(self, since: datetime | None, so_long: timedelta) -> bool:
        past = so_long if since is None else self._house.now() - since
        return not timedelta() <= past < so_long  # below 0: the clock was set back

    def _renew(self) -> None:
        now = self._house.now()
        if not self._is_over(self._renewed_at, RENEWED):
            return
        self._renewed_at = now
        self._signs.clear()
        signs = [
            Sign(page.page, page.member.id, page.opened, Doing.READING)
            for page in self._pages
            if page.opened is not None and not page.away and page.opened not in page.kept
        ]
        for sign in signs:
            self._presence.hear(sign, now)
        self._spread(signs)

    def _show(self) -> None:
        if changed := self._presence.changed(self._house.now()):
            for page in self._pages:
                page.tell_here(frozenset(changed))
