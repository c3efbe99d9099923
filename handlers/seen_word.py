"""Which texts say the quiet word? Marked, and the word itself taken out of what is shown."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from domain.message import Author
from handlers.quiet_word import MOST_TRIED, hidden, is_given, tried
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
    """Texts of the contact that were written since it was agreed upon and say it; none that comes
    after so many words that somebody may be trying them one by one."""
    if known is None or known.word is None:
        return thread
    tries = tried(_written(thread, known.agreed_at))
    return tuple(_entry(it, known.word, tries) for it in thread)


def _written(thread: Iterable[Entry], since: datetime) -> Iterator[tuple[datetime, str]]:
    """All versions of what the contact wrote since then."""
    for it in thread:
        if isinstance(it, Said) and it.author is Author.CONTACT:
            versions = ((it.at, it.body), *((edit.at, edit.body) for edit in it.rewritten))
            yield from ((at, body or "") for at, body in versions if at >= since)


def _entry(it: Entry, word: str, tries: Mapping[datetime, int]) -> Entry:
    """`tries`: by the moments that count."""
    if not isinstance(it, Said) or it.author is not Author.CONTACT:
        return it

    def says(at: datetime, body: str | None) -> bool:
        return tries.get(at, MOST_TRIED + 1) <= MOST_TRIED and is_given(body or "", word)

    given = says(it.at, it.body) or any(says(e.at, e.body) for e in it.rewritten)
    body = None if it.body is None else hidden(it.body, word)
    rewritten = tuple(_rewritten(edit, word) for edit in it.rewritten)
    return replace(it, body=body, rewritten=rewritten, quiet_word=given)


def _rewritten(edit: Rewritten, word: str) -> Rewritten:
    return edit if edit.body is None else replace(edit, body=hidden(edit.body, word))


def less(answers: tuple[Answered, ...], known: QuietWord | None) -> tuple[Answered, ...]:
    """The contact's answers without it."""
    if known is None or known.word is None:
        return answers
    return tuple(replace(one, text=hidden(one.text, known.word)) for one in answers)
