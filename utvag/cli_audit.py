"""`utvag audit …`: is what is written down about staff whole, and where does it end?"""

import json
from typing import Annotated

import typer

from handlers.house import House
from handlers.verify_audit import (
    Broken,
    Head,
    audit_begins,
    audit_head,
    export_audit,
    verify_audit,
)
from utvag.cli_run import in_house, refuse

app = typer.Typer(help="What is written down about staff.", no_args_is_help=True)

WHY = {
    "changed": "was changed after it was written",
    "removed": "was removed",
    "cut": "is missing: the log ends before the head that was kept",
}


@app.command()
def head() -> None:
    """Print the last entry's number and hash. Keep it elsewhere, for `verify --head`."""
    print(in_house(audit_head))


@app.command()
def export() -> None:
    """Print every entry as a line of JSON; that it was done is written down, too."""
    for row in in_house(export_audit):
        print(json.dumps(row, ensure_ascii=False))


@app.command()
def verify(
    kept: Annotated[str, typer.Option("--head", help="What `head` printed earlier.")] = "",
) -> None:
    """Look through all entries; status 1 and the number of the first that is not as written."""
    try:
        known = Head.read(kept) if kept else None
    except ValueError:
        refuse("--head is not what `utvag audit head` prints: a number, a colon and a hash.")

    async def verified(house: House) -> tuple[Head, Head | Broken]:
        return await audit_begins(house), await verify_audit(house, known)

    gone, found = in_house(verified)
    if isinstance(found, Broken):
        refuse(f"Entry {found.number} {WHY[found.why]}.")
    if gone.number:
        print(f"Entries 1 to {gone.number} went by rule: their time was over. Last of them: {gone}")
    print(f"{found.number - gone.number} entries, each as it was written. Head: {found}")
    if known is not None and known.number < gone.number:
        print("The head that was kept is older than what went: it tells nothing any more.")
    if not kept:
        print("Whether any were taken off the end only an earlier head can tell: --head.")
