"""Texts that the line and the page must count alike."""

from itertools import islice, product

EDGES = (
    "", "a", "hej\nhej", "{[~]}|^\\", "å ä ö Å Ä Ö é €", "مرحبا", "🙂", "👩‍👧", "\t", "\f",
    "a" * 160, "a" * 161, "a" * 306, "a" * 307, "€" * 80, "€" * 81,
    "a" * 152 + "€" + "a" * 151, "a" * 152 + "€" + "a" * 152,
    "ç" * 70, "ç" * 71, "🙂" * 35, "🙂" * 36, "🙂" * 66 + "a" * 3, "ş" * 66 + "😀" + "ş" * 66,
)  # fmt: skip

TYPOGRAPHIC = (
    "“så”", "„så“", "»så«", "‘så’", "det´s", "kl 9–12", "vänta…", "1\u00a0000", "a\u00adb",
    "\ufeffhej", "−3", "• ett", "o\u0308 a\u030a e\u0301", "n\u0303", "“🙂”", "ş–ş",
)  # fmt: skip

PIECES = ("a", "€", "–", "🙂", "ş", "å", "a\u030a", "\n", "“", "…")

CASES = (
    *EDGES,
    *TYPOGRAPHIC,
    *("".join(parts) * 17 for parts in islice(product(PIECES, repeat=4), 0, None, 23)),
)
