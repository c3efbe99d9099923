"""An index of few rows: found past all the others, however many they become."""

from typing import Any

from sqlalchemy import Column, Index, text


def partial_index(
    name: str,
    *columns: str | Column[Any],
    where: str,
    on_sqlite: str | None = None,
    unique: bool = False,
) -> Index:
    """It serves only queries that say its condition to the letter; `on_sqlite`: where that database
    says it otherwise."""
    return Index(
        name,
        *columns,
        unique=unique,
        sqlite_where=text(on_sqlite or where),
        postgresql_where=text(where),
    )
