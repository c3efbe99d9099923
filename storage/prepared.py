"""A statement for many rows, compiled once: each row then costs what its values cost.

SQLAlchemy goes through a statement's parameters again for each row. Here the statement is compiled
by it once, and each column's values are made ready for the driver by the column's own type, one
column after the other.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from sqlalchemy import Dialect, LargeBinary
from sqlalchemy.exc import StatementError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import UpdateBase

Ready = Callable[[Any], Any]
"""Makes a value ready for the driver."""


@dataclass(frozen=True)
class Prepared:
    """One statement for one kind of database."""

    text: str
    columns: tuple[tuple[str, Ready | None], ...]
    """The keys of a row in the order of the statement's places."""

    @classmethod
    def of(cls, statement: UpdateBase, dialect: Dialect, columns: Sequence[str] = ()) -> "Prepared":
        """`columns`: those of an insert; an update names its own."""
        made = statement.compile(dialect=dialect, column_keys=list(columns) or None)
        places = ((name, made.binds[name].type) for name in made.positiontup or ())
        return cls(str(made), tuple((name, _ready(type_, dialect)) for name, type_ in places))

    async def run(self, conn: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Once for each row, together. Raises StatementError for a value that is none of its
        column's, as SQLAlchemy does."""
        try:
            given = self.values(rows)
        except (AttributeError, TypeError, ValueError) as error:
            told = f"({type(error).__name__}) {error}"
            raise StatementError(told, self.text, None, error, hide_parameters=True) from error
        await conn.exec_driver_sql(self.text, given)

    def values(self, rows: Sequence[Mapping[str, Any]]) -> list[tuple[Any, ...]]:
        """What the driver gets, a row a tuple."""
        theirs = ((map(itemgetter(name), rows), ready) for name, ready in self.columns)
        return list(zip(*(map(r, v) if r else v for v, r in theirs), strict=True))


def _ready(type_: Any, dialect: Dialect) -> Ready | None:
    """Bytes go as they are."""
    made = type_.dialect_impl(dialect)
    return None if isinstance(made, LargeBinary) else made.bind_processor(dialect)
