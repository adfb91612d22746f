"""An operation of the API, and what calls one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import httpx

T = TypeVar("T")
Fields = Mapping[str, Any]


@dataclass(frozen=True)
class Operation(Generic[T]):
    """A method, a path below the address of Dashboard, and how to read the answer."""

    method: str
    path: str
    read: Callable[[httpx.Response], T]
    is_public: bool = False

    @property
    def is_safe(self) -> bool:
        """Whether it changes nothing, so that it can be tried again (RFC 9110, section 9.2.1)."""
        return self.method in ("GET", "HEAD")


class Send(Protocol):
    """Calls an operation, and returns what the answer says. Raises a DashboardError."""

    def __call__(self, operation: Operation[T], query: Fields | None = None, body: Fields | None = None) -> T: ...


class AsyncSend(Protocol):
    """The same for asyncio."""

    async def __call__(self, operation: Operation[T], query: Fields | None = None, body: Fields | None = None) -> T: ...


class Caller:
    """What the generated operations are methods of."""

    def __init__(self, send: Send) -> None:
        self._call = send


class AsyncCaller:
    """The same for asyncio."""

    def __init__(self, send: AsyncSend) -> None:
        self._call = send
