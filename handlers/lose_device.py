"""A member has lost a device: their pair and the team's are replaced, and they are signed in here
alone."""

from domain.access import Act
from domain.member import Member
from handlers import passphrase as words
from handlers.desk import must
from handlers.errors import BadInput
from handlers.house import House
from handlers.keys_held import team_key_alone
from handlers.sign_in import new_session, proved
from storage import admitted, member_keys, members, rotation, sessions, team_news
from storage.pairs import new_pair
from storage.reading import MemberKey

FIELD = "device_passphrase"


async def lose_device(house: House, member: Member, passphrase: str, browser: str = "") -> str:
    """A new session's token; every other one has ended, and no passkey of theirs opens anything.

    A wrong passphrase counts as one at the door: an open page is no place to guess at. Raises
    NotAdmitted, NotAllowed, Busy, TooManyAttempts, or BadInput (device_passphrase: not_it or none).
    """
    must(member, Act.TEAM)
    keys, now = house.db.keys, house.now()
    async with house.db.read() as tx:
        wrap = await member_keys.passphrase(tx, member.id)
    if wrap is None:
        raise BadInput(FIELD, "none")
    with words.a_place(known=True):
        entered = await proved(house, member, passphrase)
        if entered is None:
            raise BadInput(FIELD, "not_it")
        recipe = words.new_recipe(keys)
        secret = await words.key_of(keys, passphrase, recipe)
    async with house.db.write() as tx:
        old = await team_key_alone(tx, member)
        # Whoever adds a passkey holds their row: it is there by now, or will not be added.
        await members.at_work(tx, member.id, alone=True)
        there = await member_keys.passphrase(tx, member.id)
        if there is None or there.id != entered.wrap_id:
            raise BadInput(FIELD, "not_it")
        entries = await admitted.entries(tx, old.generation)
        valid = {e.member.member_id: e for e in entries if admitted.is_valid(tx, old.pair, e)}
        key = MemberKey(member.id, entered.key.generation + 1, new_pair())
        await member_keys.keep(tx, key, now)
        await member_keys.forget_wraps(tx, member.id)
        await member_keys.wrap_by_passphrase(tx, key, recipe, secret, now)
        then = [
            e for e in await admitted.entries(tx, old.generation) if e.member.member_id in valid
        ]
        await rotation.replace(tx, old, then, member.id, now)
        await sessions.end_all(tx, member.id)
        await team_news.tell(tx, team_news.DEVICE_LOST, member.id, member.id, now)
        entry = await members.by_id(tx, member.id)
        return await new_session(house, tx, entry.member if entry else member, key, browser)
