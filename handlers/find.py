"""Find a conversation by what was said in it or by an alias, within what one may read.

Texts are sealed: they are opened one by one, the newest first, within bounds. Never by a number.
Whose words are shown has been opened, and that is logged (lag 2001:454); the search is kept too.
A conversation that is neither theirs nor waiting is looked through once a reason was given: until
then nothing says whether the words stand there.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from domain import search
from domain.access import Act
from domain.member import Member
from domain.search import Finder, Search
from handlers.desk import must
from handlers.errors import BadInput, NotFound
from handlers.house import House
from handlers.may_open import all_open, grounds
from handlers.naming import name
from handlers.quiet_word import hidden
from handlers.see_queue import row
from handlers.seen_found import Found, Passage
from handlers.seen_found import Search as Seen
from storage import (
    aliases,
    conflicts,
    conversations,
    lines,
    members,
    openings,
    queue,
    quiet_words,
    searches,
)
from storage.database import Tx
from storage.searches import LAST, Text

MOST_TEXTS = 20_000
"""Texts that one search opens at most."""

LONGEST = timedelta(seconds=2)
"""How long one search takes at most."""

MOST_TALKS = 10_000
"""Conversations that one search looks through at most, the newest."""

MOST_FOUND = 30
"""Conversations that one search shows at most."""

EACH = 3
"""Passages shown of one conversation."""

STEP = 200
"""Texts opened at a time; others are served between."""

KEPT = timedelta(hours=12)
"""For which a search's own page shows it again."""


async def ask(house: House, member: Member, words: str) -> UUID:
    """Keep the search; its page is found by the id. Raises BadInput or NotAllowed."""
    must(member, Act.READ)
    plain = " ".join(words.replace("\x00", "").split())
    wrong = search.problem(plain)
    if wrong:
        raise BadInput("words", wrong)
    async with house.db.write() as tx:
        return await searches.keep(tx, member.id, plain, house.now())


async def find(house: House, member: Member, search_id: UUID) -> Seen:
    """What this member's own search finds now. Raises NotFound or NotAllowed."""
    must(member, Act.READ)
    now = house.now()
    async with house.db.read() as tx:
        words = await searches.kept(tx, search_id, member.id, now - KEPT)
        if words is None:
            raise NotFound
        asked = search.read(words)
        looked = _Looked(await _called(tx, asked))
        if asked.words:
            await _choose(tx, member, looked, now)
    if looked.within:
        await _look(house, Finder(asked.words), looked, now + LONGEST)
    return await _shown(house, member, words, looked, now)


@dataclass
class _Looked:
    """What was found so far, in the order in which it was: first what has the alias."""

    found: list[UUID]
    within: Collection[UUID] = ()
    """What is looked through."""
    left_out: int = 0
    passages: dict[UUID, list[Passage]] = field(default_factory=dict)
    texts: int = 0
    whole: bool = True
    sealed: bool = False

    def __post_init__(self) -> None:
        """What is found now is called by the alias: that shows nothing of what was written."""
        self.named = frozenset(self.found)

    @property
    def full(self) -> bool:
        """No more is shown."""
        return len(self.found) >= MOST_FOUND

    def add(self, text: Text, passage: Passage) -> None:
        """One more place."""
        if text.conversation_id not in self.found:
            self.found.append(text.conversation_id)
        theirs = self.passages.setdefault(text.conversation_id, [])
        if len(theirs) < EACH:
            theirs.append(passage)


async def _called(tx: Tx, asked: Search) -> list[UUID]:
    if asked.alias is None:
        return []
    contacts = await aliases.called(tx, *asked.alias)
    theirs = await conversations.of_contacts(tx, contacts[:MOST_FOUND], lock=False)
    return [theirs[contact].id for contact in contacts if contact in theirs]


async def _choose(tx: Tx, member: Member, looked: _Looked, now: datetime) -> None:
    """Texts of others are neither fetched nor opened."""
    theirs = sorted(await all_open(tx, member, now), reverse=True)
    kept = await conflicts.kept_from(tx, member.id)
    looked.within = theirs[:MOST_TALKS]
    looked.whole = len(theirs) <= MOST_TALKS
    looked.left_out = max(0, await searches.how_many(tx) - len(kept) - len(theirs))


async def _look(house: House, finder: Finder, looked: _Looked, until: datetime) -> None:
    for source in (searches.said_before, searches.edited_before, searches.noted_before):
        await _through(house, source, finder, looked, until)


Source = Callable[[Tx, Collection[UUID], UUID, int], Awaitable[list[Text]]]


async def _through(
    house: House, source: Source, finder: Finder, looked: _Looked, until: datetime
) -> None:
    before = LAST
    while True:
        if looked.full or looked.texts >= MOST_TEXTS or house.now() >= until:
            looked.whole = False
            return
        async with house.db.read() as tx:
            texts = await _unsaid(tx, await source(tx, looked.within, before, STEP))
        for text in texts:
            looked.sealed |= text.sealed
            place = finder.find(text.body)
            if place is not None and not looked.full:
                looked.add(text, Passage(text.place, text.at, place, note=text.note))
        looked.texts += len(texts)
        if len(texts) < STEP:
            return
        before = texts[-1].id
        await asyncio.sleep(0)


async def _unsaid(tx: Tx, texts: list[Text]) -> list[Text]:
    """Without the quiet words, which nobody finds and nobody reads."""
    known = await quiet_words.of_conversations(tx, {text.conversation_id for text in texts})
    return [
        replace(text, body=hidden(text.body, word.word))
        if text.body and (word := known.get(text.conversation_id)) and word.word
        else text
        for text in texts
    ]


async def _shown(house: House, member: Member, words: str, looked: _Looked, now: datetime) -> Seen:
    await name(house, looked.found)
    async with house.db.write() as tx:
        standing = {s.conversation.id: s for s in await queue.of_conversations(tx, looked.found)}
        kept = await conflicts.kept_from(tx, member.id)
        open_to = await grounds(tx, member, standing.values(), now)
        for talk in looked.passages.keys() & open_to.keys():
            await openings.log(tx, talk, member.id, now, open_to[talk])
    async with house.db.read() as tx:
        names = {entry.id: entry.name for entry in await members.every(tx)}
        cards = {line.id: line.name for line in await lines.every(tx)}
    return Seen(
        words=words,
        found=tuple(
            Found(
                row(standing[talk], names, cards, now, house.pace),
                standing[talk].conversation.closed_at,
                tuple(looked.passages.get(talk, ())) if talk in open_to else (),
                asks=talk not in open_to,
            )
            for talk in looked.found
            if talk in standing and (talk in open_to or talk in looked.named - kept)
        ),
        whole=looked.whole,
        sealed=looked.sealed,
        through=len(looked.within),
        left_out=looked.left_out,
    )
