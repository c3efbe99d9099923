"""`utvag retention …`: how long is what kept, and what goes next?"""

import json
from typing import Annotated

import typer

from handlers.see_retention import retention_now
from utvag.cli_run import in_house

app = typer.Typer(help="How long what is kept.", no_args_is_help=True)


@app.command()
def preview(
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Print each class with its days and how much goes in the next night: numbers alone."""
    found = in_house(retention_now)
    rows = [{"class": kept, "days": n, "goes": found.goes[kept]} for kept, n in found.terms.items()]
    due = found.due_at.isoformat(timespec="seconds")
    if as_json:
        beside = {"copies_kept": found.keeps_copies, "held": len(found.holds)}
        print(json.dumps({"due": due, "classes": rows} | beside))
        return
    print(f"Next night (UTC): {due}")
    for row in rows:
        print(f"{row['class']}: {row['days']} days, {row['goes']} to go")
    print(f"held: {len(found.holds)} conversations, which no night touches")
