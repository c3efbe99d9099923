"""Is somebody who they were when they were admitted?

The role of a member is a plain column. Their entry in the team is bound to it by a tag that whoever
writes into the database cannot make: who was raised by hand opens nothing with their key, and does
none of what asks here.
"""

from handlers.errors import NotAdmitted
from storage import team
from storage.database import Tx


async def must_be_as_admitted(tx: Tx) -> None:
    """While there is no team everybody is. Raises NotAdmitted."""
    reads = tx.reader is not None and tx.reader.is_admitted
    if not reads and await team.public_key(tx) is not None:
        raise NotAdmitted
