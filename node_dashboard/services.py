"""Imports the data of a Node Dashboard, or previews the import."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings

from dashboard.core.actor import Actor
from dashboard.core.crypto.hashing import Key, encryption_keys
from node_dashboard.conversion import RowConverter
from node_dashboard.importer import Advance, Importer
from node_dashboard.report import Report
from node_dashboard.source import TABLES, CannotImportError, Source, opened


@dataclass(frozen=True)
class Origin:
    """Where to import from: the URL of a database, and one of its app ids.

    `username` is that of an account in the source, which identifies the key of its hashes. It may be empty if
    DASHBOARD_ENCRYPTION_KEY has exactly two items.
    """

    url: str
    appid: str
    username: str = ""


def import_node_dashboard(origin: Origin, actor: Actor, advance: Advance) -> Report:
    """Import what is new, changed or gone in a Node Dashboard's database since the last run, under APPID.

    Call `advance` after every batch with the table and the number of rows read. Raise CannotImportError.
    """
    return _run(origin, actor, advance, writing=True)


def preview_import(origin: Origin, actor: Actor, advance: Advance) -> Report:
    """Report what `import_node_dashboard` would do, without writing. Takes and raises the same."""
    return _run(origin, actor, advance, writing=False)


def rows_to_read(origin: Origin) -> dict[str, int]:
    """Return the number of rows of the app id in each table of the source. Raise CannotImportError."""
    with opened(origin.url, origin.appid) as source:
        return {table: source.count(table) for table in TABLES}


def _run(origin: Origin, actor: Actor, advance: Advance, *, writing: bool) -> Report:
    with opened(origin.url, origin.appid) as source:
        converter = RowConverter(source_key(source, origin.username).fingerprint, source.shared_usernames())
        report = Importer(source, converter, actor, advance, writing=writing).run()
    report.notes += _notes_on_keys()
    return report


def source_key(source: Source, username: str) -> Key:
    """Return the item of DASHBOARD_ENCRYPTION_KEY that the source hashed with.

    It is the one that `username` proves, or the second item. Raise CannotImportError if there is none, or if there are
    several without a `username`.
    """
    if username:
        return _proven_key(source, username)
    further = encryption_keys()[1:]
    if not further:
        raise CannotImportError(
            "DASHBOARD_ENCRYPTION_KEY has no further item: add the Node Dashboard's key behind yours, or node:none "
            "if it had none."
        )
    if len(further) > 1:
        raise CannotImportError(
            "DASHBOARD_ENCRYPTION_KEY has several further items. Give --username with the name of an account of the "
            "Node Dashboard, which identifies the right one."
        )
    return further[0]


def _proven_key(source: Source, username: str) -> Key:
    for key in encryption_keys():
        if source.has_username(key.text_hash(username)):
            return key
    raise CannotImportError(
        "The source has no account with this username under any item of DASHBOARD_ENCRYPTION_KEY: either the Node "
        "Dashboard's key is not among them (node:none if it had none), or no account has this name."
    )


def _notes_on_keys() -> Iterator[str]:
    if len(settings.DASHBOARD_SESSION_KEY) == 1:
        yield (
            "DASHBOARD_SESSION_KEY has no further item: unless its only item is the Node Dashboard's key, everyone has "
            "to sign in again. Add the Node Dashboard's key behind yours, or node:none if it had none."
        )
