"""How does a page of somebody signed in prove that it is them? By a passphrase, or by a passkey.

Who has both chooses; a passkey's answer is brought in the form by a script of ours.
"""

from uuid import UUID

from starlette.responses import JSONResponse, Response

from handlers.errors import NotFound
from handlers.passkey_answers import Answer, Party
from handlers.proof import Guarded, Proof, Signed, means_of, prove_options
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
    """What `proof.html` and those beside it need."""
    means = await means_of(visit.house, visit.member)
    return {
        "has_passphrase": means.passphrase,
        "has_passkey": means.passkey,
        "passkey_host": visit.desk.settings.host,
    }


async def do_prove_options(visit: SignedIn, form: Form) -> Response:
    """What the browser is asked to sign, for one deed. Raises BadInput (deed: unknown), or NotFound
    for a passkey that is none."""
    deed, about = form.choice("deed", Guarded), _which(form.text("about"))
    theirs = await prove_options(visit.house, visit.member, party(visit), visit.secret, deed, about)
    return JSONResponse(theirs)


def _which(said: str) -> UUID | None:
    try:
        return UUID(said) if said else None
    except ValueError:
        raise NotFound from None
