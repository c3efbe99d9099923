"""Where tests put their files: in memory where there is room, so that none waits for a disk."""

import os
import shutil
from pathlib import Path

MEMORY = Path("/dev/shm")
ROOM = 4 * 1024**3
"""Bytes; a whole run has needed less than a fourth of it."""


def root() -> Path | None:
    """The folder in memory; None where there is none, or one that runs no programs."""
    if not os.access(MEMORY, os.W_OK) or os.statvfs(MEMORY).f_flag & os.ST_NOEXEC:
        return None
    return MEMORY if shutil.disk_usage(MEMORY).free >= ROOM else None
