"""Who asks for a page, in which language and by which light?"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from starlette.requests import Request

from domain.member import Member
from handlers.house import House
from handlers.sign_in import Held
from staff import cookies, csrf
from staff.headers import new_nonce
from staff.settings import StaffSettings
from staff.static_files import StaticFiles
from staff.times import Times
from staff.words import Words, words

SESSION_COOKIE = cookies.SESSION


@dataclass(frozen=True)
class Desk:
    """What all pages share."""

    house: House
    settings: StaffSettings
    static: StaticFiles = field(default_factory=StaticFiles)
    house_mark: Callable[[], str] = str
    """`Live.house_mark` of this process."""


@dataclass(frozen=True)
class Visit:
    """One request by anybody."""

    desk: Desk
    request: Request
    language: str
    look: str
    secret: str
    """In a cookie of theirs; their forms carry its keyed hash."""
    now: datetime
    nonce: str = field(default_factory=new_nonce, kw_only=True)
    """Of the answer, for its policy and its markup."""
    house_mark: str = field(default="", kw_only=True)
    """From before anything was read for the page: its stream tells it of what changed since."""

    @property
    def house(self) -> House:
        """What use cases are handed."""
        return self.desk.house

    @property
    def words(self) -> Words:
        """In their language."""
        return words(self.language)

    @property
    def times(self) -> Times:
        """In their language, in the house's zone."""
        return Times(self.desk.house.zone, self.language, self.now)

    @property
    def form_token(self) -> str:
        """What their forms carry."""
        return csrf.token_for(self.secret)


@dataclass(frozen=True)
class SignedIn(Visit):
    """One request by somebody who works here."""

    member: Member
    held: Held | None = field(default=None, kw_only=True)
    """Their session."""
