"""Which pages are needed seldom, and who may open each of them?"""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.access import Act
from domain.member import Member


@dataclass(frozen=True)
class Card:
    """One page: its address, what opening it asks for, and the words that are its heading."""

    name: str
    path: str
    act: Act
    heading: str


GROUPS: Mapping[str, tuple[Card, ...]] = {
    "own": (
        Card("ways", "/ways", Act.PAGER, "ways.title"),
        Card("calendar", "/rota/calendar", Act.SEE_ROTA, "calendar.title"),
    ),
    "line": (
        Card("paging", "/paging", Act.WRITE_POLICY, "policy.title"),
        Card("rotas", "/rota/lines", Act.WRITE_ROTA, "rota.lines"),
        Card("caseload", "/lines", Act.MOST_EACH, "caseload.title"),
        Card("limits", "/limits", Act.LIMITS, "limits.title"),
        Card("blocks", "/blocks", Act.BLOCK, "block.list"),
    ),
    "people": (
        Card("team", "/team", Act.TEAM, "team.title"),
        Card("sheet", "/team/sheet", Act.TEAM, "sheet.title"),
    ),
    "texts": (Card("phrases", "/phrases", Act.SEE_PHRASES, "phrases.title"),),
    "kept": (
        Card("register", "/register", Act.REGISTER, "register.title"),
        Card("retention", "/retention", Act.RETENTION, "retention.title"),
        Card("audit", "/audit", Act.AUDIT, "audit.title"),
        Card("readers", "/audit/day", Act.AUDIT, "audit.day_title"),
    ),
}

PATHS = frozenset(card.path for cards in GROUPS.values() for card in cards)


def cards_for(member: Member) -> Mapping[str, tuple[Card, ...]]:
    """Those that they may open, by group; a group without any is left out."""
    theirs = {
        group: tuple(card for card in cards if member.may(card.act))
        for group, cards in GROUPS.items()
    }
    return {group: cards for group, cards in theirs.items() if cards}
