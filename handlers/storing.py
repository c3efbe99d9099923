"""What comes from outside is stored, or its sender hears that it was not and tries again."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from handlers.errors import CannotStore, DatabaseAway
from storage.database import Unavailable, is_away, is_passing

TRIES = 3

T = TypeVar("T")


async def storing(do: Callable[[], Awaitable[T]]) -> T:
    """Do one transaction; once more, and once more, where what stopped it passes.

    Raises DatabaseAway where the database itself fails, else CannotStore: then nothing was stored.
    """
    for _ in range(TRIES - 1):
        try:
            return await do()
        except Unavailable as error:
            if not is_passing(error):
                raise (DatabaseAway if is_away(error) else CannotStore) from error
    try:
        return await do()
    except Unavailable as error:
        raise CannotStore from error
