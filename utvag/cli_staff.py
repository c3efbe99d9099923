"""`utvag staff …`: who works at the line."""

import json
from typing import Annotated

import typer

from domain.member import Role
from handlers.errors import BadInput, NotFound
from handlers.invite import all_members, invite, revoke
from handlers.pagers import add_pager
from storage.members import Entry
from utvag.cli_run import explained, in_house, refuse, settings

app = typer.Typer(help="Who works at the line.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="Unique, as colleagues will see it.")]


@app.command(name="invite")
def invite_(name: Name, role: Annotated[Role, typer.Option()] = Role.COUNSELLOR) -> None:
    """Print a link that works once, for 72 hours. Hand it over in person."""
    public = settings("public_url", "secret_key").public_url
    try:
        token = in_house(lambda house: invite(house, name, role))
    except BadInput as error:
        refuse(explained(error))
    print(f"{public}/join/{token}")


@app.command(name="list")
def list_(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Everybody, also those invited and those revoked."""
    rows = [
        {"name": e.name, "role": str(e.role), "state": _state(e)} for e in in_house(all_members)
    ]
    if as_json:
        print(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        print(f"{row['name']}  {row['role']}  {row['state']}")


@app.command()
def pager(
    name: Name,
    sms: Annotated[str, typer.Option("--sms", help="A telephone, as +46701740650.")],
    verified: Annotated[
        bool, typer.Option("--verified", help="You have seen that it is theirs; nobody asks.")
    ] = False,
) -> None:
    """Page somebody by SMS when the line needs them. Unverified: a code is sent there first."""
    try:
        in_house(lambda house: add_pager(house, name, sms, verified=verified))
    except (BadInput, NotFound) as error:
        refuse(explained(error))
    print(
        "They are paged there."
        if verified
        else "They are paged there once they have answered with the code that the line sends now."
    )


@app.command(name="revoke")
def revoke_(name: Name) -> None:
    """End an account and all its sessions at once."""
    try:
        in_house(lambda house: revoke(house, name))
    except NotFound as error:
        refuse(explained(error))
    print("Revoked. Every session of theirs has ended.")


def _state(entry: Entry) -> str:
    if entry.revoked_at is not None:
        return "revoked"
    return "joined" if entry.joined_at is not None else "invited"
