"""Log lines: JSON for machines, readable text on a terminal, each with its request and without secrets.

Code logs with Python's own `logging`; structlog renders the lines.
"""

import re
import sys
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from logging import LogRecord
from random import getrandbits
from typing import Any

from django.http import HttpRequest


@contextmanager
def _hidden(module: str) -> Iterator[None]:
    """Have imports of a module that is not loaded yet fail in the block, as if it were not installed."""
    if module in sys.modules:
        yield
        return
    sys.modules[module] = None  # type: ignore[assignment]  # what Python documents for this
    try:
        yield
    finally:
        del sys.modules[module]


with _hidden("rich"):  # which structlog would load for tracebacks with variables; they are not wanted, and take 5 MB
    import structlog
    from structlog.stdlib import ProcessorFormatter
    from structlog.typing import Processor

# Tokens are 64 hex digits, hashes 128, session keys 64, CSRF tokens 128; ids have 16. bcrypt begins with $2b$.
SECRET = re.compile(r"[0-9a-f]{32,}|\$2[abxy]\$[^\s,)'\"]+")
REQUESTID_PATTERN = re.compile(r"[0-9A-Za-z._-]{8,48}")  # fits UUIDs, ULIDs and nginx's $request_id, but no token
PATH_LENGTH = 200
# What a line may have besides its message: of requests, and of refusals.
FIELDS = ("status", "milliseconds", "reason", "code", "account", "credential", "target", "network")

Line = MutableMapping[str, Any]


# The request of this thread and its id.
_current_request: ContextVar[tuple[str, HttpRequest] | None] = ContextVar("current", default=None)


def bind_request(request: HttpRequest) -> str:
    """Attach what this thread logs from now on to this request, and return the request's id.

    The id is the one that a trusted proxy has set (wsgi.py removes all others) if it has the format of one, or random.
    """
    given = request.META.get("HTTP_X_REQUEST_ID")
    requestid = given if given and REQUESTID_PATTERN.fullmatch(given) else f"{getrandbits(64):016x}"
    _current_request.set((requestid, request))
    return requestid


def unbind_request(**signal: Any) -> None:
    """Detach the request. A receiver of `request_finished`, sent after the last part of a streamed response."""
    _current_request.set(None)


def log_formatter(*, readable: bool) -> ProcessorFormatter:
    """Return the formatter of all log lines, including those of Django and granian."""
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(allow=FIELDS),
    ]
    processors: list[Processor] = [
        ProcessorFormatter.remove_processors_meta,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,  # without the values of variables, which can be passwords
        with_request,
        redact,
        with_requestid,
    ]
    return ProcessorFormatter(
        foreign_pre_chain=shared, processors=[*processors, *(_readable() if readable else _json())]
    )


def has_exception(record: LogRecord) -> bool:
    return bool(record.exc_info)


def _readable() -> list[Processor]:
    return [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]


def _json() -> list[Processor]:
    return [structlog.processors.EventRenamer("message"), structlog.processors.JSONRenderer()]


def with_request(logger: Any, method: str, line: Line) -> Line:
    """Add the request's method, path and client address; never its query, headers or body, which hold secrets."""
    if current := _current_request.get():
        request = current[1]
        line["method"] = escaped(request.method or "")
        line["path"] = escaped(request.path)
        line["address"] = request.META.get("REMOTE_ADDR", "")
    return line


def with_requestid(logger: Any, method: str, line: Line) -> Line:
    """Add the request's id, after redaction: an id from a proxy can look like a secret, and must stay searchable."""
    if current := _current_request.get():
        line["request_id"] = current[0]
    return line


def escaped(text: str) -> str:
    """Escape client input, so that it cannot forge a line or control a terminal, and cut it to PATH_LENGTH."""
    return text[:PATH_LENGTH].encode("unicode_escape").decode()


def redact(logger: Any, method: str, line: Line) -> Line:
    """Mask what looks like a secret, in messages and tracebacks, even where a database error quotes a row."""
    return {name: value if isinstance(value, int | float) else _mask(str(value)) for name, value in line.items()}


def _mask(text: str) -> str:
    return SECRET.sub("[masked]", text)
