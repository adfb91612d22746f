"""What goes into the log: with which request it has to do, and no secret.

Lines of JSON for machines, or readable ones on a terminal. Code logs by Python's own `logging`; structlog renders.
"""

import re
from collections.abc import MutableMapping
from contextvars import ContextVar
from logging import LogRecord
from random import getrandbits
from typing import Any

import structlog
from django.http import HttpRequest
from structlog.stdlib import ProcessorFormatter
from structlog.typing import Processor

# Tokens are 64 hex digits, hashes 128, session keys 64, CSRF tokens 128; ids have 16. bcrypt begins with $2b$.
SECRET = re.compile(r"[0-9a-f]{32,}|\$2[abxy]\$[^\s,)'\"]+")
REQUESTID_PATTERN = re.compile(r"[0-9A-Za-z._-]{8,48}")  # UUIDs, ULIDs, nginx's $request_id: and no token fits
PATH_LENGTH = 200

Line = MutableMapping[str, Any]


# The request that a thread is answering, and its id. Lines are made of it only when something is logged.
_current_request: ContextVar[tuple[str, HttpRequest] | None] = ContextVar("current", default=None)


def bind_request(request: HttpRequest) -> str:
    """What this thread logs from now on belongs to this request; its id.

    That is the one that a trusted proxy gave it (wsgi.py removes all others), where it has the form of an id.
    """
    given = request.META.get("HTTP_X_REQUEST_ID")
    requestid = given if given and REQUESTID_PATTERN.fullmatch(given) else f"{getrandbits(64):016x}"
    _current_request.set((requestid, request))
    return requestid


def unbind_request(**signal: Any) -> None:
    """Receiver of `request_finished`, which is sent when also a streamed answer has been sent whole."""
    _current_request.set(None)


def log_formatter(*, readable: bool) -> ProcessorFormatter:
    """The formatter of every line, Django's, granian's and ours: for a person, or as JSON."""
    taken: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(allow=("status", "milliseconds")),
    ]
    made: list[Processor] = [
        ProcessorFormatter.remove_processors_meta,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,  # without the values of variables: they are passwords, too
        with_request,
        redact,
        with_requestid,
    ]
    return ProcessorFormatter(foreign_pre_chain=taken, processors=[*made, *(_readable() if readable else _json())])


def has_exception(record: LogRecord) -> bool:
    return bool(record.exc_info)


def _readable() -> list[Processor]:
    return [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]


def _json() -> list[Processor]:
    return [structlog.processors.EventRenamer("message"), structlog.processors.JSONRenderer()]


def with_request(logger: Any, method: str, line: Line) -> Line:
    """A request is told by method, path and address: never by its query, headers or body, which have secrets."""
    if current := _current_request.get():
        request = current[1]
        line["method"] = escaped(request.method or "")
        line["path"] = escaped(request.path)
        line["address"] = request.META.get("REMOTE_ADDR", "")
    return line


def with_requestid(logger: Any, method: str, line: Line) -> Line:
    """After masking: the id that a proxy gives may have as many digits as a secret, and it is to be found again."""
    if current := _current_request.get():
        line["request_id"] = current[0]
    return line


def escaped(text: str) -> str:
    """What a client sent, so that it cannot look like another line or steer a terminal; its beginning, if long."""
    return text[:PATH_LENGTH].encode("unicode_escape").decode()


def redact(logger: Any, method: str, line: Line) -> Line:
    """What looks like a secret is masked, in messages and in tracebacks, also where a database quotes a row."""
    return {name: value if isinstance(value, int | float) else _mask(str(value)) for name, value in line.items()}


def _mask(text: str) -> str:
    return SECRET.sub("[masked]", text)
