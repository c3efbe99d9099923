"""`utvag line …`: the numbers on the cards."""

import json
from typing import Annotated

import typer

from handlers.add_line import add_line, all_lines
from handlers.errors import BadInput
from utvag.cli_run import explained, in_house, refuse, settings
from utvag.settings import Settings

OVERRIDE = "#rc=5&rp=ct,rt,5xx"
"""Twilio tries five times more, also on 5xx (connection overrides; design.md, "In")."""

app = typer.Typer(help="The numbers on the cards.", no_args_is_help=True)


@app.command()
def add(
    number: Annotated[str, typer.Argument(help="As +46701740605.")],
    name: Annotated[str, typer.Option(help="How staff know the line, e.g. 'Card 2026'.")],
    languages: Annotated[str, typer.Option(help="The first one is the line's own.")] = "sv,en",
    script: Annotated[str, typer.Option(help="The questions.")] = "exit",
    provider_stops: Annotated[
        bool,
        typer.Option(
            "--provider-stops",
            help="Twilio's default opt-out handling is on for this number: STOP says START.",
        ),
    ] = False,
) -> None:
    """Add a line and say its card's code, and which address to configure at Twilio."""
    wanted = tuple(part.strip() for part in languages.split(",") if part.strip())
    try:
        in_house(
            lambda house: add_line(
                house, number, name, wanted, script, provider_stops=provider_stops
            )
        )
    except BadInput as error:
        refuse(explained(error))
    added = in_house(all_lines)[-1]
    print(f"The card's code in a Telegram link (https://t.me/YOUR_BOT?start=CODE): {added.card}")
    given = settings()
    if not given.public_url:
        print("Added. Set UTVAG_PUBLIC_URL; `utvag line list` then says what to enter at Twilio.")
        return
    print("Added. At Twilio, set this number's messaging webhook (HTTP POST) to")
    print(webhook_address(given))


@app.command(name="list")
def list_(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """All lines, the first added first: it is the line of whatever belongs to no other."""
    lines = in_house(all_lines)
    rows = [
        {
            "number": line.address,
            "card": line.card,
            "name": line.name,
            "languages": list(line.languages),
            "script": line.script,
            "provider_stops": line.provider_stops,
            "added_at": line.added_at.isoformat(),
        }
        for line in lines
    ]
    if as_json:
        print(json.dumps(rows, ensure_ascii=False))
        return
    for line in lines:
        languages = ",".join(line.languages)
        print(f"{line.address}  {line.name}  {languages}  {line.script}  card {line.card}")
    print(f"Webhook: {webhook_address(settings())}" if lines else "No line yet: utvag line add …")


def webhook_address(given: Settings) -> str:
    """What is entered at Twilio as the number's messaging webhook."""
    public = given.public_url or "(UTVAG_PUBLIC_URL is not set)"
    return f"{public}/webhooks/twilio/message{OVERRIDE}"
