"""How does somebody add a passkey, and sign in with it?

A script of ours talks to the browser and fills in a form; the form is sent like any other.
"""

from starlette.responses import JSONResponse, Response

from handlers.errors import BadInput, Busy, NeedsPassphrase, TooManyAttempts
from handlers.passkey_answers import Answer
from handlers.passkeys import (
    enrol,
    enrol_options,
    enter,
    enter_options,
)
from staff.account_page import PATH, not_changed, shown
from staff.browsers import browser_of
from staff.forms import Form
from staff.locked import CARRIED, form_page
from staff.proofs import party, proof_of
from staff.serve import to, when_again
from staff.sign_in_pages import come_in
from staff.troubles import explain
from staff.visit import SignedIn, Visit


async def do_enrol_options(visit: SignedIn, form: Form) -> Response:
    """What the browser is asked to make."""
    del form
    return JSONResponse(await enrol_options(visit.house, visit.member, party(visit), visit.secret))


async def do_enrol(visit: SignedIn, form: Form) -> Response:
    """What the browser made, with a name and the passphrase of whoever adds it."""
    try:
        alone = await enrol(
            visit.house,
            visit.member,
            party(visit),
            visit.secret,
            _answer(form),
            form.text("passkey_name"),
            proof_of(visit, form, "old"),
        )
    except (BadInput, Busy, TooManyAttempts) as error:
        return when_again(await shown(visit, not_changed(visit, error)), error)
    return to(f"{PATH}?added={'alone' if alone else 'beside'}")


async def do_enter_options(visit: Visit, form: Form) -> Response:
    """What the browser is asked to sign."""
    del form
    return JSONResponse(enter_options(visit.house, party(visit), visit.secret))


async def do_enter(visit: Visit, form: Form) -> Response:
    """Signed in, or the form again; for a passkey that opens no key it asks for the passphrase."""
    try:
        token, name = await enter(
            visit.house, party(visit), visit.secret, _answer(form), browser_of(visit.request)
        )
    except (BadInput, NeedsPassphrase) as error:
        trouble = explain(error, visit.words, visit.times)
        name = error.name if isinstance(error, NeedsPassphrase) else ""
        return form_page(visit, name, form.text(CARRIED), trouble)
    return await come_in(visit, form, token, name)


def _answer(form: Form) -> Answer:
    return Answer(form.text("credential"), form.text("prf"))
