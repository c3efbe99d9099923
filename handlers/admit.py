"""A reader lets a colleague in, after they have compared six words by voice."""

from uuid import UUID

from domain.member import Member
from domain.six_words import six_words
from handlers.errors import BadInput, KeyChanged, NotFound
from handlers.house import House
from handlers.keys_held import team_key, team_key_alone
from handlers.proof import Guarded, Proof, proved_by, still_opens
from storage import admitted, given_roles, rotas, team_news
from storage.admitted import Key, Known
from storage.database import Tx

FIELD = "admit_passphrase"


async def admit(house: House, member: Member, whom: UUID, words: str, proof: Proof) -> None:
    """Seal the team's private half to them. Twice is fine.

    Whoever is let in reads for ever, so whoever lets them in proves who they are; a passkey's
    answer counts for this colleague alone. `words`: what the reader's page showed, so that what was
    compared is what is sealed to. Raises NotAdmitted, NotAllowed, NotFound, KeyChanged, Busy,
    TooManyAttempts, or BadInput (admit_passphrase: not_it; passkey).
    """
    async with house.db.read() as tx:  # a proof is spent on nobody who cannot be let in
        if await _who_waits(tx, await team_key(tx, member), whom, words) is None:
            return
    entered = await proved_by(house, member, proof, Guarded.ADMIT, whom)
    if entered is None:
        raise BadInput(FIELD, "not_it")
    now = house.now()
    async with house.db.write() as tx:
        key = await team_key_alone(tx, member)
        if not await still_opens(tx, entered):
            raise BadInput(FIELD, "not_it")
        known = await _who_waits(tx, key, whom, words)
        if known is None:
            return
        await admitted.admit(tx, key, known, member.id, now)
        await rotas.touch_all(tx)
        await team_news.tell(tx, team_news.ADMITTED, whom, member.id, now)


async def _who_waits(tx: Tx, key: Key, whom: UUID, words: str) -> Known | None:
    """None: they read already."""
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
        return None
    return known
