"""`utvag line …`: the numbers on the cards."""

import json
from typing import Annotated

import typer

from handlers.add_line import add_line, all_lines
from handlers.change_line import change_line
from handlers.errors import BadInput, NotFound
from handlers.set_limits import set_limits_of
from utvag.cli_run import explained, in_house, refuse, settings
from utvag.settings import Settings

OVERRIDE = "#rc=5&rp=ct,rt,5xx"
"""Twilio tries five times more, also on 5xx (connection overrides; design.md, "In")."""

TEMPLATE = typer.Option(
    help="The message that WhatsApp has approved for writing after 24 hours, as HX…; '' for none."
)
MEDIA = typer.Option(
    "--media/--no-media", help="Whether counsellors may look at pictures that contacts send."
)

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
    whatsapp_template: Annotated[str, TEMPLATE] = "",
    media: Annotated[bool, MEDIA] = True,
) -> None:
    """Add a line; say its card's code, and which addresses to configure at Twilio."""
    wanted = tuple(part.strip() for part in languages.split(",") if part.strip())
    try:
        in_house(
            lambda house: add_line(
                house,
                number,
                name,
                wanted,
                script,
                provider_stops=provider_stops,
                media_refused=not media,
                whatsapp_template=whatsapp_template,
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
    print("Added. At Twilio, set this number's messaging webhook (HTTP POST), and that of its")
    print("WhatsApp sender if it has one, to")
    print(webhook_address(given))
    print("and its voice webhook (A call comes in, HTTP POST) to")
    print(voice_address(given))


@app.command(name="set")
def set_(
    number: Annotated[str, typer.Argument(help="As +46701740605.")],
    whatsapp_template: Annotated[str | None, TEMPLATE] = None,
    media: Annotated[bool | None, MEDIA] = None,
    segments: Annotated[
        int | None, typer.Option(help="Text message parts that the machine may send in an hour.")
    ] = None,
    each: Annotated[
        int | None, typer.Option(help="The machine's texts to one sender in an hour.")
    ] = None,
) -> None:
    """Change what may be changed about a line; what is not named stays."""
    refused = None if media is None else not media
    try:
        in_house(
            lambda house: change_line(
                house, number, media_refused=refused, whatsapp_template=whatsapp_template
            )
        )
        if (segments, each) != (None, None):
            in_house(lambda house: set_limits_of(house, number, segments, each))
    except BadInput as error:
        refuse(explained(error))
    except NotFound:
        refuse("There is no line with this number.")
    print("Changed.")


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
            "media": not line.media_refused,
            "whatsapp_template": line.whatsapp_template,
            "added_at": line.added_at.isoformat(),
        }
        for line in lines
    ]
    if as_json:
        print(json.dumps(rows, ensure_ascii=False))
        return
    for line in lines:
        spoken = ",".join(line.languages)
        print(f"{line.address}  {line.name}  {spoken}  {line.script}  card {line.card}")
    if not lines:
        print("No line yet: utvag line add …")
        return
    print(f"Webhook: {webhook_address(settings())}")
    print(f"Calls: {voice_address(settings())}")


def webhook_address(given: Settings) -> str:
    """What is entered at Twilio as the number's messaging webhook."""
    return _address(given, "message")


def voice_address(given: Settings) -> str:
    """What is entered at Twilio as the number's voice webhook."""
    return _address(given, "voice")


def _address(given: Settings, of: str) -> str:
    public = given.public_url or "(UTVAG_PUBLIC_URL is not set)"
    return f"{public}/webhooks/twilio/{of}{OVERRIDE}"
