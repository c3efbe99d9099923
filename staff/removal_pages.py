"""How does somebody take away what lets them in? A page says what follows, and asks for a proof."""

from dataclasses import dataclass

from starlette.responses import Response

from handlers.account import remove_passphrase, see_account
from handlers.errors import BadInput, Busy, NotFound, TooManyAttempts
from handlers.passkeys import remove_passkey
from handlers.proof import Guarded
from handlers.see_queue import beside
from staff.account_page import PATH, not_changed
from staff.forms import Form
from staff.proofs import asked, proof_of
from staff.render import render
from staff.serve import id_in_path, to, when_again
from staff.troubles import Trouble
from staff.visit import SignedIn

PASSPHRASE = f"{PATH}/passphrase/remove"
PASSKEY = f"{PATH}/passkeys/{{id}}/remove"
REMOVED = f"{PATH}?removed=1"


@dataclass(frozen=True)
class Removal:
    """What is asked about."""

    deed: Guarded
    about: str
    """Which passkey; empty for the passphrase."""
    address: str
    title: str
    kept: str | None
    """Why it stays, where it does."""


async def passphrase_page(visit: SignedIn) -> Response:
    """Whether to do without it. Raises NotFound."""
    return await _shown(visit, await _passphrase(visit))


async def do_remove_passphrase(visit: SignedIn, form: Form) -> Response:
    """Passkeys alone from now on; every other session ends. Raises NotFound."""
    proof = proof_of(visit, form, "old")
    try:
        await remove_passphrase(visit.house, visit.member, visit.secret, proof)
    except (BadInput, Busy, TooManyAttempts) as error:
        trouble = not_changed(visit, error)
        return when_again(await _shown(visit, await _passphrase(visit), trouble), error)
    return to(REMOVED)


async def passkey_page(visit: SignedIn) -> Response:
    """Whether to take this one away. Raises NotFound."""
    return await _shown(visit, await _passkey(visit))


async def do_remove_passkey(visit: SignedIn, form: Form) -> Response:
    """It lets nobody in any more; every other session ends. Raises NotFound."""
    asked_about = await _passkey(visit)
    proof = proof_of(visit, form, "old")
    try:
        await remove_passkey(visit.house, visit.member, id_in_path(visit), visit.secret, proof)
    except (BadInput, Busy, TooManyAttempts) as error:
        trouble = not_changed(visit, error)
        return when_again(await _shown(visit, asked_about, trouble), error)
    return to(REMOVED)


async def _passphrase(visit: SignedIn) -> Removal:
    account = await see_account(visit.house, visit.member)
    if not account.has_passphrase:
        raise NotFound
    kept = None if account.may_go_without else visit.words.say("field.passkey_two_first")
    title = visit.words.say("account.go_without")
    return Removal(Guarded.REMOVE_PASSPHRASE, "", PASSPHRASE, title, kept)


async def _passkey(visit: SignedIn) -> Removal:
    account, wanted = await see_account(visit.house, visit.member), id_in_path(visit)
    found = next((one for one in account.passkeys if one.id == wanted), None)
    if found is None:
        raise NotFound
    kept = visit.words.say("field.passkey_last") if account.is_last(found) else None
    title = visit.words.say("passkey.remove_one", name=found.name)
    address = PASSKEY.format(id=wanted)
    return Removal(Guarded.REMOVE_PASSKEY, str(wanted), address, title, kept)


async def _shown(visit: SignedIn, removal: Removal, trouble: Trouble | None = None) -> Response:
    values = {
        "removal": removal,
        "beside": await beside(visit.house, visit.member),
        "path": PATH,
        **await asked(visit),
    }
    return render(visit, "removal.html", values, trouble=trouble)
