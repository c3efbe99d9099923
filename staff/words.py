"""What do the pages say? Every word of theirs, by key and language (`words/*.yaml`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from babel import Locale

HERE = Path(__file__).parent / "words"
LANGUAGES = ("sv", "en")
UNKNOWN = "unknown_code"
"""The entry of a group that is said for a code which has no words yet."""


@dataclass(frozen=True)
class Plural:
    """One phrase in the forms that its language needs; `n` chooses."""

    forms: Mapping[str, str]


Entries = Mapping[str, str | Plural]


class Words:
    """The words of one language."""

    def __init__(self, language: str, entries: Entries) -> None:
        self.language, self.entries = language, entries
        self._plural = Locale(language).plural_form

    def say(self, key: str, **values: object) -> str:
        """The phrase with its places filled in; a KeyError names a phrase that does not exist."""
        entry = self.entries[key]
        if isinstance(entry, Plural):
            entry = entry.forms[self._plural(_number(values["n"]))]
        return entry.format_map(values) if values else entry

    def code(self, group: str, code: object, **values: object) -> str:
        """The words for a code of ours; a code without words never breaks a page."""
        key = f"{group}.{code}"
        return self.say(key if key in self.entries else f"{group}.{UNKNOWN}", **values)


@cache
def words(language: str) -> Words:
    """The words of one of LANGUAGES."""
    with (HERE / f"{language}.yaml").open(encoding="utf-8") as file:
        return Words(language, dict(_flat(yaml.safe_load(file))))


def _flat(tree: Mapping[str, object], above: str = "") -> list[tuple[str, str | Plural]]:
    found: list[tuple[str, str | Plural]] = []
    for name, branch in tree.items():
        key = f"{above}{name}"
        if isinstance(branch, str):
            found.append((key, branch))
        elif isinstance(branch, dict) and "other" in branch and set(branch) <= {"one", "other"}:
            found.append((key, Plural(branch)))
        elif isinstance(branch, dict):
            found += _flat(branch, f"{key}.")
        else:
            raise ValueError(f"{key} is neither words nor a group of them")
    return found


def _number(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError("n is a whole number")
    return value
