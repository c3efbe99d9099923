"""`utvag staff …`: who works at the line."""

import json
import sys
from typing import Annotated

import typer

from domain.member import Role
from handlers.confirm_roster import confirm_roster, end_put_back, see_roster
from handlers.errors import BadInput, NotFound
from handlers.give_role import give_role
from handlers.invite import all_members, invite, revoke
from handlers.pagers import add_pager
from storage.members import Entry
from utvag.cli_run import explained, in_house, refuse, settings

app = typer.Typer(help="Who works at the line.", no_args_is_help=True)

LOOK = (
    "Whoever was revoked after the back-up was made stands here again, and signs in as they did "
    "then, by a device that they have lost since, too. Take out who does not belong here, or has "
    "lost a device since: utvag staff revoke NAME."
)

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


@app.command()
def confirm(
    yes: Annotated[bool, typer.Option("--yes", help="You have looked at the list before.")] = False,
    end_those_put_back: Annotated[
        bool,
        typer.Option(
            "--end-put-back",
            help="End who was revoked and was put back by hand, whatever the name.",
        ),
    ] = False,
) -> None:
    """After a restore: say that all who stand there still work here. Then they sign in."""
    there = in_house(see_roster)
    if there is not None and end_those_put_back:
        print(f"Revoked again: {in_house(end_put_back)}")
        there = in_house(see_roster)
    if there is None:
        refuse("Nobody has to be confirmed: the line was not restored, or it was done before.")
    for one in there:
        print(f"{one.entry.name}  {one.role}  last changed {one.changed_at:%Y-%m-%d %H:%M} UTC")
    print(LOOK)
    if back := [one.entry for one in there if one.put_back]:
        refuse(
            "Nobody signs in yet. By the log these were revoked, and somebody has put them back by "
            "hand:",
            *(f"{one.name}  {one.id}" for one in back),
            "End all of them again, by their ids: utvag staff confirm --end-put-back",
        )
    if not yes and not (sys.stdin.isatty() and typer.confirm("Do all of them work here?")):
        refuse("Nobody signs in yet. When they are right: utvag staff confirm --yes")
    if not in_house(lambda house: confirm_roster(house, there)):
        refuse("It changed meanwhile. Look again: utvag staff confirm")
    print("They can sign in.")


@app.command(name="role")
def role_(name: Name, role: Annotated[Role, typer.Option()]) -> None:
    """Give somebody another role. It holds at once, in every session of theirs."""
    try:
        again = in_house(lambda house: give_role(house, name, role))
    except (BadInput, NotFound) as error:
        refuse(explained(error))
    print(f"From now on: {role}.")
    if again:
        print("A colleague who reads lets them in again, under Who reads: compare the six words.")


def _state(entry: Entry) -> str:
    if entry.revoked_at is not None:
        return "revoked"
    return "joined" if entry.joined_at is not None else "invited"
