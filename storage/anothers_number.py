"""Was a contact found by a number that is not theirs?

The index by which they are found is a plain column: who writes into the database puts another's
there, so that the one's words stand in the other's conversation and the answers go to the other's
telephone. The number that is sealed beside it is bound to its contact.
"""

from storage.contacts import Contact
from storage.database import Tx
from storage.encryption import SealBroken


def is_somebody_elses(tx: Tx, contact: Contact, address: str) -> bool:
    """False also where theirs does not open: then nothing leaves to it."""
    try:
        theirs = tx.keys.open(
            "address", contact.address_sealed or b"", "contacts", contact.id, "address"
        )
    except SealBroken:
        return False
    return theirs != address
