"""How long does a test wait for what is sure to come?

Long: other tests have both cores, and whoever waits for a sign goes on as soon as it is there. The
time is up only where the sign never comes.
"""

import pytest
from httpx._config import DEFAULT_TIMEOUT_CONFIG

PATIENCE = 120.0
"""Seconds; on a machine that has nothing else to do nothing takes a twentieth of it, but what waits
for a lease that ends."""


def be_patient(patch: pytest.MonkeyPatch) -> None:
    """From now on, for every request in this process that is not told how long to wait; the
    library's own five seconds are a measured time that decides a test."""
    for each in ("connect", "read", "write", "pool"):
        patch.setattr(DEFAULT_TIMEOUT_CONFIG, each, PATIENCE)
