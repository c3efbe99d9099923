"""`utvag keys …`: the server's own keys, under which everything lies."""

import json
import sys
from collections.abc import Awaitable, Callable
from typing import Annotated

import typer
from pydantic import SecretStr

from handlers.house import House
from handlers.rewrap_keys import forget_wrapped, rewrap_keys
from handlers.rotate_keys import AskedToRestart, rotate_keys
from handlers.see_generations import Seen, Stage, see_generations
from storage.encryption import WrongSecretKey
from utvag.cli_run import in_house, prepared, refuse, run, settings
from utvag.line import NobodyToWake, open_house
from utvag.settings import SHORTEST_SECRET, Settings

app = typer.Typer(help="The server's own keys.", no_args_is_help=True)

STAGES = {
    Stage.COMING: "seals soon",
    Stage.SEALS: "seals",
    Stage.OLD: "old",
}


Restarted = Annotated[
    bool, typer.Option("--restarted", help="Every process was, since the secret was changed.")
]


@app.command()
def rotate(restarted: Restarted = False) -> None:
    """Make new keys. The running line exchanges everything for them and destroys the old ones."""
    try:
        begun = in_house(lambda house: rotate_keys(house, restarted=restarted))
    except AskedToRestart as error:
        refuse(
            f"UTVAG_SECRET_KEY was changed at {error.since:%Y-%m-%d %H:%M} UTC. A utvag serve that "
            "still has the old one would take no more texts in. Restart all, then: --restarted"
        )
    told = f"{begun.seals_from:%Y-%m-%d %H:%M} UTC"
    if begun.before:
        print(f"A rotation has just begun: generation {begun.generation} seals from {told}.")
    else:
        print(f"Generation {begun.generation} seals from {told}.")
    print("utvag serve exchanges what lies under older ones; utvag keys list says how far it is.")


@app.command(name="list")
def list_(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Every generation, its age, and what still lies under the older ones."""
    found = in_house(see_generations)
    if as_json:
        print(json.dumps([_row(one) for one in found.there], ensure_ascii=False))
        return
    for one in found.there:
        print("  ".join(_told(one)))
        for need in one.under:
            print(f"    {need.rows} in {need.column}")
        if one.members:
            print(f"    signs in by it: {', '.join(one.members)}")
    if found.doing is not None:
        print(f"At work: {found.doing}. utvag serve does it.")


def _told(one: Seen) -> list[str]:
    told = [f"{one.purpose} {one.number}", f"{one.made_at:%Y-%m-%d}", STAGES[one.stage]]
    if one.kept and one.stage is Stage.OLD:
        told.append("kept for ever, to verify what was written down")
    elif one.earliest is not None:
        told.append(f"not destroyed before {one.earliest:%Y-%m-%d %H:%M} UTC")
    return told


def _row(one: Seen) -> dict[str, object]:
    return {
        "purpose": one.purpose,
        "generation": one.number,
        "made_at": one.made_at.isoformat(),
        "state": one.stage.value,
        "under": {need.column: need.rows for need in one.under},
        "members": list(one.members),
    }


@app.command()
def rewrap() -> None:
    """Wrap the keys under a new UTVAG_SECRET_KEY. The old one: UTVAG_OLD_SECRET_KEY, or stdin."""
    given = prepared(settings("secret_key"))
    before = _before(given)
    run(_rewrapped(given, before))
    print("The keys are wrapped under the new UTVAG_SECRET_KEY. Restart every utvag serve with it.")
    print("Keep the old one only for back-ups that were made before; destroy it with them.")


def _before(given: Settings) -> Settings:
    old = given.old_secret_key.get_secret_value() or sys.stdin.readline().strip()
    if len(old) < SHORTEST_SECRET:
        refuse("The old secret key: UTVAG_OLD_SECRET_KEY, its _FILE, or a line on standard input.")
    if old == given.secret_key.get_secret_value():
        refuse("The old and the new secret key are the same.")
    return given.model_copy(update={"secret_key": SecretStr(old)})


async def _rewrapped(given: Settings, before: Settings) -> None:
    new = given.secret_key.get_secret_value()

    async def wrapped(house: House) -> bool:
        return await rewrap_keys(house, new)

    try:
        done = await _in(before, wrapped)
    except WrongSecretKey:
        try:  # it was done before, and perhaps killed behind it
            done = await _in(given, forget_wrapped)
        except WrongSecretKey:
            refuse("Neither of the two secret keys is the one this database was made with.")
    if not done:
        refuse(
            "The keys are wrapped anew, but the database's files may still hold them as they "
            "were: somebody reads for too long. Run utvag keys rewrap again."
        )


async def _in(given: Settings, do: Callable[[House], Awaitable[bool]]) -> bool:
    async with open_house(given, NobodyToWake()) as house:
        return await do(house)
