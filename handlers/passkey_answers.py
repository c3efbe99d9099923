"""What an authenticator answered: read, verified, and what its PRF output opens."""

import base64
import json
import secrets
from dataclasses import dataclass
from hashlib import blake2b

import webauthn
from webauthn.helpers import base64url_to_bytes, parse_client_data_json
from webauthn.helpers.exceptions import WebAuthnException

from handlers.errors import BadInput
from handlers.house import House
from storage import member_keys
from storage.encryption import Keyring, SealBroken
from storage.member_keys import Credential, Recipe, Wrap
from storage.reading import MemberKey

LONGEST_ANSWER = 20_000
PRF_INPUT = blake2b(b"one's own key", digest_size=32, person=b"utvag passkey").digest()
"""The same for all: a passkey that says itself whose it is is not known before it is asked."""

NOT_AN_ANSWER = (WebAuthnException, ValueError, TypeError, LookupError, AttributeError)
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


def with_prf(options: dict[str, object]) -> dict[str, object]:
    """What a browser is asked, and the PRF's input beside it."""
    return options | {"prf": base64.urlsafe_b64encode(PRF_INPUT).decode().rstrip("=")}


def challenge_of(answer: Answer) -> bytes:
    """The one that was signed. Raises BadInput."""
    if len(answer.credential) > LONGEST_ANSWER:
        raise BadInput("passkey", "not_ours")
    try:
        said = json.loads(answer.credential)["response"]["clientDataJSON"]
        return parse_client_data_json(base64url_to_bytes(said)).challenge
    except (*NOT_AN_ANSWER, RecursionError) as error:
        raise BadInput("passkey", "not_ours") from error


def id_of(answer: Answer) -> bytes:
    """Which credential answered. Raises BadInput."""
    try:
        return base64url_to_bytes(json.loads(answer.credential)["rawId"])
    except NOT_AN_ANSWER as error:
        raise BadInput("passkey", "not_ours") from error


async def wrap_of(house: House, answer: Answer) -> Wrap:
    """The passkey that answered. Raises BadInput for one that is unknown or refused."""
    async with house.db.read() as tx:
        wrap = await member_keys.of_credential(tx, id_of(answer))
    if wrap is None or wrap.doubled_at is not None:
        raise BadInput("passkey", "doubled" if wrap else "unknown")
    return wrap


def registered(party: Party, answer: Answer, challenge: bytes) -> Credential:
    """What a new passkey is known by. Raises BadInput."""
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
    return Credential(made.credential_id, made.credential_public_key, made.sign_count)


def verified(party: Party, answer: Answer, challenge: bytes, wrap: Wrap) -> int:
    """Its counter; whether that goes on is looked at in the transaction that keeps it. Raises
    BadInput."""
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


def opened(keys: Keyring, wrap: Wrap, answer: Answer) -> MemberKey | None:
    """What its PRF output opens; None where it has none, or another."""
    prf = prf_of(answer)
    try:
        return wrap.opened(secret_of(keys, wrap.recipe, prf)) if prf else None
    except SealBroken:
        return None


def new_recipe(keys: Keyring) -> Recipe:
    """For a passkey: the newest pepper and a salt of its own."""
    return Recipe(keys.pepper, secrets.token_bytes(16))


def prf_of(answer: Answer) -> bytes:
    """32 bytes, or none."""
    try:
        prf = base64url_to_bytes(answer.prf) if answer.prf else b""
    except ValueError:
        return b""
    return prf if len(prf) == 32 else b""


def secret_of(keys: Keyring, recipe: Recipe, prf: bytes) -> bytes:
    """The key that a PRF output becomes. Raises SealBroken where the recipe's pepper is gone."""
    mixed = blake2b(prf, key=recipe.salt, digest_size=32, person=b"utvag passkey").digest()
    return keys.peppered(mixed, recipe.pepper)
