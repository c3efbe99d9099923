"""A quiet word stands in no file that leaves the line: whoever takes the file would know it."""

from dataclasses import replace

from handlers.quiet_word import hidden
from handlers.seen_export import Talk


def without_word(talk: Talk, word: str | None) -> Talk:
    """Wherever it stands in what was written, it is hidden, as on every page."""
    if not word:
        return talk
    return replace(
        talk,
        said=tuple(
            replace(
                one,
                words=hidden(one.words, word),
                edits=tuple(replace(e, words=hidden(e.words, word)) for e in one.edits),
            )
            for one in talk.said
        ),
        answers=tuple(replace(a, words=hidden(a.words, word)) for a in talk.answers),
        noted=tuple(replace(n, words=hidden(n.words, word)) for n in talk.noted),
        planned=tuple(replace(p, words=hidden(p.words, word)) for p in talk.planned),
        owed=tuple(
            replace(d, noted=tuple(replace(n, words=hidden(n.words, word)) for n in d.noted))
            for d in talk.owed
        ),
    )
