"""What do a thousand lines in one process repeat, that one line does once or never waits for?

A test starts and ends a whole line. Its SQL would be compiled anew each time, each of its browsers
would read the list of authorities, and each server would be asked ten times a second whether it
has ended; what was imported, and lives as long as the process, would be searched for garbage again
and again, and a library that is not installed anew for each request. Nothing of what is tried is
changed.
"""

import asyncio
import functools
import gc
import sys
from importlib.util import find_spec
from typing import Any

import httpx
import pytest
import uvicorn.server
from sqlalchemy import event
from sqlalchemy.engine import Dialect, Engine
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from storage import database

ROOM = 5_000
"""Statements; a line has room for five hundred, and all tests say more than one line does."""

ASKED = 0.005
"""Seconds between two questions whether a server is to end, or has."""

LITTER = 20_000
"""Objects more than before, after which somebody looks for garbage; the library's is 700."""

NOT_HERE = "sniffio"
"""httpcore looks for it in every folder of the path, some four times a request."""

_first: dict[str, tuple[Dialect, Any]] = {}
"""By driver: a dialect that has been connected, from which it learns, and what it compiled."""


def hasten(patch: pytest.MonkeyPatch) -> None:
    """From now on, for everything in this process."""
    patch.setattr(database, "create_async_engine", _engine)
    patch.setattr(uvicorn.server, "asyncio", _Asked())
    authorities = functools.cache(httpx.create_ssl_context)
    patch.setattr("httpx._transports.default.create_ssl_context", authorities)
    if find_spec(NOT_HERE) is None:
        patch.setitem(sys.modules, NOT_HERE, None)
    gc.collect()
    gc.freeze()
    gc.set_threshold(LITTER, 20, 20)
    gc.enable()


class _Asked:
    """`asyncio` as the server's own loop sees it; it sleeps for nothing but to ask again."""

    sleep = staticmethod(lambda _: asyncio.sleep(ASKED))

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio, name)


def _engine(*told: Any, **more: Any) -> AsyncEngine:
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
