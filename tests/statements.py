"""SQL is compiled once for all tests' databases of a kind, as it is once for a line's only one."""

from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Dialect, Engine
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from storage import database

ROOM = 5_000
"""Statements; a line has room for five hundred, and all tests say more than one line does."""

_first: dict[str, tuple[Dialect, Any]] = {}
"""By driver: a dialect that has been connected, from which it learns, and what it compiled."""


def compile_once(patch: pytest.MonkeyPatch) -> None:
    """Have every engine that is made from now on share them."""
    patch.setattr(database, "create_async_engine", _create)


def _create(*told: Any, **more: Any) -> AsyncEngine:
    made = create_async_engine(*told, **more)
    engine = made.sync_engine
    if known := _first.get(engine.dialect.driver):
        engine.dialect, engine._compiled_cache = known
        engine.pool._dialect = engine.dialect
    else:
        _keep_once_connected(engine)
    return made


def _keep_once_connected(engine: Engine) -> None:
    @event.listens_for(engine.pool, "connect", once=True)
    def _connected(*_: object) -> None:
        assert engine._compiled_cache is not None
        engine._compiled_cache.capacity = ROOM  # type: ignore[attr-defined] # of the library's own
        _first.setdefault(engine.dialect.driver, (engine.dialect, engine._compiled_cache))
