"""Request bodies: JSON by RFC 8259, forms by the WHATWG URL standard; UTF-8, whatever a charset parameter says.

A field that is repeated parses as a list, in JSON as in a form, so that `BodyField.read` can refuse it.
"""

import json
from typing import IO, Any

from rest_framework import parsers
from rest_framework.exceptions import ParseError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request

FormParser = parsers.FormParser
MultiPartParser = parsers.MultiPartParser


class JSONParser(parsers.BaseParser):
    """Parse a JSON object into a dictionary; a repeated name has the list of its values."""

    media_type = "application/json"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> dict[str, Any]:
        try:
            body = json.loads(stream.read().decode(), object_pairs_hook=_with_lists)
        except (ValueError, RecursionError) as error:
            raise ParseError from error
        if not isinstance(body, dict):
            raise ParseError
        return body


def _with_lists(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values: dict[str, list[Any]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return {name: given[0] if len(given) == 1 else given for name, given in values.items()}


class FixedContentNegotiation(BaseContentNegotiation):
    """Select the parser of exactly the body's media type, and always the first renderer, whatever Accept says."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        media_type = (request.content_type or "").partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == media_type), None)

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type
