"""Which line does a message belong to?

By the number that was written to; on Telegram by the card's code, and without one by the line
that the contact wrote to last (contract.md: of an unknown number, and of Telegram without a card
code, it is the first that was added).
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from domain.message import Channel, InboundMessage
from storage import contacts
from storage.database import Tx
from storage.lines import Line

STARTED = "/start"
"""What somebody wrote who came by a card's link and has said nothing yet."""

Placed = tuple[Line, InboundMessage]


async def place(tx: Tx, known: Sequence[Line], messages: Sequence[InboundMessage]) -> list[Placed]:
    """Each message with its line, in their order; `known` are all lines, the first added first."""
    homes = await _homes(tx, known, [m for m in messages if m.channel is Channel.TELEGRAM])
    placed: list[Placed] = []
    for message in messages:
        if message.channel is not Channel.TELEGRAM:
            placed.append((_by_number(known, message.to), message))
            continue
        by_card = next((line for line in known if message.to and line.card == message.to), None)
        line = by_card or homes.get(message.sender) or known[0]
        homes[message.sender] = line
        placed.append((line, without_card(known, message)))
    return placed


def without_card(known: Iterable[Line], message: InboundMessage) -> InboundMessage:
    """The message without the card's code that it begins with; one that is no card's is a word."""
    first, *rest = message.body.split(maxsplit=1) or [""]
    if message.to not in {line.card for line in known} or first.lower() != message.to:
        return replace(message, to="")
    return replace(message, to="", body=rest[0].strip() if rest else STARTED)


def _by_number(known: Sequence[Line], number: str) -> Line:
    return next((line for line in known if line.address == number), known[0])


async def _homes(
    tx: Tx, known: Sequence[Line], messages: Sequence[InboundMessage]
) -> dict[str, Line]:
    """By sender: the line that they wrote to last."""
    if not messages:
        return {}
    by_index = {tx.keys.index("address", m.sender): m.sender for m in messages}
    older = tx.keys.older("address", by_index.values())
    ours = [line.id for line in known]
    last = await contacts.last_lines(tx, Channel.TELEGRAM, ours, by_index, older)
    by_id = {line.id: line for line in known}
    return {by_index[index]: by_id[line_id] for index, line_id in last.items()}
