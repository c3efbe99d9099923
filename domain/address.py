"""Can this sender be answered? (numbers in E.164; everything else is shown but not answered)."""

import re

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


def is_number(address: str) -> bool:
    """True for a telephone number in E.164, as providers write them."""
    return _E164.fullmatch(address) is not None
