"""A reader lets a colleague in, after they have compared six words by voice."""

from uuid import UUID

from domain.member import Member
from domain.six_words import six_words
from handlers.errors import KeyChanged, NotFound
from handlers.house import House
from handlers.keys_held import team_key_alone
from storage import admitted, given_roles, rotas, team_news


async def admit(house: House, member: Member, whom: UUID, words: str) -> None:
    """Seal the team's private half to them. Twice is fine.

    `words`: what the reader's page showed, so that what was compared is what is sealed to. Raises
    NotAdmitted, NotAllowed, NotFound, or KeyChanged.
    """
    now = house.now()
    async with house.db.write() as tx:
        key = await team_key_alone(tx, member)
        known = await admitted.known(tx, whom)
        given = await given_roles.of_member(tx, whom)
        if known is None or not known.may_be_admitted or known.public is None:
            raise NotFound
        if given is None or not given.is_as_written:
            raise NotFound
        if words.split() != list(six_words(key.pair.public, known.public, key.generation)):
            raise KeyChanged
        entry = await admitted.of_member(tx, whom)
        if entry and entry.generation == key.generation and admitted.is_valid(tx, key.pair, entry):
            return
        await admitted.admit(tx, key, known, member.id, now)
        await rotas.touch_all(tx)
        await team_news.tell(tx, team_news.ADMITTED, whom, member.id, now)
