"""The clients: `Dashboard` blocks, `AsyncDashboard` is for asyncio. Both have the same operations.

A request that changes nothing is sent a second time where Dashboard answers 503 with Retry-After, or the connection was
lost; one that changes something never is, because nobody knows whether it has taken effect.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from types import TracebackType
from typing import Any, Generic, ParamSpec, Self, TypeVar

import httpx

from dashboard_client.decoding import Page
from dashboard_client.errors import Unavailable
from dashboard_client.generated import asynchronous, sync
from dashboard_client.operation import Fields, Operation
from dashboard_client.transport import (
    CHECK,
    TIMEOUT,
    Browser,
    Credential,
    HasToken,
    Identity,
    Requests,
    clock,
    credential_of,
    no_cookies,
    read,
    retry_after,
)

T = TypeVar("T")
C = TypeVar("C")
P = ParamSpec("P")


class Connections(Generic[C]):
    """The connections that clients share. A fork gets new ones: two processes on one would mix up their answers."""

    def __init__(self, make: Callable[[], C]) -> None:
        self._make, self._client, self._pid = make, make(), os.getpid()

    @property
    def client(self) -> C:
        """The connections of this process."""
        if self._pid != os.getpid():
            self._client, self._pid = self._make(), os.getpid()
        return self._client


class Dashboard:
    """Calls the operations of the Dashboard at an address such as http://localhost:8000.

    `user`, `administrator` and `service` have the operations; `signed_in(session)` calls them as somebody. Threads can
    share a client, and all that were made from one share its connections. `credential` is that of the application
    itself, for what it does as itself, and so that Dashboard knows whose browsers it signs in. `timeout` is in seconds,
    for each step of a request: to connect, to send, to wait and to read.
    """

    def __init__(
        self,
        address: str,
        *,
        credential: Credential | None = None,
        timeout: float = TIMEOUT,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._transport = transport
        self._set(self._connect(timeout), Requests(address.rstrip("/"), credential_of(credential)))

    def _connect(self, timeout: float) -> Connections[httpx.Client]:
        given = self._transport
        return Connections(lambda: httpx.Client(timeout=timeout, transport=given, cookies=no_cookies()))

    def _set(self, connections: Connections[httpx.Client], requests: Requests) -> None:
        self._connections, self._requests = connections, requests
        self.user = sync.User(self.call)
        self.administrator = sync.Administrator(self.call)
        self.service = sync.Service(self.call)

    def _copy(self, requests: Requests) -> "Dashboard":
        copied = object.__new__(Dashboard)
        copied._transport = self._transport
        copied._set(self._connections, requests)
        return copied

    def with_timeout(self, timeout: float) -> "Dashboard":
        """Return the same client with its own connections, and this time limit."""
        copied = self._copy(self._requests)
        copied._set(self._connect(timeout), self._requests)
        return copied

    def __repr__(self) -> str:
        return f"<Dashboard {self._requests.address}>"

    def signed_in(self, session: HasToken) -> "Dashboard":
        """Return a client that calls the API in a session, which must have its token."""
        return self._copy(self._requests.signed_in(session))

    def as_guest(self) -> "Dashboard":
        """Return a client for what is open to everybody, which does nothing as the application itself."""
        return self._copy(replace(self._requests, is_guest=True))

    def on_behalf_of(self, browser: Browser) -> "Dashboard":
        """Return a client that calls on behalf of a browser, whose address then counts for limits, as in a sign-in."""
        return self._copy(replace(self._requests, browser=browser))

    def check(self, *, administrator: bool = False, owner: bool = False, verified: int | None = None) -> Identity:
        """Return the account and session of this client, if every condition holds.

        Raises SignInRequired, AdministratorRequired, OwnerRequired, or VerificationRequired where the password was
        verified more than `verified` seconds ago.
        """
        query = conditions(administrator=administrator, owner=owner, verified=verified)
        sent = clock()
        found = self._requests.own(self.call(CHECK, query))
        return found.delayed(clock() - sent)

    def call(self, operation: Operation[T], query: Fields | None = None, body: Fields | None = None) -> T:
        """Call an operation, and return its result. Raises a DashboardError."""
        return read(operation, self.send(operation, query, body))

    def send(
        self, operation: Operation[Any], query: Fields | None = None, body: Fields | None = None
    ) -> httpx.Response:
        """Send the request of an operation, and repeat it once if that can help. Raises Unavailable on failure."""
        request = self._requests.build(operation, query, body)
        try:
            response = self._connections.client.send(request)
            if (seconds := retry_after(operation, response)) is None:
                return response
            time.sleep(seconds)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            if not can_try_again(operation, error):
                raise unanswered(error) from error
        try:
            return self._connections.client.send(request)
        except httpx.HTTPError as error:
            raise unanswered(error) from error

    def close(self) -> None:
        """Close the connections, which all clients that were made from this one share."""
        self._connections.client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class AsyncDashboard:
    """`Dashboard` for asyncio. A client belongs to one event loop."""

    def __init__(
        self,
        address: str,
        *,
        credential: Credential | None = None,
        timeout: float = TIMEOUT,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        connections = Connections(lambda: httpx.AsyncClient(timeout=timeout, transport=transport, cookies=no_cookies()))
        self._timeout = timeout
        self._set(connections, Requests(address.rstrip("/"), credential_of(credential)))

    def _set(self, connections: Connections[httpx.AsyncClient], requests: Requests) -> None:
        self._connections, self._requests = connections, requests
        self.user = asynchronous.AsyncUser(self.call)
        self.administrator = asynchronous.AsyncAdministrator(self.call)
        self.service = asynchronous.AsyncService(self.call)

    def blocking(self) -> Dashboard:
        """Return a client that blocks, for threads, with connections of its own."""
        blocking = Dashboard(self._requests.address, timeout=self._timeout)
        return blocking._copy(self._requests)

    def _copy(self, requests: Requests) -> "AsyncDashboard":
        copied = object.__new__(AsyncDashboard)
        copied._timeout = self._timeout
        copied._set(self._connections, requests)
        return copied

    def __repr__(self) -> str:
        return f"<AsyncDashboard {self._requests.address}>"

    def signed_in(self, session: HasToken) -> "AsyncDashboard":
        """As that of Dashboard."""
        return self._copy(self._requests.signed_in(session))

    def as_guest(self) -> "AsyncDashboard":
        """As that of Dashboard."""
        return self._copy(replace(self._requests, is_guest=True))

    def on_behalf_of(self, browser: Browser) -> "AsyncDashboard":
        """As that of Dashboard."""
        return self._copy(replace(self._requests, browser=browser))

    async def check(self, *, administrator: bool = False, owner: bool = False, verified: int | None = None) -> Identity:
        """As that of Dashboard."""
        query = conditions(administrator=administrator, owner=owner, verified=verified)
        sent = clock()
        found = self._requests.own(await self.call(CHECK, query))
        return found.delayed(clock() - sent)

    async def call(self, operation: Operation[T], query: Fields | None = None, body: Fields | None = None) -> T:
        """As that of Dashboard."""
        return read(operation, await self.send(operation, query, body))

    async def send(
        self, operation: Operation[Any], query: Fields | None = None, body: Fields | None = None
    ) -> httpx.Response:
        """As that of Dashboard."""
        request = self._requests.build(operation, query, body)
        try:
            response = await self._connections.client.send(request)
            if (seconds := retry_after(operation, response)) is None:
                return response
            await asyncio.sleep(seconds)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            if not can_try_again(operation, error):
                raise unanswered(error) from error
        try:
            return await self._connections.client.send(request)
        except httpx.HTTPError as error:
            raise unanswered(error) from error

    async def aclose(self) -> None:
        """As `close` of Dashboard."""
        await self._connections.client.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


def conditions(*, administrator: bool, owner: bool, verified: int | None) -> dict[str, Any]:
    """Return the query of a check."""
    return {"administrator": "" if administrator else None, "owner": "" if owner else None, "verified": verified}


def can_try_again(operation: Operation[Any], error: Exception) -> bool:
    """Whether to send a request again that was not answered: the connection was lost, and it changes nothing.

    A time limit that was reached is not waited for a second time.
    """
    return operation.is_safe and isinstance(error, httpx.NetworkError | httpx.RemoteProtocolError)


def unanswered(error: Exception) -> Unavailable:
    """Return the exception for a request without an answer."""
    return Unavailable(f"Dashboard has not answered ({type(error).__name__}).")


def each(operation: Callable[P, Page[T]], *args: P.args, **parameters: P.kwargs) -> Iterator[T]:
    """Yield every row of a list, page by page: `each(dashboard.administrator.accounts, limit=1000)`."""
    rows = operation(*args, **parameters)
    yield from rows
    while rows.after:
        rows = operation(*args, **{**parameters, "after": rows.after})  # type: ignore[arg-type]
        yield from rows


async def async_each(
    operation: Callable[P, Awaitable[Page[T]]], *args: P.args, **parameters: P.kwargs
) -> AsyncIterator[T]:
    """`each` for asyncio."""
    rows = await operation(*args, **parameters)
    for row in rows:
        yield row
    while rows.after:
        rows = await operation(*args, **{**parameters, "after": rows.after})  # type: ignore[arg-type]
        for row in rows:
            yield row
