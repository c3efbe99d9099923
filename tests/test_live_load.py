"""The benchmark of open pages in small: what it counts is counted here, and nothing is timed."""

import asyncio
from argparse import Namespace

import pytest

from benchmarks import live
from benchmarks.live import run
from tests.ports import free_port


def test_no_page_misses_a_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole way: told of it by all, and shown by those that look."""
    monkeypatch.setattr(live, "free_port", free_port)
    result = asyncio.run(run(Namespace(pages=30, looking=10, rate=15.0, seconds=2.0)))
    assert (result.pages, result.texts, result.missed) == (30, 30, 0)
    assert len(result.words) == 30 * 30
    assert len(result.shown) == 10 * 30
    assert [len(values) for _, values, _ in result.rows() if not values] == []
