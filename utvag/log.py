"""The log: one JSON line an event, ids and counts only, never a number, a name or a text."""

import logging
import sys
import threading
import traceback
from types import TracebackType

import structlog

log = structlog.get_logger()


def configure() -> None:
    """Send our own lines, the libraries' warnings and whatever dies to standard error as JSON."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, handlers=[_Place()], force=True)
    logging.getLogger("aiogram").setLevel(logging.CRITICAL)  # it writes what Telegram answers
    logging.captureWarnings(True)
    sys.excepthook = _died
    threading.excepthook = lambda told: _died(told.exc_type, told.exc_value, told.exc_traceback)
    sys.unraisablehook = lambda told: _died(told.exc_type, told.exc_value, told.exc_traceback)


class _Place(logging.Handler):
    """A library's line: which library, where in it, which kind of error; never its words.

    Words may hold values: asyncio prints the exception that nobody awaited, a database driver
    the row that it did not take.
    """

    def emit(self, record: logging.LogRecord) -> None:
        """Print where it came from; the file and the line say which message it was."""
        error = record.exc_info[1] if record.exc_info else None
        error = error or (record.msg if isinstance(record.msg, BaseException) else None)
        log.warning(
            "library",
            library=record.name,
            where=f"{record.filename}:{record.lineno}",
            **({"error": type(error).__name__, "raised": where(error)} if error else {}),
        )


def _died(
    kind: type[BaseException], error: BaseException | None, trace: TracebackType | None
) -> None:
    log.error("died", error=kind.__name__, where=_frames(error.__traceback__ if error else trace))


def where(error: BaseException) -> str:
    """Where an error was raised, as file:line of the innermost frames; never its message."""
    return _frames(error.__traceback__)


def _frames(trace: TracebackType | None) -> str:
    frames = traceback.StackSummary.extract(traceback.walk_tb(trace), lookup_lines=False)[-4:]
    return " < ".join(f"{f.filename.rsplit('/', 1)[-1]}:{f.lineno}" for f in reversed(frames))
