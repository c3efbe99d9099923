"""Passkeys: added by whoever is signed in, signed in with, taken away.

The authenticator's PRF output (WebAuthn level 3, 10.1.4), mixed with the server's pepper, opens the
member's key. One that has none only says who somebody is; the passphrase then opens the key.
"""

import json
from uuid import UUID

import webauthn
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from domain.member import Member
from handlers import passkey_answers as answers
from handlers.challenges import asked_at, ends_at, new_challenge, spend
from handlers.errors import BadInput, NeedsPassphrase, NotFound
from handlers.house import House
from handlers.passkey_answers import Answer, Party
from handlers.proof import Guarded, Proof, proved_by, still_opens
from handlers.sign_in import new_session
from storage import audit, member_keys, members, sessions
from storage.member_keys import Counted, Wrap

ENROL, ENTER = "enrol", "enter"
MOST = 20
"""Passkeys of one member."""

LONGEST_NAME = 60


async def enrol_options(
    house: House, member: Member, party: Party, secret: str
) -> dict[str, object]:
    """What the browser's `navigator.credentials.create` is asked."""
    async with house.db.read() as tx:
        known = await member_keys.passkeys(tx, member.id)
    options = webauthn.generate_registration_options(
        rp_id=party.host,
        rp_name="Utväg",
        user_id=member.id.bytes,
        user_name=member.name,
        challenge=new_challenge(house, ENROL, secret),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[
            PublicKeyCredentialDescriptor(id=wrap.credential.id)
            for wrap in known
            if wrap.credential
        ],
    )
    return answers.with_prf(json.loads(webauthn.options_to_json(options)))


def enter_options(house: House, party: Party, secret: str) -> dict[str, object]:
    """What the browser's `navigator.credentials.get` is asked, before anybody is named."""
    options = webauthn.generate_authentication_options(
        rp_id=party.host,
        challenge=new_challenge(house, ENTER, secret),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return answers.with_prf(json.loads(webauthn.options_to_json(options)))


async def enrol(
    house: House,
    member: Member,
    party: Party,
    secret: str,
    answer: Answer,
    name: str,
    proof: Proof,
) -> bool:
    """A passkey more, by its name; whether it opens their key by itself.

    Whoever adds one proves who they are: an open page will not do. One that opens nothing is only
    for somebody with a passphrase. Raises BadInput, Busy or TooManyAttempts.
    """
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME:
        raise BadInput("passkey_name", "empty" if not name else "too_long")
    challenge = answers.challenge_of(answer)
    ends = ends_at(house, ENROL, secret, challenge)
    if ends is None:
        raise BadInput("passkey", "late")
    made = answers.registered(party, answer, challenge)
    entered = await proved_by(house, member, proof, Guarded.ADD_PASSKEY)
    if entered is None:
        raise BadInput("old", "wrong_one")
    recipe, prf = answers.new_recipe(house.db.keys), answers.prf_of(answer)
    opens = (entered.key, answers.secret_of(house.db.keys, recipe, prf)) if prf else None
    now = house.now()
    async with house.db.write() as tx:
        if not await still_opens(tx, entered):
            raise BadInput("old", "wrong_one")
        if len(await member_keys.passkeys(tx, member.id)) >= MOST:
            raise BadInput("passkey", "too_many")
        if opens is None and await member_keys.passphrase(tx, member.id) is None:
            raise BadInput("passkey", "opens_nothing")
        if not await spend(tx, challenge, ends):
            raise BadInput("passkey", "late")
        if not await member_keys.add_passkey(tx, member.id, made, name, recipe, now, opens):
            raise BadInput("passkey", "known")
        audit.note(tx, "passkey", now, member.id, member.id, "added")
    return opens is not None


async def enter(
    house: House, party: Party, secret: str, answer: Answer, browser: str = ""
) -> tuple[str, str]:
    """A new session's token, and whose it is.

    Raises BadInput, or NeedsPassphrase for a passkey that opens nothing.
    """
    challenge = answers.challenge_of(answer)
    ends = ends_at(house, ENTER, secret, challenge)
    if ends is None:
        raise BadInput("passkey", "late")
    wrap = await answers.wrap_of(house, answer)
    counted = answers.verified(party, answer, challenge, wrap)
    key = answers.opened(house.db.keys, wrap, answer)
    now, token = house.now(), ""
    async with house.db.write() as tx:
        entry = await members.at_work(tx, wrap.member_id, alone=True)
        there = await member_keys.of_credential(tx, answers.id_of(answer))
        if entry is None or there is None or _of(there) != _of(wrap):
            raise BadInput("passkey", "unknown")
        if not await spend(tx, challenge, ends):
            raise BadInput("passkey", "late")
        sound = await member_keys.count_on(tx, wrap.id, counted, asked_at(ends), now)
        if sound is not Counted.SOUND:
            audit.note(tx, "passkey", now, entry.id, entry.id, sound)
        if sound is Counted.SOUND and key is not None:
            if wrap.recipe.pepper != tx.keys.pepper:
                new = answers.new_recipe(tx.keys)
                again = answers.secret_of(tx.keys, new, answers.prf_of(answer))
                await member_keys.wrap_again(tx, wrap, key, new, again)
            token = await new_session(house, tx, entry.member, key, browser)
    # Raised after the commit: an answer that was given is spent.
    if sound is not Counted.SOUND:
        raise BadInput("passkey", sound)
    if not token:
        raise NeedsPassphrase(entry.name)
    return token, entry.name


def _of(wrap: Wrap) -> tuple[UUID, int | None]:
    """Which passkey, and which pair it opens: a device that was lost may have replaced both."""
    return wrap.id, wrap.generation


async def remove_passkey(
    house: House, member: Member, wrap_id: UUID, token: str, proof: Proof
) -> None:
    """It lets nobody in any more, and every other session of theirs ends.

    A session alone takes nobody's way in. Raises NotFound, Busy, TooManyAttempts, or BadInput for a
    wrong proof (old: wrong_one) and for the last way to their key.
    """
    entered = await proved_by(house, member, proof, Guarded.REMOVE_PASSKEY, wrap_id)
    if entered is None:
        raise BadInput("old", "wrong_one")
    async with house.db.write() as tx:
        if not await still_opens(tx, entered):
            raise BadInput("old", "wrong_one")
        if all(wrap.id == wrap_id for wrap in await member_keys.opening(tx, member.id)):
            raise BadInput("passkey", "last")
        if not await member_keys.remove_passkey(tx, member.id, wrap_id):
            raise NotFound
        await sessions.end_all(tx, member.id, but=token)
        audit.note(tx, "passkey", house.now(), member.id, member.id, "removed")
