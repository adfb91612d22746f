"""JSON that is sent while it is made, so that memory stays small however long it gets."""

import logging
from collections.abc import Iterable, Iterator

import orjson
from django.db import DatabaseError
from django.http import StreamingHttpResponse

from dashboard_project.wire import Wire

logger = logging.getLogger(__name__)


def array(chunks: Iterable[list[Wire]]) -> Iterator[bytes]:
    """The parts of a JSON array of all these objects."""
    separator = b"["
    for chunk in chunks:
        yield separator + b",".join(map(orjson.dumps, chunk))
        separator = b","
    yield b"]" if separator == b"," else b"[]"


def streamed(parts: Iterator[bytes]) -> StreamingHttpResponse:
    """Answer these parts. The first is made before the answer begins, so that a fault in it is answered as one.

    A later fault cannot be answered any more: it is logged, and the document is left without its end.
    """
    return StreamingHttpResponse(_logged(next(parts), parts), content_type="application/json")


def _logged(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    try:
        yield from rest
    except DatabaseError:
        logger.exception("An answer broke off while it was streamed.")
        raise
