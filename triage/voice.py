"""How does a script speak to one contact: in which language, and in words that anybody may read?"""

from dataclasses import dataclass

from triage import engine
from triage.script import Script


@dataclass(frozen=True)
class Voice:
    """`neutral`: their telephone may be watched."""

    script: Script
    language: str
    neutral: bool = False

    def has(self, text_id: str) -> bool:
        """Not every script has every text."""
        return text_id in self.script.texts

    def says(self, text_id: str) -> str:
        """The template of a text or of a step; the neutral one where there is one and it is wanted.

        Raises KeyError for an id that the script does not have.
        """
        texts = self.script.neutral.get(text_id) if self.neutral else None
        if not texts:
            return engine.text(self.script, text_id, self.language)
        return texts.get(self.language) or texts[self.script.languages[0]]
