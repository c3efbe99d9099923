"""What a caller hears of a TwiML document.

Source: Twilio, "TwiML for Programmable Voice", "Say", "Pause", "Hangup", "Reject": verbs are
done in order, nothing after Hangup or Reject; Say without a language is in en-US.
"""

import xml.etree.ElementTree as ET
from dataclasses import dataclass

_LONGEST = 64 * 1024
_DEFAULT_LANGUAGE, _DEFAULT_VOICE = "en-US", "man"


class BadTwiml(ValueError):
    """Twilio could not read the document: the caller hears that an error has occurred."""


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence or more of a voice."""

    text: str
    language: str
    voice: str


@dataclass(frozen=True, slots=True)
class Heard:
    """What was said, and the verbs that were done, in order."""

    said: tuple[Said, ...]
    verbs: tuple[str, ...]

    @property
    def hung_up(self) -> bool:
        """Whether the line ended the call; else it ended because nothing was left to do."""
        return bool(self.verbs) and self.verbs[-1] in ("Hangup", "Reject")


def hear(document: str) -> Heard:
    """Do the verbs of a document. Raises BadTwiml."""
    verbs: list[str] = []
    said: list[Said] = []
    for element in _root(document):
        verbs.append(element.tag)
        said += [_said(one) for one in element.iter("Say")]
        if element.tag in ("Hangup", "Reject"):
            break
    return Heard(tuple(said), tuple(verbs))


def _root(document: str) -> ET.Element:
    if len(document) > _LONGEST:
        raise BadTwiml("longer than 64 kB")
    if "<!" in document:
        raise BadTwiml("neither a document type nor entities, comments or CDATA are read here")
    try:
        root = ET.fromstring(document.strip())  # noqa: S314 - nothing with a <! comes this far
    except ET.ParseError as broken:
        raise BadTwiml(f"no XML: {broken}") from broken
    if root.tag != "Response":
        raise BadTwiml("the document is a Response")
    return root


def _said(say: ET.Element) -> Said:
    text = " ".join("".join(say.itertext()).split())
    return Said(text, say.get("language") or _DEFAULT_LANGUAGE, say.get("voice") or _DEFAULT_VOICE)
