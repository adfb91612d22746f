"""Who reads and writes which field of which object, from the declarations of the routes (OWASP ASVS 5.0, 8.1.2)."""

import re
from collections.abc import Iterable, Iterator, Sequence

from dashboard.api.routing import Access, Route
from dashboard.api.schema.objects import ObjectSchema, objects_in
from dashboard.core.errors import ErrorCode

TEXT = """## Who reads and writes which field

| Who | What |
|---|---|
| anybody | needs no session, and gets nothing that is an account's |
| who signs in | needs no session: registers, or proves by a password, a challenge or a reset code whose account it is |
| the account itself | rows of its own account, and no others; where it has none, 403 `invalid-account` |
| administrators | the rows of all accounts; *not those with a role*: not those of other administrators and the owner |
| the owner | what administrators may, and what stands here as the owner's alone |
| an application server | what the user may, on whose behalf it acts: nothing else, and nothing without one |
| a service | what its credential's scopes let it; by `administer` what administrators may, *not those with a role* |
| a proxy that checks a session | the ids and the roles of that session's account, in headers |

Operators can do everything, by commands. What nobody writes is set by the server when the object is created, but for
`updatedAt`, which changes with any other field, and `lastSeenAt`, which changes with requests. Events are recorded by
the server, and exported objects are copies. The administrators' site reads and writes what the API does for
administrators and the owner.
"""

ROLES = {
    Access.PUBLIC: "who signs in",
    Access.CHECK: "a proxy",
    Access.USER: "the account itself",
    Access.ADMINISTRATOR: "administrators",
    Access.SERVICE: "a service",
}
ONLY_IN = re.compile(r"[Oo]nly in the response of (.*)")
NAMES = re.compile(r"[a-z]+(?:-[a-z]+)+")


def field_access(routes: Sequence[Route]) -> Iterator[str]:
    """Yield the parts of the section, in Markdown."""
    yield TEXT
    for it in objects_in(route.spec.returns for route in routes):
        yield _object(it, routes)


def _object(it: ObjectSchema, routes: Sequence[Route]) -> str:
    """Return the table of an object; fields with the same readers and writers share a row."""
    readers = [route for route in routes if it in objects_in([route.spec.returns])]
    makers = _by_role(route for route in routes if it.name in route.spec.writes)
    fields = {**it.required, **it.optional}
    rows: dict[tuple[str, str], list[str]] = {}
    for field in dict.fromkeys((*fields, *_never_returned(it.name, routes))):
        read = _readers(fields[field].get("description", ""), readers) if field in fields else "nobody"
        rows.setdefault((read, _by_role(_writers(it.name, field, routes))), []).append(f"`{field}`")
    made = [f"Created and deleted by {makers}.\n"] if makers else []
    table = [f"| {', '.join(names)} | {read} | {write or 'nobody'} |" for (read, write), names in rows.items()]
    lines = [f"### Access to {it.name}\n", *made, "| Field | Read by | Written by |", "|---|---|---|", *table, ""]
    return "\n".join(lines)


def _readers(description: str, readers: Sequence[Route]) -> str:
    """Return the roles that read a field, with the routes where only some have it, as its description says."""
    if only := ONLY_IN.search(description):
        names = NAMES.findall(only[1])
        return _by_role(route for route in readers if route.spec.name in names)
    return ", ".join(dict.fromkeys(_reader(route) for route in readers))


def _reader(route: Route) -> str:
    """Return the role that reads: limits on the accounts that it may act on do not apply."""
    is_open = route.access is Access.PUBLIC and route.spec.method == "GET"
    return "anybody" if is_open else ROLES[route.access]


def _never_returned(name: str, routes: Iterable[Route]) -> Iterator[str]:
    """Yield the fields of an object that routes write, including those that none returns, such as `password`."""
    for route in routes:
        yield from (it.partition(".")[2] for it in route.spec.writes if it.startswith(f"{name}."))


def _writers(name: str, field: str, routes: Iterable[Route]) -> list[Route]:
    """Return the routes that change a field, or create its object with a value that the client sends."""
    return [
        route
        for route in routes
        if f"{name}.{field}" in route.spec.writes
        or (name in route.spec.writes and field in [_camel(it.name) for it in route.spec.body])
    ]


def _camel(name: str) -> str:
    return re.sub(r"-(\w)", lambda match: match[1].upper(), name)


def _by_role(routes: Iterable[Route]) -> str:
    """Return the roles with their routes, such as "the account itself: `user/account`"."""
    grouped: dict[str, list[str]] = {}
    for route in routes:
        grouped.setdefault(_writer(route), []).append(f"`{route.path.removeprefix('/api/')}`")
    return "; ".join(f"{role}: {', '.join(names)}" for role, names in grouped.items())


def _writer(route: Route) -> str:
    """Return the least role that a route requires, judging by its errors."""
    if ErrorCode.NOT_OWNER in route.spec.errors:
        return "the owner"
    is_limited = ErrorCode.ADMINISTRATOR_PROTECTED in route.spec.errors
    return ROLES[route.access] + (", not those with a role" if is_limited else "")
