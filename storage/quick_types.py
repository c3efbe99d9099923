"""On SQLite ids and lists are text: they are made out of it in a fraction of the library's time."""

import json
from collections.abc import Callable
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Dialect, Uuid


class QuickId(Uuid[UUID]):
    """What belongs together names the same ids again and again: each is read once."""

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], UUID | None]:
        """Out of the database."""
        return _id


@lru_cache(maxsize=4096)
def _id(kept: str | None) -> UUID | None:
    return None if kept is None else UUID(kept)


def into_json(value: object) -> str:
    """Most lists are empty."""
    return "[]" if value == [] else json.dumps(value)


def out_of_json(kept: str) -> Any:
    """A list of one's own, whoever else reads the same."""
    return [] if kept == "[]" else json.loads(kept)


JSON: dict[str, Any] = {"json_serializer": into_json, "json_deserializer": out_of_json}
"""How an engine is made that does so."""


def learn(dialect: Dialect) -> None:
    """Of SQLite: have it make them so."""
    dialect.colspecs = {**dialect.colspecs, Uuid: QuickId}
