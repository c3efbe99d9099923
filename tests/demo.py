"""`utvag demo` in processes of its own, for as long as it is needed."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.patience import PATIENCE
from tests.ports import free_port
from tests.process import environment, get


@dataclass
class Demo:
    popen: subprocess.Popen[str]
    told: str

    def found(self, label: str) -> str:
        """What stands behind a label of the introduction."""
        match = re.search(rf"{label}\s+(\S.*)", self.told)
        assert match, self.told
        return match[1].strip()

    @property
    def desk(self) -> str:
        return self.found("The counsellors' desk").removesuffix("/queue")


@contextmanager
def demo(folder: Path, **own: str) -> Iterator[Demo]:
    """`own`: further settings."""
    port = free_port()
    popen = subprocess.Popen(
        [sys.executable, "-m", "utvag", "demo", "--port", str(port)],
        env=environment(data_dir=str(folder), **own),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        assert popen.stdout
        told = ""
        while not told.endswith("Ctrl-C ends the demo.\n\n"):  # the blank line may come by itself
            line = popen.stdout.readline()
            assert line, told
            told += line
        found = Demo(popen, told)
        until = time.monotonic() + PATIENCE
        while get(found.desk + "/readyz")[0] != 200:
            assert time.monotonic() < until, told
            time.sleep(0.05)
        yield found
    finally:
        with suppress(ProcessLookupError):
            os.killpg(popen.pid, signal.SIGKILL)  # its simulator too
        popen.communicate()
