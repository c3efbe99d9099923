"""Which texts say the quiet word? Marked, and the word itself taken out of what is shown."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from uuid import UUID

from domain.message import Author
from handlers.quiet_word import hidden, is_given
from handlers.seen import Answered, Happened, Noted, Rewritten, Said
from handlers.seen_safe import Agreed
from storage.quiet_words import QuietWord

Entry = Said | Noted | Happened


def seen_word(
    known: QuietWord | None, thread: Iterable[Entry], names: Mapping[UUID, str]
) -> Agreed | None:
    """`thread`: with its marks."""
    if known is None:
        return None
    given = [it.at for it in thread if isinstance(it, Said) and it.quiet_word]
    by = names.get(known.member_id)
    return Agreed(known.how, by, known.agreed_at, max(given, default=None), known.word is None)


def marked(thread: tuple[Entry, ...], known: QuietWord | None) -> tuple[Entry, ...]:
    """Texts of the contact that were written since it was agreed upon and say it."""
    if known is None or known.word is None:
        return thread
    return tuple(_entry(it, known, known.word) for it in thread)


def _entry(it: Entry, known: QuietWord, word: str) -> Entry:
    if not isinstance(it, Said) or it.author is not Author.CONTACT:
        return it
    given = it.at >= known.agreed_at and is_given(it.body or "", word)
    later = any(e.at >= known.agreed_at and is_given(e.body or "", word) for e in it.rewritten)
    body = None if it.body is None else hidden(it.body, word)
    rewritten = tuple(_rewritten(edit, word) for edit in it.rewritten)
    return replace(it, body=body, rewritten=rewritten, quiet_word=given or later)


def _rewritten(edit: Rewritten, word: str) -> Rewritten:
    return edit if edit.body is None else replace(edit, body=hidden(edit.body, word))


def less(answers: tuple[Answered, ...], known: QuietWord | None) -> tuple[Answered, ...]:
    """The contact's answers without it."""
    if known is None or known.word is None:
        return answers
    return tuple(replace(one, text=hidden(one.text, known.word)) for one in answers)
