"""What is mine at the door? Where I am signed in, my passphrase, my passkeys."""

from dataclasses import replace

from starlette.responses import Response

from handlers.account import (
    change_passphrase,
    end_everywhere,
    end_session,
    see_account,
)
from handlers.errors import BadInput, Busy, TooManyAttempts
from handlers.generated import generated
from handlers.see_queue import beside
from staff.forms import Form
from staff.proofs import asked, proof_of
from staff.render import render
from staff.serve import id_in_path, to, when_again
from staff.sign_in_pages import left
from staff.troubles import Trouble, explain
from staff.visit import SignedIn

PATH = "/account"
_PARTS = ("title", "safe", "next")


async def account_page(visit: SignedIn) -> Response:
    """All of it."""
    return await shown(visit)


async def do_end(visit: SignedIn, form: Form) -> Response:
    """Signed out in one place; in this one, too. Raises NotFound."""
    del form
    session_id = id_in_path(visit)
    await end_session(visit.house, visit.member, session_id)
    return left(visit) if visit.held and visit.held.id == session_id else to(PATH)


async def do_end_all(visit: SignedIn, form: Form) -> Response:
    """Signed out everywhere."""
    del form
    await end_everywhere(visit.house, visit.member)
    return left(visit)


async def do_change(visit: SignedIn, form: Form) -> Response:
    """Another passphrase; every other session ends."""
    try:
        await change_passphrase(
            visit.house,
            visit.member,
            visit.secret,
            proof_of(visit, form, "old"),
            form.text("passphrase"),
            form.text("repeated"),
        )
    except (BadInput, Busy, TooManyAttempts) as error:
        return when_again(await shown(visit, not_changed(visit, error)), error)
    return to(f"{PATH}?changed=1")


def not_changed(visit: SignedIn, error: Exception) -> Trouble:
    """The words for one of troubles.KNOWN, of an account that is there and stays as it was."""
    trouble = explain(error, visit.words, visit.times)
    if not isinstance(error, BadInput):
        return trouble
    title, safe, then = (visit.words.say(f"trouble.bad_input.{part}") for part in _PARTS)
    return replace(trouble, title=title, safe=safe, next=then)


async def shown(visit: SignedIn, trouble: Trouble | None = None) -> Response:
    """The page with what went wrong."""
    values = {
        "account": await see_account(visit.house, visit.member),
        "here": visit.held.id if visit.held else None,
        "changed": visit.request.query_params.get("changed") == "1",
        "removed": visit.request.query_params.get("removed") == "1",
        "added": visit.request.query_params.get("added"),
        "offer": generated(visit.language),
        "beside": await beside(visit.house, visit.member),
        "path": PATH,
        **await asked(visit),
    }
    return render(visit, "account.html", values, trouble=trouble)
