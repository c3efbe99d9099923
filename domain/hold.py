"""On what ground may a conversation be kept from every deletion for a while, and for how long?

The contact's right to be deleted is strong: a hold has one of these grounds, and ends by itself.
"""

from datetime import timedelta
from enum import StrEnum


class Ground(StrEnum):
    """DUTY: the law makes us do something with it that is not done, such as a report that is being
    looked into. COURT: a court or a prosecutor has ordered that it is kept. WISH: the contact wants
    it kept, such as proof; their own later word, that it is to be deleted, ends it."""

    DUTY = "duty"
    COURT = "court"
    WISH = "wish"


LONGEST = timedelta(days=183)
"""Six months. Whoever needs longer decides again, and that stands in the log, too."""
