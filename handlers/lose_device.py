"""A member has lost a device: their pair and the team's are replaced, and they are signed in here
alone."""

from domain.access import Act
from domain.member import Member
from handlers import passkey_answers as answers
from handlers import passphrase as words
from handlers.desk import must
from handlers.errors import BadInput
from handlers.house import House
from handlers.keys_held import team_key_alone
from handlers.proof import Guarded, Proof, proved_by, still_opens
from handlers.sign_in import new_session
from storage import (
    admitted,
    audit,
    calendar_feeds,
    member_keys,
    members,
    rotation,
    sessions,
    team_news,
)
from storage.member_keys import Recipe
from storage.pairs import new_pair
from storage.reading import MemberKey

FIELD = "device_passphrase"


async def lose_device(house: House, member: Member, proof: Proof, browser: str = "") -> str:
    """A new session's token; every other one has ended, and nothing of theirs opens anything but
    what proved it: the passphrase, or the passkey of a device that they still have. The address of
    their calendar, by which it is told when they work, ends too.

    A wrong passphrase counts as one at the door: an open page is no place to guess at. Raises
    NotAdmitted, NotAllowed, Busy, TooManyAttempts, or BadInput (device_passphrase: not_it).
    """
    must(member, Act.TEAM)
    now = house.now()
    entered = await proved_by(house, member, proof, Guarded.LOSE_DEVICE)
    if entered is None:
        raise BadInput(FIELD, "not_it")
    recipe, secret = await _again(house, proof)
    async with house.db.write() as tx:
        old = await team_key_alone(tx, member)
        if not await still_opens(tx, entered):
            raise BadInput(FIELD, "not_it")
        entries = await admitted.entries(tx, old.generation)
        valid = {e.member.member_id: e for e in entries if admitted.is_valid(tx, old.pair, e)}
        key = MemberKey(member.id, entered.key.generation + 1, new_pair())
        await member_keys.keep(tx, key, now)
        if isinstance(proof, str):
            await member_keys.forget_wraps(tx, member.id)
            await member_keys.wrap_by_passphrase(tx, key, recipe, secret, now)
        else:
            await member_keys.forget_wraps(tx, member.id, but=entered.wrap_id)
            await member_keys.wrap_by_passkey(tx, entered.wrap_id, key, recipe, secret, now)
        then = [
            e for e in await admitted.entries(tx, old.generation) if e.member.member_id in valid
        ]
        await rotation.replace(tx, old, then, member.id, now)
        await sessions.end_all(tx, member.id)
        if await calendar_feeds.end(tx, member.id):
            audit.note(tx, "feed", now, member.id, member.id, "ended")
        await team_news.tell(tx, team_news.DEVICE_LOST, member.id, member.id, now)
        entry = await members.by_id(tx, member.id)
        return await new_session(house, tx, entry.member if entry else member, key, browser)


async def _again(house: House, proof: Proof) -> tuple[Recipe, bytes]:
    """How the same proof opens the new pair."""
    keys = house.db.keys
    if isinstance(proof, str):
        recipe = words.new_recipe(keys)
        with words.a_place(known=True):
            return recipe, await words.key_of(keys, proof, recipe)
    recipe = answers.new_recipe(keys)
    return recipe, answers.secret_of(keys, recipe, answers.prf_of(proof.answer))
