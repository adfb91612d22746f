"""Moving a running Node Dashboard over: finding out what that would do, and doing it."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings

from dashboard.core.actor import Actor
from dashboard.core.hashing import Key, encryption_keys
from node_dashboard.judging import Judge
from node_dashboard.report import Report
from node_dashboard.run import Advance, Run
from node_dashboard.source import TABLES, CannotImportError, Source, opened


@dataclass(frozen=True)
class Origin:
    """Where to import from: the URL of a database, and one of the app ids in it.

    `username` names somebody who can sign in there, which tells the key that hashes were made with. It may be empty
    where DASHBOARD_ENCRYPTION_KEY has just one further item.
    """

    url: str
    appid: str
    username: str = ""


def import_node_dashboard(origin: Origin, actor: Actor, advance: Advance) -> Report:
    """Bring what is new, changed or gone in a Node Dashboard's database since the last run. It arrives under APPID.

    `advance` is told of every batch: the table, and how many rows of it were read. Raises CannotImportError.
    """
    return _run(origin, actor, advance, writing=True)


def preview_import(origin: Origin, actor: Actor, advance: Advance) -> Report:
    """What `import_node_dashboard` would do now, changing nothing. Takes and raises the same."""
    return _run(origin, actor, advance, writing=False)


def rows_to_read(origin: Origin) -> dict[str, int]:
    """How many rows of the app id each table of the source has. Raises CannotImportError."""
    with opened(origin.url, origin.appid) as source:
        return {table: source.count(table) for table in TABLES}


def _run(origin: Origin, actor: Actor, advance: Advance, *, writing: bool) -> Report:
    with opened(origin.url, origin.appid) as source:
        judge = Judge(source_key(source, origin.username).fingerprint, source.shared_usernames())
        report = Run(source, judge, actor, advance, writing=writing).perform()
    report.notes += _notes_on_keys()
    return report


def source_key(source: Source, username: str) -> Key:
    """The item of DASHBOARD_ENCRYPTION_KEY that the source hashed with: the one that `username` proves, or the further
    one. Raises CannotImportError where there is none, or more than one."""
    if username:
        return _proven_key(source, username)
    further = encryption_keys()[1:]
    if not further:
        raise CannotImportError(
            "DASHBOARD_ENCRYPTION_KEY has no further item: add the Node Dashboard's key behind yours, or node:none "
            "where it had none."
        )
    if len(further) > 1:
        raise CannotImportError(
            "DASHBOARD_ENCRYPTION_KEY has several further items. To tell which of them is the Node Dashboard's, give "
            "--username and the name of anybody who can sign in there."
        )
    return further[0]


def _proven_key(source: Source, username: str) -> Key:
    for key in encryption_keys():
        if source.has_username(key.text_hash(username)):
            return key
    raise CannotImportError(
        "The source has nobody of this username under any item of DASHBOARD_ENCRYPTION_KEY: either the Node "
        "Dashboard's key is not among them (node:none where it had none), or nobody has this name."
    )


def _notes_on_keys() -> Iterator[str]:
    if len(settings.DASHBOARD_SESSION_KEY) == 1:
        yield (
            "DASHBOARD_SESSION_KEY has no further item: unless its only one is the Node Dashboard's, everybody has to "
            "sign in again. Add the Node Dashboard's behind yours, or node:none where it had none."
        )
