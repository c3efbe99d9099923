"""A process that dies leaves no picture of its memory behind: texts and keys are in it."""

import sys

if sys.platform != "win32":
    import resource


def forbid() -> None:
    """No core dump of this process and of what it starts, from now on."""
    if sys.platform != "win32":
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
