"""How does a page of somebody signed in prove that it is them? By a passphrase, or by a passkey.

Who has removed the passphrase is asked for a passkey, which a script of ours brings in the form.
"""

from starlette.responses import JSONResponse, Response

from handlers.passkey_answers import Answer, Party
from handlers.proof import Proof, Signed, has_passphrase, prove_options
from staff.forms import Form
from staff.visit import SignedIn, Visit

ANSWER = "proof"


def party(visit: Visit) -> Party:
    """Who asks a passkey."""
    return Party(visit.desk.settings.host, visit.desk.settings.origin)


def proof_of(visit: SignedIn, form: Form, passphrase: str) -> Proof:
    """What the form brings; `passphrase`: the name of the field with one."""
    signed = form.text(ANSWER)
    if not signed:
        return form.text(passphrase)
    return Signed(party(visit), visit.secret, Answer(signed, form.text(f"{ANSWER}_prf")))


async def asked(visit: SignedIn) -> dict[str, object]:
    """What `proof.html` needs."""
    return {
        "has_passphrase": await has_passphrase(visit.house, visit.member),
        "passkey_host": visit.desk.settings.host,
    }


async def do_prove_options(visit: SignedIn, form: Form) -> Response:
    """What the browser is asked to sign."""
    del form
    theirs = await prove_options(visit.house, visit.member, party(visit), visit.secret)
    return JSONResponse(theirs)
