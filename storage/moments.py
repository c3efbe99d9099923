"""Moments are aware and in UTC, in the program and in the database."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import DateTime
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator


def _in_utc(value: datetime | None) -> datetime | None:
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError("a moment needs its zone")
    return value if value.tzinfo is UTC else value.astimezone(UTC)


_WRITTEN = len("2026-01-31 12:00:00.000000")


@lru_cache(maxsize=256)
def _as_text(value: datetime | None) -> str | None:
    """As SQLAlchemy writes it: 2026-01-31 12:00:00.000000, without a zone.

    What is written together was mostly written at the same moment.
    """
    moment = _in_utc(value)
    return moment.isoformat(" ", "microseconds")[:_WRITTEN] if moment else None


def _out_of_text(value: str | None) -> datetime | None:
    """Whatever somebody else wrote behind it is not looked at, as SQLAlchemy does not."""
    return None if value is None else datetime.fromisoformat(f"{value[:_WRITTEN]}+00:00")


class Moment(TypeDecorator[datetime]):
    """A moment in UTC. A moment without a zone is refused: it would be a guess."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], object]:
        """Into the database; on SQLite written out here, in half the time the library takes."""
        return _as_text if dialect.name == "sqlite" else _in_utc

    def result_processor(
        self, dialect: Dialect, coltype: object
    ) -> Callable[[Any], datetime | None]:
        """Out of the database."""
        return _out_of_text if dialect.name == "sqlite" else _in_utc
