"""Somebody signed in proves that it is them: by the passphrase, or by a passkey that opens their
key. An open page is no proof, and what was signed for one deed is none for another.
"""

import json
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

import webauthn
from webauthn.helpers.structs import PublicKeyCredentialDescriptor, UserVerificationRequirement

from domain.member import Member
from handlers import passkey_answers as answers
from handlers import passphrase as words
from handlers.challenges import asked_at, ends_at, new_challenge, spend
from handlers.errors import BadInput
from handlers.house import House
from handlers.passkey_answers import Answer, Party
from handlers.sign_in import Entered, proved
from storage import audit, member_keys, members
from storage.database import Tx
from storage.member_keys import Counted


class Guarded(StrEnum):
    """What asks for a proof."""

    ADD_PASSKEY = "add_passkey"
    REMOVE_PASSKEY = "remove_passkey"
    CHANGE_PASSPHRASE = "change_passphrase"  # noqa: S105 - the name of a deed
    REMOVE_PASSPHRASE = "remove_passphrase"  # noqa: S105 - the name of a deed
    MAKE_SHEET = "make_sheet"
    LOSE_DEVICE = "lose_device"
    ADMIT = "admit"
    MOVE_WAY = "move_way"
    REMOVE_WAY = "remove_way"
    RENEW_FEED = "renew_feed"


@dataclass(frozen=True)
class Signed:
    """What a passkey of theirs answered, and who asked it in which browser."""

    party: Party
    secret: str = field(repr=False)
    answer: Answer = field(repr=False)


Proof = str | Signed
"""A passphrase, or a passkey's answer."""


@dataclass(frozen=True)
class Means:
    """By what somebody can prove that it is them."""

    passphrase: bool
    passkey: bool
    """One that opens their key by itself."""


async def means_of(house: House, member: Member) -> Means:
    """What is asked for. Who has both takes which they have at hand, or in mind."""
    async with house.db.read() as tx:
        ways = await member_keys.opening(tx, member.id)
    passkeys = [way for way in ways if way.credential]
    return Means(len(passkeys) < len(ways), bool(passkeys))


async def prove_options(
    house: House,
    member: Member,
    party: Party,
    secret: str,
    deed: Guarded,
    about: UUID | None = None,
) -> dict[str, object]:
    """What the browser is asked to sign, with one of theirs that opens their key.

    It counts for this deed alone; `about`: the passkey, colleague or way to which it is done.
    """
    async with house.db.read() as tx:
        known = await member_keys.passkeys(tx, member.id)
    options = webauthn.generate_authentication_options(
        rp_id=party.host,
        challenge=new_challenge(house, _kind(deed, about), secret),
        user_verification=UserVerificationRequirement.REQUIRED,
        allow_credentials=[
            PublicKeyCredentialDescriptor(id=wrap.credential.id)
            for wrap in known
            if wrap.opens and wrap.credential
        ],
    )
    return answers.with_prf(json.loads(webauthn.options_to_json(options)))


def _kind(deed: Guarded, about: UUID | None) -> str:
    return f"prove {deed} {about or ''}"


async def proved_by(
    house: House, member: Member, said: Proof, deed: Guarded, about: UUID | None = None
) -> Entered | None:
    """What it opens; None for what opens nothing of theirs.

    A wrong passphrase counts as one at the door. Raises Busy, TooManyAttempts, or BadInput for a
    passkey that is refused.
    """
    if isinstance(said, str):
        if not said and await means_of(house, member) == Means(passphrase=False, passkey=True):
            raise BadInput("passkey", "not_asked")  # the form was sent before its script was there
        with words.a_place(known=True):
            return await proved(house, member, said)
    challenge = answers.challenge_of(said.answer)
    ends = ends_at(house, _kind(deed, about), said.secret, challenge)
    if ends is None:
        raise BadInput("passkey", "late")
    wrap = await answers.wrap_of(house, said.answer)
    counted = answers.verified(said.party, said.answer, challenge, wrap)
    key, now = answers.opened(house.db.keys, wrap, said.answer), house.now()
    async with house.db.write() as tx:
        if not await _still_opens(tx, member.id, wrap.id, wrap.generation):
            raise BadInput("passkey", "unknown")
        if not await spend(tx, challenge, ends):
            raise BadInput("passkey", "late")
        sound = await member_keys.count_on(tx, wrap.id, counted, asked_at(ends), now)
        if sound is not Counted.SOUND:
            audit.note(tx, "passkey", now, member.id, member.id, sound)
    if sound is not Counted.SOUND:  # after the commit: an answer that was given is spent
        raise BadInput("passkey", sound)
    return Entered(key, wrap.id) if key else None


async def still_opens(tx: Tx, entered: Entered) -> bool:
    """Whether it lets them in as it did when it was looked at, to the same pair; nobody takes it
    away before the commit."""
    key = entered.key
    return await _still_opens(tx, key.member_id, entered.wrap_id, key.generation)


async def _still_opens(tx: Tx, member_id: UUID, wrap_id: UUID, generation: int | None) -> bool:
    if await members.at_work(tx, member_id, alone=True) is None:
        return False
    ways = await member_keys.opening(tx, member_id)
    return any((way.id, way.generation) == (wrap_id, generation) for way in ways)
