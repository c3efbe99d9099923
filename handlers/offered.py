"""Texts that are offered in the reply box, in the contact's language."""

from domain.member import Member
from handlers.house import House
from storage import lines
from storage.contacts import Contact
from storage.database import Tx
from triage.voice import Voice

OFFERED = ("handover", "close")


async def offered(
    house: House, tx: Tx, member: Member, contact: Contact
) -> tuple[tuple[str, str], ...]:
    """(id, text) of each; `{alias}` is the counsellor's first name.

    Who asked for deletion while somebody had the conversation was told nothing by the machine.
    """
    wanted = (*OFFERED, "delete_noted") if contact.delete_requested_at else OFFERED
    line = next(line for line in await lines.every(tx) if line.id == contact.line_id)
    script = house.scripts.current(line.script).script
    voice = Voice(script, contact.language, contact.watched)
    alias = first_name(member)
    return tuple((text_id, voice.says(text_id).replace("{alias}", alias)) for text_id in wanted)


def first_name(member: Member) -> str:
    """What a contact knows a counsellor by."""
    return member.name.split()[0]
