"""Read JSON documents of the API."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

import httpx

T = TypeVar("T")


class Page(list[T]):
    """A page of a list. `after` is the id to pass on for the next page; None on the last one."""

    after: str | None = None


def moment(text: str) -> datetime:
    """Return a time of the API, which is in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)


def optional_moment(text: str | None) -> datetime | None:
    return None if text is None else moment(text)


def one(read: Callable[[Any], T]) -> Callable[[httpx.Response], T]:
    """Read an answer that is an object."""
    return lambda response: read(response.json())


def page(read: Callable[[Any], T]) -> Callable[[httpx.Response], Page[T]]:
    """Read an answer that is a list."""

    def read_page(response: httpx.Response) -> Page[T]:
        rows = Page(read(row) for row in response.json())
        if following := response.links.get("next", {}).get("url"):
            rows.after = httpx.URL(following).params.get("after")
        return rows

    return read_page


def as_bool(response: httpx.Response) -> bool:
    return bool(response.json())


def as_int(response: httpx.Response) -> int:
    return int(response.json())
