"""Passkeys: added by whoever is signed in, signed in with, taken away.

The authenticator's PRF output (WebAuthn level 3, 10.1.4), mixed with the server's pepper, opens the
member's key. One that has none only says who somebody is; the passphrase then opens the key.
"""

import base64
import json
import secrets
from dataclasses import dataclass
from hashlib import blake2b
from uuid import UUID

import webauthn
from webauthn.helpers import base64url_to_bytes, parse_client_data_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from domain.member import Member
from handlers import passphrase as words
from handlers.challenges import ends_at, new_challenge, spend
from handlers.errors import BadInput, NeedsPassphrase, NotFound
from handlers.house import House
from handlers.sign_in import new_session, proved
from storage import audit, member_keys, members, sessions
from storage.encryption import Keyring, SealBroken
from storage.member_keys import Credential, Recipe, Wrap
from storage.reading import MemberKey

ENROL, ENTER = "enrol", "enter"
MOST = 20
"""Passkeys of one member."""

LONGEST_NAME = 60
LONGEST_ANSWER = 20_000
PRF_INPUT = blake2b(b"one's own key", digest_size=32, person=b"utvag passkey").digest()
"""The same for all: a passkey that says itself whose it is is not known before it is asked."""

NOT_AN_ANSWER = (WebAuthnException, ValueError, TypeError, KeyError, AttributeError)
"""What is raised over an answer that no authenticator made."""


@dataclass(frozen=True)
class Party:
    """Who asks: the host, and the origin of its pages."""

    host: str
    origin: str


@dataclass(frozen=True)
class Answer:
    """What a page of ours brings of an authenticator: its answer as JSON, its PRF output."""

    credential: str
    prf: str = ""


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
    return _with_prf(json.loads(webauthn.options_to_json(options)))


def enter_options(house: House, party: Party, secret: str) -> dict[str, object]:
    """What the browser's `navigator.credentials.get` is asked, before anybody is named."""
    options = webauthn.generate_authentication_options(
        rp_id=party.host,
        challenge=new_challenge(house, ENTER, secret),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return _with_prf(json.loads(webauthn.options_to_json(options)))


def _with_prf(options: dict[str, object]) -> dict[str, object]:
    return options | {"prf": base64.urlsafe_b64encode(PRF_INPUT).decode().rstrip("=")}


async def enrol(
    house: House,
    member: Member,
    party: Party,
    secret: str,
    answer: Answer,
    name: str,
    passphrase: str,
) -> None:
    """A passkey more, by its name. Whoever adds one knows the passphrase: an open page will not do.

    Raises BadInput, Busy or TooManyAttempts.
    """
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME:
        raise BadInput("passkey_name", "empty" if not name else "too_long")
    challenge = _challenge(answer)
    ends = ends_at(house, ENROL, secret, challenge)
    if ends is None:
        raise BadInput("passkey", "late")
    try:
        made = webauthn.verify_registration_response(
            credential=answer.credential,
            expected_challenge=challenge,
            expected_rp_id=party.host,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    except NOT_AN_ANSWER as error:
        raise BadInput("passkey", "not_ours") from error
    with words.a_place(known=True):
        entered = await proved(house, member, passphrase)
    if entered is None:
        raise BadInput("old", "wrong_one")
    recipe, prf = _recipe(house.db.keys), _prf(answer)
    opens = (entered.key, _secret(house.db.keys, recipe, prf)) if prf else None
    credential = Credential(made.credential_id, made.credential_public_key, made.sign_count)
    now = house.now()
    async with house.db.write() as tx:
        there = await members.at_work(tx, member.id, alone=True)
        if there is None or len(await member_keys.passkeys(tx, member.id)) >= MOST:
            raise BadInput("passkey", "too_many")
        known = await member_keys.passphrase(tx, member.id)
        if known is None or known.id != entered.wrap_id:
            raise BadInput("old", "wrong_one")
        if not await spend(tx, challenge, ends):
            raise BadInput("passkey", "late")
        if not await member_keys.add_passkey(tx, member.id, credential, name, recipe, now, opens):
            raise BadInput("passkey", "known")
        audit.note(tx, "passkey", now, member.id, member.id, "added")


async def enter(
    house: House, party: Party, secret: str, answer: Answer, browser: str = ""
) -> tuple[str, str]:
    """A new session's token, and whose it is.

    Raises BadInput, or NeedsPassphrase for a passkey that opens nothing.
    """
    challenge = _challenge(answer)
    ends = ends_at(house, ENTER, secret, challenge)
    if ends is None:
        raise BadInput("passkey", "late")
    wrap = await _wrap(house, answer)
    counted, key = _verified(party, answer, challenge, wrap), _opened(house.db.keys, wrap, answer)
    now, token = house.now(), ""
    async with house.db.write() as tx:
        entry = await members.at_work(tx, wrap.member_id, alone=True)
        there = await member_keys.of_credential(tx, _id(answer))
        if entry is None or there is None or there.id != wrap.id:
            raise BadInput("passkey", "unknown")
        if not await spend(tx, challenge, ends):
            raise BadInput("passkey", "late")
        sound = await member_keys.count_on(tx, wrap.id, counted, now)
        if not sound:
            audit.note(tx, "passkey", now, entry.id, entry.id, "doubled")
        if sound and key is not None:
            if wrap.recipe.pepper != tx.keys.pepper:
                new = _recipe(tx.keys)
                again = _secret(tx.keys, new, _prf(answer))
                await member_keys.wrap_again(tx, wrap, key, new, again)
            await member_keys.used(tx, wrap.id, now)
            token = await new_session(house, tx, entry.member, key, browser)
    # Raised after the commit: an answer that was given is spent.
    if not sound:
        raise BadInput("passkey", "doubled")
    if not token:
        raise NeedsPassphrase(entry.name)
    return token, entry.name


def _opened(keys: Keyring, wrap: Wrap, answer: Answer) -> MemberKey | None:
    prf = _prf(answer)
    try:
        return wrap.opened(_secret(keys, wrap.recipe, prf)) if prf else None
    except SealBroken:
        return None


async def remove_passkey(house: House, member: Member, wrap_id: UUID, token: str) -> None:
    """It lets nobody in any more, and every other session of theirs ends. Raises NotFound, or
    BadInput for the last way to their key."""
    async with house.db.write() as tx:
        await members.at_work(tx, member.id, alone=True)
        others = [w for w in await member_keys.passkeys(tx, member.id) if w.id != wrap_id]
        if await member_keys.passphrase(tx, member.id) is None and not any(
            wrap.wrapped for wrap in others
        ):
            raise BadInput("passkey", "last")
        if not await member_keys.remove_passkey(tx, member.id, wrap_id):
            raise NotFound
        await sessions.end_all(tx, member.id, but=token)
        audit.note(tx, "passkey", house.now(), member.id, member.id, "removed")


def _challenge(answer: Answer) -> bytes:
    """The one that was signed. Raises BadInput."""
    if len(answer.credential) > LONGEST_ANSWER:
        raise BadInput("passkey", "not_ours")
    try:
        said = json.loads(answer.credential)["response"]["clientDataJSON"]
        return parse_client_data_json(base64url_to_bytes(said)).challenge
    except (*NOT_AN_ANSWER, RecursionError) as error:
        raise BadInput("passkey", "not_ours") from error


def _id(answer: Answer) -> bytes:
    try:
        return base64url_to_bytes(json.loads(answer.credential)["rawId"])
    except NOT_AN_ANSWER as error:
        raise BadInput("passkey", "not_ours") from error


async def _wrap(house: House, answer: Answer) -> Wrap:
    async with house.db.read() as tx:
        wrap = await member_keys.of_credential(tx, _id(answer))
    if wrap is None or wrap.doubled_at is not None:
        raise BadInput("passkey", "doubled" if wrap else "unknown")
    return wrap


def _verified(party: Party, answer: Answer, challenge: bytes, wrap: Wrap) -> int:
    """Its counter; whether that goes on is looked at in the transaction that keeps it."""
    if wrap.credential is None:
        raise BadInput("passkey", "unknown")
    try:
        handle = json.loads(answer.credential)["response"].get("userHandle")
        if handle and base64url_to_bytes(handle) != wrap.member_id.bytes:
            raise BadInput("passkey", "unknown")
        return webauthn.verify_authentication_response(
            credential=answer.credential,
            expected_challenge=challenge,
            expected_rp_id=party.host,
            expected_origin=party.origin,
            credential_public_key=wrap.credential.public,
            credential_current_sign_count=0,
            require_user_verification=True,
        ).new_sign_count
    except NOT_AN_ANSWER as error:
        raise BadInput("passkey", "not_ours") from error


def _recipe(keys: Keyring) -> Recipe:
    return Recipe(keys.pepper, secrets.token_bytes(16))


def _prf(answer: Answer) -> bytes:
    """32 bytes, or none."""
    try:
        prf = base64url_to_bytes(answer.prf) if answer.prf else b""
    except ValueError:
        return b""
    return prf if len(prf) == 32 else b""


def _secret(keys: Keyring, recipe: Recipe, prf: bytes) -> bytes:
    mixed = blake2b(prf, key=recipe.salt, digest_size=32, person=b"utvag passkey").digest()
    return keys.peppered(mixed, recipe.pepper)
