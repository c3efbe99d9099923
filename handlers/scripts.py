"""Which script does a line speak, and which did a triage begin with?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from types import MappingProxyType
from typing import Final

from domain import language
from handlers import shipped
from storage import scripts as kept
from storage.database import Tx
from triage import understand
from triage.danger_rules import Rules
from triage.loader import load
from triage.script import Script, ScriptError

FALLBACK = "exit"
"""The script of a line whose own is gone: whoever writes is answered."""


@dataclass(frozen=True)
class Edition:
    """A script as it stands now, with the version that names it for ever."""

    script: Script
    version: str
    source: str


def edition(name: str, source: str) -> Edition:
    """Read a script. Raises ScriptError."""
    digest = blake2b(source.encode(), digest_size=8).hexdigest()
    return Edition(load(source), f"{name}-{digest}", source)


class Scripts:
    """The shipped scripts, and earlier editions that running triages still need.

    What lines speak does not change while a process lives: another script is another `Scripts`.
    """

    def __init__(self, sources: Mapping[str, str] | None = None) -> None:
        """Reads what is shipped, or by these names something else. Raises ScriptError when one is
        broken."""
        given = {name: shipped.source(name) for name in shipped.names()} | dict(sources or {})
        self._current: Final[Mapping[str, Edition]] = MappingProxyType(
            {name: edition(name, source) for name, source in given.items()}
        )
        self._known: dict[str, Script | None] = {
            e.version: e.script for e in self._current.values()
        }
        self.danger: Final[Rules] = shipped.danger_rules()

    def find(self, name: str) -> Script | None:
        """A shipped script, or None."""
        found = self._current.get(name)
        return found.script if found else None

    def current(self, name: str) -> Edition:
        """The edition with which a triage begins today."""
        return self._current.get(name) or self._current[FALLBACK]

    def is_courtesy(self, name: str, text: str) -> bool:
        """Whether it is one of the whole texts that wait for no answer."""
        return understand.is_courtesy(self.current(name).script, text)

    async def edition_of(self, tx: Tx, version: str) -> Script | None:
        """The script as it was in that version; None when it cannot be read any more."""
        if version not in self._known:
            source = await kept.source(tx, version)
            try:
                self._known[version] = load(source) if source is not None else None
            except ScriptError:
                self._known[version] = None
        return self._known[version]

    async def keep(self, tx: Tx, now: datetime) -> None:
        """Remember today's editions for the triages that begin with them."""
        for name, today in self._current.items():
            await kept.keep(tx, today.version, name, today.source, now)

    @staticmethod
    def guess(text: str, languages: tuple[str, ...]) -> str | None:
        """The language of a first message, where it can be told."""
        return language.guess(text, languages)
